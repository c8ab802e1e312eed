"""Looks into what was sent before anything of it is kept: what it is, how large, and what else there is to say of it.

Nothing here is a unit: it takes as long as it takes, and holds nobody up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from werkzeug.datastructures import FileStorage

from portal.files.kinds import PDF, PICTURES, NotTaken, kind_of
from portal.files.names import clean_name
from portal.kernel.apart import Failed, work_apart
from portal.kernel.errors import Invalid
from portal.kernel.i18n import lazy_gettext

MOST_BYTES = 10 * 1024 * 1024
"""Of one file, as it was sent."""
MOST_OF_A_FORM = MOST_BYTES + 1024 * 1024
"""Of the form that bears one: what is just too large is told beside its field."""

_WHY: dict[str, str] = {
    "none": lazy_gettext("Choose a file first."),
    "empty": lazy_gettext("There is nothing in this file. Choose another."),
    "large": lazy_gettext("This file is larger than 10 MB. Choose a smaller one."),
    "heic": lazy_gettext("Pictures of this kind (HEIC) cannot be taken. Save it as JPEG and choose that."),
    "picture": lazy_gettext("Pictures of this kind cannot be taken. Save it as JPEG or PNG and choose that."),
    "animated": lazy_gettext("Moving pictures cannot be taken. Save one picture of it as JPEG or PNG and choose that."),
    "points": lazy_gettext("This picture is too large. Save it at half its width and choose that."),
    "broken": lazy_gettext("This file cannot be read: it is broken, or a part is missing. Choose it again, or another."),
    "archive": lazy_gettext("Packed files cannot be taken. Unpack it and choose the files themselves."),
    "page": lazy_gettext("Web pages and drawings cannot be taken. Save it as PDF and choose that."),
    "unknown": lazy_gettext(
        "Files of this kind cannot be taken. Choose a picture, a PDF, a text, a table (CSV) or a saved mail (.eml)."
    ),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that can be kept: its bytes are ``content`` up to ``size``, and for a picture a small one behind them."""

    kind: str
    name: str = field(repr=False)
    size: int
    content: IO[bytes] = field(repr=False)
    preview: int = 0
    acts: Sequence[str] = ()


def look_into(sent: FileStorage | None, *, among: Sequence[str] = (), named: str = "file") -> Checked:
    """A file that was chosen in a form, looked into. Invalid, with a sentence for the field ``named``, where it is not taken;
    ``why`` is the code of that.

    ``among`` are the kinds that are wanted, where not all are.
    """
    try:
        if sent is None or not sent.filename:
            raise NotTaken("none")
        size = sent.stream.seek(0, 2)
        if size > MOST_BYTES:
            raise NotTaken("large")
        kind = kind_of(sent.stream)
        if among and kind not in among:
            raise NotTaken("unknown")
        return _checked(sent, kind, size)
    except NotTaken as no:
        raise Invalid("not-taken", fields={named: str(_WHY[no.why])}, why=no.why) from None


def _checked(sent: FileStorage, kind: str, size: int) -> Checked:
    if kind in PICTURES:
        return _picture(sent)
    acts = _asked("portal.files.pdfs", sent.stream, keep=True)[0]["acts"] if kind == PDF else ()
    return Checked(kind, clean_name(sent.filename, kind), size, sent.stream, acts=acts)


def _picture(sent: FileStorage) -> Checked:
    said, out = _asked("portal.files.pictures", sent.stream)
    if said["size"] > MOST_BYTES:
        raise NotTaken("points")
    kind = said["kind"]
    return Checked(kind, clean_name(sent.filename, kind), said["size"], out, preview=said["preview"])


def _asked(module: str, stream: IO[bytes], *, keep: bool = False) -> tuple[dict[str, Any], IO[bytes]]:
    try:
        said, out = work_apart(module, stream, keep=keep)
    except Failed:
        raise NotTaken("broken") from None
    if "no" in said:
        raise NotTaken(said["no"])
    return dict(said), out
