"""What delegates saw and did for a person: of their looks all, of their doings those that have words of their own."""

from collections.abc import Collection

from sqlalchemy import and_, or_, select

from portal.audit.reads.entries import END, ROW, Line, column, lines_from
from portal.audit.reads.looks import pseudonyms_of
from portal.kernel.unit import Unit

LOOKED = "delegate.looked"
_DELEGATE = "delegate"


def delegated_of(
    unit: Unit, holder_id: bytes, delegates: Collection[str], doings: Collection[str], *, most: int, below: int | None = None
) -> list[Line]:
    """The newest of them below an index. ``delegates`` are their names in the log, ``doings`` the events to tell."""
    did = and_(column.actor.in_(delegates), column.event.in_(doings))
    own = (column.customer.in_(pseudonyms_of(unit, holder_id)), or_(column.event == LOOKED, did))
    newest = select(*ROW).where(*own, column.idx < (END if below is None else below)).order_by(column.idx.desc())
    lines = lines_from(unit.connection, unit.connection.execute(newest.limit(most)).all())
    # The same person may also have done things in a right of their own.
    return [line for line in lines if line.kind == _DELEGATE]
