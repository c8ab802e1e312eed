"""What a PDF would do beside being read: found and named, never run. Works apart: see kernel/apart.

A PDF is kept as it is, since it may be signed. Names of what acts stand in it plainly, written with ``#`` and two digits,
or packed: all three are looked into. One that is locked cannot be looked into, which is said as well.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

ACTS: Mapping[str, tuple[bytes, ...]] = {
    "script": (b"JavaScript",),
    "program": (b"Launch",),
    "file": (b"EmbeddedFile", b"EmbeddedFiles"),
    "sends": (b"SubmitForm", b"ImportData"),
    "media": (b"RichMedia", b"Movie", b"Sound"),
    "form": (b"XFA",),
}
"""What it is called, and the names by which it is found."""
LOCKED = "locked"
UNREAD = "unread"
"""More is packed in it than is looked through."""
_MOST = 24 * 1024 * 1024
_PIECE = 1024 * 1024
_NAME = re.compile(rb"/((?:[^\x00\t\n\x0c\r ()<>\[\]{}/%#]|#[0-9A-Fa-f]{2}){1,127})")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_END = re.compile(rb"%%EOF\s*\Z")
_CODES = {name: code for code, names in ACTS.items() for name in names}
# Names so short that a photograph's bytes may happen to spell them stand before what they name.
_SHORT = {
    "script": re.compile(rb"/(?:J|#4[Aa])(?:S|#53)\s*(?:\(|<|[0-9]+\s+[0-9]+\s+R)"),
    "media": re.compile(rb"/Subtype\s*/3D\b"),
}


def work(source: BinaryIO, _out: BinaryIO) -> Mapping[str, Any]:
    """Says what the PDF would do, by its codes; ``no`` where it is cut off."""
    data = source.read()
    if not _END.search(data[-2048:].rstrip(b"\0")):
        return {"no": "broken"}
    found = _acts(data)
    left = _MOST
    for piece in _packed(data):
        left -= len(piece)
        if left < 0 or not piece:
            found.add(UNREAD)
            break
        found |= _acts(piece)
    return {"acts": sorted(found)}


def _acts(data: bytes) -> set[str]:
    names = {_plain(name) for name in set(_NAME.findall(data))}
    found = {_CODES[name] for name in names & _CODES.keys()} | {code for code, sign in _SHORT.items() if sign.search(data)}
    return found | {LOCKED} if b"Encrypt" in names else found


def _plain(name: bytes) -> bytes:
    return _ESCAPED.sub(lambda two: bytes([int(two[1], 16)]), name)


def _packed(data: bytes) -> Iterator[bytes]:
    """What is packed of its objects, in pieces; an empty one where they are packed in a way that is not known here."""
    for found in _STREAM.finditer(data):
        begins = max(data.rfind(b"obj", 0, found.start()), found.start() - 4096, 0)
        if b"/ObjStm" in _plain(data[begins : found.start()]):
            yield from _unpacked(data, found.end())


def _unpacked(data: bytes, at: int) -> Iterator[bytes]:
    unpacking, rest, kept = zlib.decompressobj(), b"", b""
    try:
        while not unpacking.eof and (rest or at < len(data)):
            if not rest:
                rest, at = data[at : at + _PIECE], at + _PIECE
            piece = unpacking.decompress(rest, _PIECE)
            rest = unpacking.unconsumed_tail
            if piece:
                # A name may lie across the ends of two pieces.
                yield kept + piece
                kept = piece[-160:]
    except zlib.error:
        yield b""
