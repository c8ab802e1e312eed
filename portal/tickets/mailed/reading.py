"""Reads a mail that came: who it says to be from, its words, its files, and whether a program wrote it. Works apart.

What is wrong in a mail breaks its reader in many ways, and a mail can be made to lead it in circles: the process ends then,
and the mail counts as one that cannot be read.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any, BinaryIO

from portal.kernel.characters import ODD
from portal.tickets.mailed.automatic import is_automatic
from portal.tickets.mailed.markup import text_of_page

MOST_BYTES = 16 * 1024 * 1024
"""Of a mail as it comes: files of ten megabytes take fourteen on their way."""
MEMORY = 192 * 1024 * 1024
"""Bytes that reading such a mail may take."""
MOST_PARTS = 100
_DEEPEST = 20
_MOST_TEXT = 200_000
_FLAT = str.maketrans({"\u00a0": " ", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n"})
_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_LONGEST_FROM = 2000
_ASIDE = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
"""Names in quotation marks, and comments: what stands in them names nobody."""
_WITHIN = ("message-id", "from", "date", "subject")
"""Headers that are the same however often a mail is delivered."""


class Unreadable(Exception):
    """It cannot be read; ``why`` is the code of that."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def work(source: BinaryIO, out: BinaryIO) -> Mapping[str, Any]:
    """What is in the mail, and behind each other the bytes of its files. ``no`` says why it cannot be read, ``auto`` that a
    program wrote it."""
    raw = source.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        return {"no": "large"}
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    headers = [(name, str(value)) for name, value in mail.raw_items()]
    if is_automatic(headers, mail.get_content_type()):
        return {"auto": True}
    try:
        parts = _Parts(out)
        parts.take(mail)
        return {"from": _sender(mail), "mark": _mark(raw, headers), "text": parts.text(), "files": parts.files}
    except Unreadable as no:
        return {"no": no.why}


def _sender(mail: EmailMessage) -> str | None:
    """The one address that it says to be from; None where it names none, or several, or so that it may be read otherwise."""
    named = [" ".join(str(value).split()) for name, value in mail.raw_items() if name.lower() == "from"]
    if len(named) != 1 or len(named[0]) > _LONGEST_FROM:
        return None
    try:
        addresses = mail["from"].addresses
    except Exception:
        # The library's reader of headers breaks in many ways on what is no address.
        return None
    found = str(addresses[0].addr_spec) if len(addresses) == 1 else None
    # Of "ana@x.example <eve@y.example>" the library gives the first, and everybody else the second.
    return found if found == _plainly_named(named[0]) else None


def _plainly_named(header: str) -> str | None:
    bare = _ASIDE.sub("", header).strip()
    plain = re.fullmatch(r"[^<>,;:]*<\s*([^<>\s]+)\s*>", bare) or re.fullmatch(r"([^<>,;:\s]+)", bare)
    return None if plain is None else plain[1]


def _mark(raw: bytes, headers: list[tuple[str, str]]) -> str:
    """What is the same of one mail however often it is delivered, and of no other."""
    plain = raw.replace(b"\r\n", b"\n")
    found = hashlib.sha256(plain.partition(b"\n\n")[2])
    for name, value in headers:
        if name.lower() in _WITHIN:
            found.update(f"\0{name.lower()}:{' '.join(value.split())}".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


class _Parts:
    """The words and the files of a mail, as its parts are gone through."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._count = 0
        self._texts: list[str] = []
        self.files: list[dict[str, Any]] = []

    def text(self) -> str:
        """All words, in the order of their parts."""
        found = "\n\n".join(text.strip("\n") for text in self._texts if text.strip())
        if len(found) > _MOST_TEXT:
            raise Unreadable("long")
        return found

    def take(self, part: Message, *, wanted: bool = True, deep: int = 0) -> None:
        """One part with what is in it; where its words are ``wanted``, they too."""
        self._count += 1
        if self._count > MOST_PARTS or deep > _DEEPEST:
            raise Unreadable("parts")
        kind = part.get_content_type()
        if kind in _ENCRYPTED:
            raise Unreadable("encrypted")
        if kind == "message/rfc822":
            self._file(part, b"".join(bytes(one) for one in _inner(part)), ".eml")
        elif part.is_multipart():
            self._take_all(part, kind, wanted, deep + 1)
        elif _is_file(part):
            self._file(part, _bytes_of(part))
        elif kind in ("text/plain", "text/html"):
            if wanted:
                self._texts.append(_words_of(part, kind))
        elif kind not in _SIGNATURES and (wanted or part.get_content_maintype() != "text"):
            self._file(part, _bytes_of(part))

    def _take_all(self, part: Message, kind: str, wanted: bool, deep: int) -> None:
        inner = list(_inner(part))
        if len(inner) > MOST_PARTS:
            raise Unreadable("parts")
        chosen = _chosen(inner) if kind == "multipart/alternative" else None
        for one in inner:
            self.take(one, wanted=wanted and (chosen is None or one is chosen), deep=deep)

    def _file(self, part: Message, data: bytes, ending: str = "") -> None:
        self._out.write(data)
        self.files.append({"name": _name_of(part) or f"file{ending}", "size": len(data)})


def _inner(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))


def _chosen(inner: list[Message]) -> Message | None:
    """Of several ways to say the same the first one with plain words; else the first that has any."""
    for kind in ("text/plain", "text/html"):
        for one in inner:
            texts = (part for _, part in zip(range(MOST_PARTS), one.walk(), strict=False) if part.get_content_type() == kind)
            if any(not _is_file(part) and _words_of(part, kind).strip() for part in texts):
                return one
    return inner[0] if inner else None


def _is_file(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_name_of(part))


def _name_of(part: Message) -> str:
    try:
        return str(part.get_filename() or "")[:300]
    except Exception:
        # The library's reader of headers breaks in many ways; it is a file all the same.
        return "file"


def _bytes_of(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _words_of(part: Message, kind: str) -> str:
    text = _decoded(part)
    if len(text) > 10 * _MOST_TEXT:
        raise Unreadable("long")
    text = text.translate(_FLAT).replace("\r\n", "\n").replace("\r", "\n")
    if kind == "text/html":
        text = text_of_page(text)
    elif str(part.get_param("format", "")).lower() == "flowed":
        text = _unfolded(text, joined=str(part.get_param("delsp", "")).lower() == "yes")
    return "\n".join(ODD.sub("", line.expandtabs(4)).rstrip() for line in text.split("\n"))


def _decoded(part: Message) -> str:
    """The text of a part: in the characters that it names, else in those that fit."""
    data = _bytes_of(part)
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return data.decode(charset)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _unfolded(text: str, *, joined: bool) -> str:
    """Lines that a program broke for the way are put together again (RFC 3676)."""
    lines, going, before = list[str](), False, 0
    for line in text.split("\n"):
        quote = re.match(r">*", line)
        depth = quote.end() if quote else 0
        line = line[depth:].removeprefix(" ")
        if going and depth == before and line != "-- ":
            lines[-1] += line
        else:
            lines.append(f"{'>' * depth} {line}" if depth else line)
        before, going = depth, line.endswith(" ") and line != "-- "
        if going and joined:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)
