"""Pieces that belong to no file are deleted, a few a commit."""

from collections.abc import Iterable

from sqlalchemy import and_, delete, or_, select

from portal.files.models import FileChunk, LooseFile
from portal.files.service.bringing import Units
from portal.kernel.unit import Unit

AT_ONCE = 4


def clear(writing: Units, *, file_ids: Iterable[bytes]) -> None:
    """Deletes what files left that are removed: their pieces, and then that they were loose."""
    for file_id in file_ids:
        left = True
        while left:
            with writing() as unit:
                left = clear_some(unit, file_id=file_id)


def clear_some(unit: Unit, *, file_id: bytes) -> bool:
    """Deletes some pieces of a file that is none; whether there are more. One that waits to be kept is left alone."""
    due = select(LooseFile.id).where(LooseFile.id == file_id, LooseFile.due_at <= unit.at).with_for_update()
    if unit.connection.execute(due).first() is None:
        return False
    where = select(FileChunk.part, FileChunk.place).where(FileChunk.file_id == file_id).limit(AT_ONCE)
    found = unit.connection.execute(where).all()
    if not found:
        unit.connection.execute(delete(LooseFile).where(LooseFile.id == file_id))
        return False
    places = or_(*(and_(FileChunk.part == row.part, FileChunk.place == row.place) for row in found))
    unit.connection.execute(delete(FileChunk).where(FileChunk.file_id == file_id, places))
    return True
