"""Entries for the desk, by company, customer, field, event, outcome, time and request; newest first, or in log order."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import false, func, select
from sqlalchemy.engine import Connection

from portal.audit.models import LogEntry, LogFields
from portal.audit.reads import Line, holders_of, lines_from, size_of
from portal.audit.walking import slices, walk
from portal.kernel.clock import micros
from portal.kernel.errors import NotFound
from portal.kernel.facts import Fact
from portal.kernel.ids import text_of
from portal.kernel.sealing import DataKey
from portal.kernel.unit import Unit

PAGE = 25
EVENTS_MOST = 1_000
_CASES = "case."
_entry = LogEntry.__table__.c
_row = (_entry.idx, _entry.body, _entry.asked, _entry.given)


@dataclass(frozen=True)
class Within:
    """What a reader is bounded to, whatever is searched by: entries about these companies, from that moment on."""

    vendors: tuple[bytes, ...] | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Query:
    """What is searched by; what is None is not. ``within`` bounds the reader, and is not searched by; nor are ``own``, the
    reader's names in the log: whoever is looked into does not follow the case about themselves."""

    entry: int | None = None
    vendor: bytes | None = None
    customer: str | None = None
    field: str | None = None
    event: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    request: str | None = None
    within: Within | None = None
    own: tuple[str, ...] = ()

    def by(self) -> list[str]:
        """The names of what is searched by, for the entry of the search itself."""
        names = (member.name for member in fields(self) if member.name not in ("within", "own"))
        return [name for name in names if getattr(self, name) is not None]

    def words(self) -> dict[str, str]:
        """What is searched for, for the personal part of that entry."""
        values = {name: getattr(self, name) for name in self.by()}
        return {name: text_of(v) if isinstance(v, bytes) else str(v) for name, v in values.items()}


@dataclass(frozen=True)
class Page:
    """One page of entries, and the index before which the next one begins."""

    lines: list[Line]
    older: int | None


def find(unit: Unit, query: Query, before: int | None = None) -> Page:
    """The newest entries that match, ``PAGE`` at most, below the index ``before``."""
    where = where_of(unit.connection, query)
    if before is not None:
        where.append(_entry.idx < before)
    statement = select(*_row).where(*where).order_by(_entry.idx.desc()).limit(PAGE + 1)
    rows = unit.connection.execute(statement).all()
    lines = lines_from(unit.connection, rows[:PAGE])
    return Page(lines, lines[-1].index if len(rows) > PAGE else None)


def count(unit: Unit, query: Query, size: int) -> int:
    """How many entries below ``size`` match."""
    statement = select(func.count()).select_from(LogEntry).where(*where_of(unit.connection, query), _entry.idx < size)
    return int(unit.connection.execute(statement).scalar_one())


def batches(unit: Unit, query: Query, size: int, after: int = -1) -> Iterator[list[Line]]:
    """Matching entries above ``after`` and below ``size``, in the order of the log, slice by slice."""
    where = (*where_of(unit.connection, query), _entry.idx > after, _entry.idx < size)
    for rows in slices(unit.connection, select(*_row).where(*where), _entry.idx):
        yield lines_from(unit.connection, rows)


def where_of(connection: Connection, query: Query) -> list[Any]:
    """The query as conditions on the log's columns."""
    where: list[Any] = []
    if query.entry is not None:
        where.append(_entry.idx == query.entry)
    if query.vendor is not None:
        where.append(_entry.vendor == text_of(query.vendor))
    if query.customer is not None:
        where.append(_entry.customer.in_(_names_of(connection, query.customer)))
    if query.field is not None:
        digests = _lists_with(connection, query.field)
        where.append(_entry.asked.in_(digests) | _entry.given.in_(digests) if digests else false())
    if query.event is not None:
        whole = not query.event.endswith(".")
        where.append(_entry.event == query.event if whole else _entry.event.startswith(query.event, autoescape=True))
    if query.outcome is not None:
        where.append(_entry.outcome == query.outcome)
    if query.request is not None:
        where.append(_entry.request == query.request)
    if query.since is not None:
        where.append(_entry.idx >= first_at(connection, query.since))
    if query.until is not None:
        where.append(_entry.idx < first_at(connection, query.until))
    if query.own:
        others = _entry.customer.is_(None) | _entry.customer.not_in(query.own)
        where.append(~_entry.event.startswith(_CASES) | others)
    return [*where, *_bounds(connection, query.within or Within())]


def _bounds(connection: Connection, within: Within) -> Iterator[Any]:
    if within.vendors is not None:
        yield _entry.vendor.in_([text_of(id_) for id_ in within.vendors])
    if within.since is not None:
        yield _entry.idx >= first_at(connection, within.since)


def holder_named(connection: Connection, name: str | None) -> bytes | None:
    """Who has a name in the log; None for nobody, and for what is no name."""
    try:
        return None if name is None else holders_of(connection, [name]).get(name)
    except NotFound:
        return None


def _names_of(connection: Connection, name: str) -> list[str]:
    # A person may have several names in the log; whoever is searched by one is found by all.
    holder = holder_named(connection, name)
    if holder is None:
        return [name]
    rows = connection.execute(select(DataKey.pseudonym).where(DataKey.holder_id == holder)).scalars()
    return [text_of(pseudonym) for pseudonym in rows]


def _lists_with(connection: Connection, field: str) -> list[str]:
    """The digests of the field lists that hold a field, or a part of it (``profile.address`` holds its city)."""
    statement = select(LogFields.digest, LogFields.fields)
    return [
        row.digest
        for row in walk(connection, statement, LogFields.digest)
        if any(name == field or name.startswith(f"{field}.") for name in row.fields)
    ]


def events_known(connection: Connection) -> list[str]:
    """What may be searched for: every event that a room can note, and whatever else stands in the log."""
    return sorted({*_declared(Fact), *_events_in(connection)})


def events_declared() -> list[str]:
    """Every event that a room can note, whether or not it stands in the log."""
    return sorted(set(_declared(Fact)))


def _declared(kind: type[Fact]) -> Iterator[str]:
    for declared in kind.__subclasses__():
        if hasattr(declared, "EVENT"):  # some are there for others to derive from
            yield declared.EVENT
        yield from _declared(declared)


def _events_in(connection: Connection) -> Iterator[str]:
    """From one event to the next by their index: so many steps as there are events, however long the log is."""
    last = ""
    for _ in range(EVENTS_MOST):
        following = connection.execute(select(func.min(_entry.event)).where(_entry.event > last)).scalar()
        if following is None:
            return
        yield (last := following)


def fields_known(connection: Connection) -> set[str]:
    """Every field that was ever asked for or given."""
    lists = walk(connection, select(LogFields.digest, LogFields.fields), LogFields.digest)
    return {name for row in lists for name in row.fields}


def first_at(connection: Connection, at: datetime) -> int:
    """The first index appended at that moment or later. Times never go back, so halving finds it without an index."""
    low, high, wanted = 0, size_of(connection), micros(at)
    while low < high:
        middle = (low + high) // 2
        written = connection.execute(select(_entry.time).where(_entry.idx == middle)).scalar()
        if written is not None and written < wanted:
            low = middle + 1
        else:
            high = middle
    return low
