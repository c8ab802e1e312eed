"""What is known of files. Nothing here writes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from portal.customers.models import Customer
from portal.files.models import File, FileChunk, LooseFile
from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit

CONTENT, PREVIEW = 0, 1
"""The parts of a file."""
_DUE_AT_ONCE = 20


class About(NamedTuple):
    """What a file is kept with: a kind of thing, and which one."""

    kind: str
    id: bytes


class Held(NamedTuple):
    """How much of a customer's is kept: files, and pieces of them and of what is on its way in or out."""

    files: int
    chunks: int


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as its customer sees it in a list."""

    id: bytes
    thing_id: bytes
    kind: str
    name: str = field(repr=False)
    size: int
    chunks: int
    has_preview: bool
    acts: Sequence[str]
    created_at: datetime

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)


def files_of(unit: Unit, customer_id: bytes, about: About) -> list[FileView]:
    """The files that are kept with a thing of this customer, in the order in which they came."""
    return _views(unit, File.customer_id == customer_id, File.thing_kind == about.kind, File.thing_id == about.id)


def files_with(unit: Unit, customer_id: bytes, kind: str, thing_ids: Iterable[bytes]) -> dict[bytes, list[FileView]]:
    """The files of several things of one kind, by the thing they are kept with."""
    return _by_thing(_views(unit, File.customer_id == customer_id, *_with(kind, thing_ids)))


def files_of_several(unit: Unit, kind: str, thing_ids: Iterable[bytes]) -> dict[bytes, list[FileView]]:
    """The same of things of several customers, for whoever found those things among what they may read."""
    return _by_thing(_views(unit, *_with(kind, thing_ids)))


def _with(kind: str, thing_ids: Iterable[bytes]) -> tuple[ColumnElement[bool], ...]:
    return File.thing_kind == kind, File.thing_id.in_(list(thing_ids))


def _by_thing(files: Iterable[FileView]) -> dict[bytes, list[FileView]]:
    found: dict[bytes, list[FileView]] = {}
    for file in files:
        found.setdefault(file.thing_id, []).append(file)
    return found


def file_of(unit: Unit, customer_id: bytes, about: About, file_id: bytes) -> FileView:
    """One of them; anything else is NotFound."""
    here = (File.thing_kind == about.kind, File.thing_id == about.id, File.id == file_id)
    found = _views(unit, File.customer_id == customer_id, *here)
    if not found:
        raise NotFound
    return found[0]


def _views(unit: Unit, *only: ColumnElement[bool]) -> list[FileView]:
    wanted = select(File.__table__, Customer.holder_id).join(Customer, Customer.id == File.customer_id).where(*only)
    rows = unit.connection.execute(wanted.order_by(File.created_at, File.id)).all()
    boxes = unit.boxes({row.holder_id for row in rows}) if rows else {}
    return [
        FileView(
            id=row.id,
            thing_id=row.thing_id,
            kind=row.kind,
            name=boxes[row.holder_id].open("files", "name", row.id, row.name),
            size=row.size,
            chunks=row.chunks,
            has_preview=row.has_preview,
            acts=row.acts.split(),
            created_at=row.created_at,
        )
        for row in rows
    ]


def place_of(file_id: bytes, part: int, place: int, *, last: bool) -> bytes:
    """What a piece is sealed for: its file, its place there, and whether it is the last one."""
    return file_id + bytes([part]) + place.to_bytes(4) + bytes([last])


def pieces_of(unit: Unit, customer_id: bytes, holder_id: bytes, file_id: bytes, part: int) -> Iterator[bytes]:
    """The pieces of a file, opened one after another. NotFound where there are none."""
    box, at = unit.box(holder_id), 0
    mine = (FileChunk.file_id == file_id, FileChunk.part == part, FileChunk.customer_id == customer_id)
    count = unit.connection.execute(select(func.count()).where(*mine)).scalar_one()
    while at < count:
        statement = select(FileChunk.data).where(*mine, FileChunk.place == at)
        sealed = unit.connection.execute(statement).scalar_one()
        yield box.open_bytes("file_chunks", "data", place_of(file_id, part, at, last=at == count - 1), sealed)
        at += 1
    if not count:
        raise NotFound


def is_waiting(unit: Unit, customer_id: bytes, file_id: bytes) -> bool:
    """Whether a file that was brought is still there, whole, and kept with nothing yet."""
    waits = (LooseFile.id == file_id, LooseFile.customer_id == customer_id, LooseFile.due_at > unit.at)
    return unit.connection.execute(select(LooseFile.id).where(*waits)).first() is not None


def held_by(unit: Unit, customer_id: bytes) -> Held:
    """How much is kept of a customer's."""
    kept = select(func.count(), func.coalesce(func.sum(File.chunks), 0)).where(File.customer_id == customer_id)
    files, chunks = unit.connection.execute(kept).one()
    loose = select(func.coalesce(func.sum(LooseFile.chunks), 0)).where(LooseFile.customer_id == customer_id)
    return Held(files, int(chunks) + int(unit.connection.execute(loose).scalar_one()))


def held_with(unit: Unit, customer_id: bytes, about: About) -> int:
    """How many files are kept with one thing."""
    here = (File.customer_id == customer_id, File.thing_kind == about.kind, File.thing_id == about.id)
    return unit.connection.execute(select(func.count()).select_from(File).where(*here)).scalar_one()


def hold_customer(unit: Unit, customer_id: bytes) -> None:
    """Keeps the customer's row until this unit ends: whoever counts their files now counts alone."""
    statement = select(Customer.id).where(Customer.id == customer_id).with_for_update()
    if unit.connection.execute(statement).first() is None:
        raise NotFound


def loose_due(unit: Unit, after: bytes) -> Iterable[bytes]:
    """Files that are none, whose pieces are to be deleted by now."""
    statement = select(LooseFile.id).where(LooseFile.id > after, LooseFile.due_at <= unit.at)
    return unit.connection.execute(statement.order_by(LooseFile.id).limit(_DUE_AT_ONCE)).scalars().all()
