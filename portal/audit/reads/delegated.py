"""What delegates saw and did, for whom they did it and for themselves: all looks, and the doings that have words."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from portal.audit.models import ASKED_FOR
from portal.audit.reads.entries import END, ROW, Line, column, lines_from
from portal.audit.reads.looks import pseudonyms_of
from portal.kernel.unit import Unit

LOOKED = "delegate.looked"
_DELEGATE = "delegate"


def delegated_of(
    unit: Unit, holder_id: bytes, delegates: Collection[str], doings: Collection[str], *, most: int, below: int | None = None
) -> list[Line]:
    """The newest for a person, below an index. ``delegates`` are names in the log, ``doings`` the events to tell."""
    theirs = or_(column.event == LOOKED, column.actor.in_(delegates))
    return _newest(unit, pseudonyms_of(unit, holder_id), doings, theirs, most=most, below=below)


def acted_by(
    unit: Unit, delegate: str, customers: Collection[str], doings: Collection[str], *, most: int, below: int | None = None
) -> list[Line]:
    """The newest that a delegate did. ``customers`` are the names in the log of those for whom it was."""
    return _newest(unit, customers, doings, column.actor == delegate, most=most, below=below)


def _newest(
    unit: Unit, customers: Collection[str], doings: Collection[str], which: ColumnElement[bool], **place: Any
) -> list[Line]:
    own = (column.customer.in_(customers), column.event.in_((LOOKED, *doings)), ASKED_FOR, which)
    below = END if place["below"] is None else place["below"]
    newest = select(*ROW).where(*own, column.idx < below).order_by(column.idx.desc()).limit(place["most"])
    lines = lines_from(unit.connection, unit.connection.execute(newest).all())
    # The same person may also have done things in a right of their own.
    return [line for line in lines if line.kind == _DELEGATE]
