"""The kinds of files that are taken: how each is told by what is in it, and what a download of it says. Pure."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from typing import IO

JPEG, PNG, WEBP, PDF, TEXT, CSV, MAIL = "jpeg", "png", "webp", "pdf", "text", "csv", "mail"
PICTURES = (JPEG, PNG, WEBP)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a download says of itself, and how its name may end; the first ending is put where there is none of them."""

    type: str
    endings: tuple[str, ...]


KINDS: dict[str, Kind] = {
    JPEG: Kind("image/jpeg", (".jpg", ".jpeg")),
    PNG: Kind("image/png", (".png",)),
    PDF: Kind("application/pdf", (".pdf",)),
    TEXT: Kind("text/plain; charset=utf-8", (".txt",)),
    CSV: Kind("text/csv; charset=utf-8", (".csv",)),
    MAIL: Kind("message/rfc822", (".eml",)),
}
"""What is kept; a picture of another kind is made into one of these."""

_HEAD = 64 * 1024
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|svg|script|iframe|\?xml|\?php|meta|math)\b", re.I | re.S)
_HEADER = re.compile(rb"(?:From |[A-Za-z][A-Za-z0-9-]{1,60}:)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_MAIL_NEEDS = {b"from"}
_MAIL_HAS = {b"date", b"subject", b"message-id", b"mime-version", b"received", b"return-path", b"delivered-to"}
_ODD = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}


class NotTaken(Exception):
    """The file is of no kind that is taken; ``why`` says what it is, as far as one can tell."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def kind_of(source: IO[bytes]) -> str:
    """The kind of a file by its content alone. NotTaken for any other."""
    source.seek(0)
    head = source.read(_HEAD)
    if not head:
        raise NotTaken("empty")
    for kind, begins in ((JPEG, b"\xff\xd8\xff"), (PNG, b"\x89PNG\r\n\x1a\n"), (PDF, b"%PDF-")):
        if head.startswith(begins):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        raise NotTaken("heic")
    if head.startswith((b"GIF8", b"BM", b"II*\0", b"MM\0*")) or head[4:8] == b"ftyp":
        raise NotTaken("picture")
    if head.startswith((b"PK", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")):
        raise NotTaken("archive")
    if _PAGE.match(head.removeprefix(codecs.BOM_UTF8)):
        raise NotTaken("page")
    return _written(source, head)


def _written(source: IO[bytes], head: bytes) -> str:
    """Something to read: a mail, a table or a text; anything else is none of ours."""
    if _is_mail(head):
        _readable(source, "latin-1")
        return MAIL
    _readable(source, "utf-8")
    return CSV if _is_table(head) else TEXT


def _is_mail(head: bytes) -> bool:
    names, at = set[bytes](), 0
    while found := _HEADER.match(head, at):
        names.add(found[0].partition(b":")[0].lower())
        at = found.end()
    return bool(names >= _MAIL_NEEDS and names & _MAIL_HAS) and head[at : at + 1] in (b"\r", b"\n", b"")


def _readable(source: IO[bytes], encoding: str) -> None:
    """Reads it to its end: a text from its first letter to its last, and nothing that only machines read."""
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := source.read(_HEAD):
            if _ODD.search(decoder.decode(piece)):
                raise NotTaken("unknown")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise NotTaken("unknown") from None


def _is_table(head: bytes) -> bool:
    """Rows that all have as many cells as the first one, two at least."""
    text = head.decode("utf-8-sig", "ignore")
    if len(head) == _HEAD:
        text = text[: text.rfind("\n") + 1]
    return any(_rows_alike(text, sign) for sign in ",;\t")


def _rows_alike(text: str, sign: str) -> bool:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True) if row]
    except csv.Error:
        return False
    return len(rows) > 1 and len(rows[0]) > 1 and all(len(row) == len(rows[0]) for row in rows)
