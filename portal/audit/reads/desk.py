"""What the desk reads: how the log and its queue stand, and single entries, whosever they are."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from portal.audit.models import LogPersonal, LogState
from portal.audit.reads.entries import END, ROW, Line, column, lines_from
from portal.audit.tree import EMPTY_ROOT
from portal.audit.walking import walk
from portal.kernel.clock import from_micros
from portal.kernel.errors import NotFound
from portal.kernel.log_queue import ASIDE, QueuedFact, queued_at
from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class State:
    """The log as it stands."""

    size: int
    root: bytes
    time: datetime | None


def state_of(connection: Connection) -> State:
    """Size, root and the time of the last entry."""
    row = connection.execute(select(LogState.size, LogState.root, LogState.time).where(LogState.id == 1)).one_or_none()
    return State(row.size, row.root, from_micros(row.time)) if row else State(0, EMPTY_ROOT, None)


def queue_state(connection: Connection) -> tuple[int, float]:
    """How many facts wait for their index, or to be looked at by somebody, and the age of the oldest in seconds."""
    aside = QueuedFact.id >= ASIDE
    part = select(func.count().label("length"), func.min(QueuedFact.id).label("oldest")).group_by(aside)
    parts = connection.execute(part).all()
    if not parts:
        return 0, 0.0
    return sum(part.length for part in parts), max(0.0, time.time() - min(queued_at(part.oldest) for part in parts))


def aside_of(connection: Connection) -> list[bytes]:
    """Queued facts that could not be read: what they tell is not in the log."""
    statement = select(QueuedFact.id).where(QueuedFact.id >= ASIDE).order_by(QueuedFact.id)
    return list(connection.execute(statement).scalars())


def last_of(unit: Unit, event: str) -> Line | None:
    """The newest entry of an event."""
    row = unit.connection.execute(
        select(*ROW).where(column.event == event).order_by(column.idx.desc()).limit(1)
    ).one_or_none()
    return lines_from(unit.connection, [row])[0] if row else None


class Whole(NamedTuple):
    """An entry as it stands: the line, the bytes that are hashed, their hash, and whether it has a personal part."""

    line: Line
    body: bytes
    leaf: bytes
    has_personal: bool


def entry_of(unit: Unit, index: int) -> Whole:
    """One entry, whosever it is: for the desk."""
    if index >= END:
        raise NotFound
    statement = select(*ROW, column.leaf).where(column.idx == index)
    row = unit.connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    part = unit.connection.execute(select(LogPersonal.idx).where(LogPersonal.idx == index)).scalar()
    return Whole(lines_from(unit.connection, [row])[0], row.body, row.leaf, part is not None)


def leaves(connection: Connection, first: int, end: int) -> Iterator[bytes]:
    """Leaf hashes of a range of entries, in order, in slices."""
    statement = select(column.idx, column.leaf).where(column.idx >= first, column.idx < end)
    for row in walk(connection, statement, column.idx):
        yield row.leaf
