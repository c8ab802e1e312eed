"""A file's answer: the bytes of a download, and what its headers say of it. Used by every page that gives files out.

A file is never shown as a page: whatever a browser takes it for, it saves it, and were it opened after all it may do
nothing. A preview is a picture that was drawn by us; pages show it, by itself it is saved like any other.
"""

from dataclasses import dataclass, field
from typing import Any

from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response

from portal.customers.reads import customer_of
from portal.files.kinds import JPEG, KINDS
from portal.files.reads import CONTENT, PREVIEW, About, FileView, file_of, pieces_of
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.vendors.things import ThingIds


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What is sent of a file."""

    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    @property
    def response(self) -> Response:
        """As it is sent to whoever may see it of their own right."""
        return Response(self.body, headers=self.headers)

    @property
    def parts(self) -> dict[str, Any]:
        """As an answer that goes on record says it."""
        more = dict(self.headers)
        return {"body": self.body, "content_type": more.pop("Content-Type"), "headers": more}


def shared_file(unit: Unit, customer_id: bytes, about: About, file_id: bytes) -> FileAnswer:
    """A file that is kept with a thing of this customer, whole; anything else is NotFound."""
    file = file_of(unit, customer_id, about, file_id)
    return _answer(unit, customer_id, file_id, CONTENT, KINDS[file.kind].type, file.name)


def shared_preview(unit: Unit, customer_id: bytes, about: About, file_id: bytes) -> FileAnswer:
    """The small picture of a picture; NotFound where there is none."""
    if not file_of(unit, customer_id, about, file_id).has_preview:
        raise NotFound
    return _answer(unit, customer_id, file_id, PREVIEW, KINDS[JPEG].type, "preview.jpg")


def told_of_file(ids: ThingIds, file: FileView) -> dict[str, Any]:
    """A file as a company's program is told of it, by the company's own id."""
    return {"id": ids.text_of("file", file.id), "name": file.name, "type": KINDS[file.kind].type, "size": file.size}


def _answer(unit: Unit, customer_id: bytes, file_id: bytes, part: int, type_: str, name: str) -> FileAnswer:
    holder_id = customer_of(unit, customer_id).holder_id
    headers = {
        "Content-Type": type_,
        "Content-Disposition": dump_options_header("attachment", {"filename": name}),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    return FileAnswer(b"".join(pieces_of(unit, customer_id, holder_id, file_id, part)), headers)
