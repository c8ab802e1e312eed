"""Files kept with something, and removed: what was brought belongs to one thing, once."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, insert, select, update

from portal.files.facts import FileKept, FilesForgotten, FilesMoved, FilesRemoved
from portal.files.models import File, FileChunk, LooseFile
from portal.files.reads import About, held_with, hold_customer
from portal.files.service.bringing import Brought
from portal.files.words import too_many_with
from portal.kernel.errors import Gone, Invalid, NotFound
from portal.kernel.unit import Unit

MOST_WITH_ONE = 10
"""Files with one thing."""


def keep(unit: Unit, *, brought: Brought, about: About, customer_id: bytes, holder_id: bytes) -> None:
    """Keeps a file with a thing of the customer's.

    Gone where it was kept before or waited for too long; Invalid where the thing has too many. Notes FileKept.
    """
    hold_customer(unit, customer_id)
    if held_with(unit, customer_id, about) >= MOST_WITH_ONE:
        raise Invalid("too-many", fields={"file": too_many_with(MOST_WITH_ONE)})
    waits = (LooseFile.id == brought.id, LooseFile.customer_id == customer_id, LooseFile.due_at > unit.at)
    if unit.connection.execute(delete(LooseFile).where(*waits)).rowcount != 1:
        raise Gone("file-gone")
    row = {
        "id": brought.id,
        "customer_id": customer_id,
        "thing_kind": about.kind,
        "thing_id": about.id,
        "kind": brought.kind,
        "size": brought.size,
        "chunks": brought.chunks,
        "has_preview": brought.has_preview,
        "acts": " ".join(brought.acts),
        "digest": brought.digest,
        "name": unit.box(holder_id).seal("files", "name", brought.id, brought.name),
        "created_at": unit.at,
    }
    unit.connection.execute(insert(File), row)
    kept = FileKept(holder=holder_id, about=("file", brought.id), kind=brought.kind, size=brought.size, thing=about.kind)
    unit.note(kept)


def keep_all(unit: Unit, *, brought: Iterable[Brought], about: About, customer_id: bytes, holder_id: bytes) -> None:
    """Keeps all files that came with a form with the one thing that was made of it. Notes FileKept for each."""
    for one in brought:
        keep(unit, brought=one, about=about, customer_id=customer_id, holder_id=holder_id)


def remove(unit: Unit, *, file_id: bytes, about: About, customer_id: bytes, holder_id: bytes) -> None:
    """Removes one file of a thing; NotFound where it is not there. Notes FilesRemoved. Its pieces are then loose."""
    if not _let_go(unit, customer_id, File.thing_kind == about.kind, File.thing_id == about.id, File.id == file_id):
        raise NotFound
    unit.note(FilesRemoved(holder=holder_id, about=("file", file_id), count=1))


def remove_all(unit: Unit, *, about: About, customer_id: bytes, holder_id: bytes) -> list[bytes]:
    """Removes all files of a thing, which goes itself; gives which, to be cleared away after the commit."""
    gone = _let_go(unit, customer_id, File.thing_kind == about.kind, File.thing_id == about.id)
    if gone:
        unit.note(FilesRemoved(holder=holder_id, about=(about.kind, about.id), count=len(gone)))
    return gone


def move(unit: Unit, *, kind: str, things: Sequence[bytes], customer_id: bytes, holder_id: bytes) -> None:
    """Files of things that are another customer's from then on are theirs, too: whose keys seal them, the keys say.

    Notes FilesMoved, where there were any.
    """
    some = (File.thing_kind == kind, File.thing_id.in_(things), File.customer_id != customer_id)
    ids = unit.connection.execute(select(File.id).where(*some).with_for_update()).scalars().all()
    if not ids:
        return
    for which in (update(File).where(File.id.in_(ids)), update(FileChunk).where(FileChunk.file_id.in_(ids))):
        unit.connection.execute(which.values(customer_id=customer_id))
    unit.note(FilesMoved(holder=holder_id, count=len(ids)))


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """An erased customer's files are no files any more: nobody has their keys. Notes FilesForgotten."""
    gone = _let_go(unit, customer_id)
    if gone:
        unit.note(FilesForgotten(holder=holder_id, count=len(gone)))


def _let_go(unit: Unit, customer_id: bytes, *only: ColumnElement[bool]) -> list[bytes]:
    """Takes rows of files away; what they leave is loose, and due at once."""
    mine = (File.customer_id == customer_id, *only)
    rows = unit.connection.execute(select(File.id, File.chunks).where(*mine).with_for_update()).all()
    if rows:
        unit.connection.execute(delete(File).where(File.id.in_([row.id for row in rows])))
        loose = [{"id": row.id, "customer_id": customer_id, "chunks": row.chunks, "due_at": unit.at} for row in rows]
        unit.connection.execute(insert(LooseFile), loose)
    return [row.id for row in rows]
