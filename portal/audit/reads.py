"""What the log tells: who looked at a person's things, what changed, how long the queue is. Nothing here writes."""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from portal.audit.models import LogEntry, LogFields, LogPersonal, LogState
from portal.audit.tree import EMPTY_ROOT
from portal.audit.unusual import FIRST, Habit, Look, Verdict, judge_all
from portal.audit.walking import walk
from portal.kernel.clock import from_micros, micros
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.log_queue import ASIDE, QueuedFact, queued_at
from portal.kernel.sealing import DataKey
from portal.kernel.unit import Unit

GIVEN, REFUSED = "given", "refused"
HABIT = timedelta(weeks=26)
_END = 1 << 53  # indexes are integers that every JSON reader can hold
_entry = LogEntry.__table__.c
_row = (_entry.idx, _entry.body, _entry.asked, _entry.given)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, read back. ``asked`` and ``given`` are the field lists that the entry names by their digest."""

    index: int
    at: datetime
    time: datetime
    event: str
    outcome: str
    kind: str
    entry: dict[str, Any]
    asked: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        # reason, purpose, basis, version, count, token, route, mode, request, cause, customer, counter, detail …
        if name.startswith("_"):
            raise AttributeError(name)
        return self.entry.get(name)

    @property
    def vendor(self) -> bytes | None:
        """The company's row."""
        return _id(self.entry.get("vendor"))

    @property
    def link(self) -> bytes | None:
        """The link's row."""
        return _id(self.entry.get("link"))

    @property
    def grant(self) -> bytes | None:
        """The permission's row."""
        return _id(self.entry.get("grant"))

    @property
    def refused(self) -> bool:
        """Whether nothing was given."""
        return self.outcome == REFUSED

    @property
    def actor_name(self) -> str | None:
        """The client id or log pseudonym of whoever asked."""
        actor: dict[str, str] = self.entry["actor"]
        return actor.get("id")


def _id(text: str | None) -> bytes | None:
    return None if text is None else id_from(text)


class Judged(NamedTuple):
    """A look at somebody's things, and what is unusual about it."""

    line: Line
    verdict: Verdict


def line_from(row: Any, lists: dict[str, tuple[str, ...]]) -> Line:
    """The entry behind a row."""
    entry = json.loads(row.body)
    return Line(
        index=row.idx,
        at=from_micros(entry["at"]),
        time=from_micros(entry["time"]),
        event=entry["event"],
        outcome=entry["outcome"],
        kind=entry["actor"]["kind"],
        entry=entry,
        asked=lists.get(row.asked, ()),
        given=lists.get(row.given, ()),
    )


def lines_from(connection: Connection, rows: Sequence[Any]) -> list[Line]:
    """Entries with the field lists they name."""
    lists = field_lists(connection, {digest for row in rows for digest in (row.asked, row.given) if digest})
    return [line_from(row, lists) for row in rows]


def field_lists(connection: Connection, digests: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Field lists by their digests."""
    if not digests:
        return {}
    rows = connection.execute(select(LogFields.digest, LogFields.fields).where(LogFields.digest.in_(digests)))
    return {row.digest: tuple(row.fields) for row in rows}


# The customer's side


def pseudonyms_of(unit: Unit, holder_id: bytes) -> list[str]:
    """All names a person has in the log: their own, and those of prospects that turned out to be theirs."""
    return unit.box(holder_id).pseudonyms


def looks_of(
    unit: Unit,
    holder_id: bytes,
    zone: ZoneInfo,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    vendor_id: bytes | None = None,
) -> list[Judged]:
    """Who looked, or tried to, at a person's things in a span of time, newest first."""
    names = pseudonyms_of(unit, holder_id)
    begin = None if since is None else since - HABIT
    judged = _judged(unit, names, zone, begin, until, vendor_id)
    return [one for one in reversed(judged) if since is None or one.line.time >= since]


def has_looks_before(unit: Unit, holder_id: bytes, at: datetime, vendor_id: bytes | None = None) -> bool:
    """Whether there is anything older to show."""
    where = [*_looks(pseudonyms_of(unit, holder_id)), _entry.time < micros(at)]
    if vendor_id is not None:
        where.append(_entry.vendor == text_of(vendor_id))
    return unit.connection.execute(select(_entry.idx).where(*where).limit(1)).scalar() is not None


def lookers_of(unit: Unit, holder_id: bytes) -> set[bytes]:
    """The companies that ever looked, or tried to."""
    where = (*_looks(pseudonyms_of(unit, holder_id)), _entry.vendor.is_not(None))
    return {id_from(text) for text in unit.connection.execute(select(_entry.vendor).where(*where).distinct()).scalars()}


def look_of(unit: Unit, holder_id: bytes, zone: ZoneInfo, index: int) -> Judged:
    """One line of the person's own; NotFound for anybody else's, and for what is no look."""
    names = pseudonyms_of(unit, holder_id)
    if index >= _END:
        raise NotFound
    row = unit.connection.execute(select(*_row).where(_entry.idx == index, *_looks(names))).one_or_none()
    if row is None:
        raise NotFound
    (line,) = lines_from(unit.connection, [row])
    later = line.time + timedelta(microseconds=1)
    judged = _judged(unit, names, zone, line.time - HABIT, later, line.vendor)
    return next(one for one in judged if one.line.index == index)


def _looks(names: Sequence[str]) -> tuple[Any, ...]:
    # A company's looks and tries, and those of the data protection team; never the person's own.
    return (_entry.customer.in_(names), _entry.outcome.in_((GIVEN, REFUSED)), _by_others)


_by_others = _entry.vendor.is_not(None) | _entry.event.startswith("log.")


def _judged(
    unit: Unit,
    names: Sequence[str],
    zone: ZoneInfo,
    since: datetime | None,
    until: datetime | None,
    vendor_id: bytes | None,
) -> list[Judged]:
    where = list(_looks(names))
    if vendor_id is not None:
        where.append(_entry.vendor == text_of(vendor_id))
    habits = {} if since is None else _habits_before(unit, where, since)
    if since is not None:
        where.append(_entry.time >= micros(since))
    if until is not None:
        where.append(_entry.time < micros(until))
    rows = unit.connection.execute(select(*_row).where(*where).order_by(_entry.idx)).all()
    lines = lines_from(unit.connection, rows)
    verdicts = judge_all(map(_look, lines), zone, habits)
    return [Judged(line, verdicts[line.index]) for line in lines]


def _look(line: Line) -> Look:
    # The data protection team is one reader among the others; it has no company's row.
    return Look(line.index, line.vendor or b"", line.at, frozenset(line.given), line.refused)


def _habits_before(unit: Unit, where: Sequence[Any], since: datetime) -> dict[bytes, Habit]:
    """Of what lies too far back to form hours and weeks: who has looked, and at what."""
    old = select(_entry.vendor, _entry.given).where(*where, _entry.time < micros(since), _entry.outcome == GIVEN)
    rows = unit.connection.execute(old.distinct()).all()
    lists = field_lists(unit.connection, {row.given for row in rows if row.given})
    habits: dict[bytes, Habit] = {}
    for row in rows:
        habits.setdefault(_id(row.vendor) or b"", Habit()).knows(lists.get(row.given, ()))
    return habits


def last_reads(unit: Unit, holder_id: bytes) -> dict[bytes, datetime]:
    """When each company last read something of a person's."""
    given = (_entry.customer.in_(pseudonyms_of(unit, holder_id)), _entry.outcome == GIVEN, _entry.vendor.is_not(None))
    last = select(_entry.vendor, func.max(_entry.time).label("time")).where(*given).group_by(_entry.vendor)
    return {id_from(row.vendor): from_micros(row.time) for row in unit.connection.execute(last)}


def last_read_of(unit: Unit, holder_id: bytes, vendor_id: bytes) -> datetime | None:
    """When a company last read something of a person's; None if it never has."""
    return last_reads(unit, holder_id).get(vendor_id)


def unusual_since(unit: Unit, holder_id: bytes, zone: ZoneInfo, since: datetime) -> list[Judged]:
    """Looks that are worth a second glance, newest first; refusals among them."""
    return [one for one in looks_of(unit, holder_id, zone, since=since) if one.verdict]


def first_reads(unit: Unit, holder_id: bytes, zone: ZoneInfo, since: datetime) -> list[Line]:
    """First looks ever by a company, newest first."""
    return [one.line for one in unusual_since(unit, holder_id, zone, since) if FIRST in one.verdict.reasons]


def refusals_since(unit: Unit, holder_id: bytes, zone: ZoneInfo, since: datetime) -> list[Line]:
    """Blocked attempts, newest first."""
    return [one.line for one in unusual_since(unit, holder_id, zone, since) if one.line.refused]


def waiting_of(unit: Unit, holder_id: bytes) -> int:
    """How many looks at a person's things are still on their way into the log ("being recorded")."""
    names = pseudonyms_of(unit, holder_id)
    waiting = select(QueuedFact.entry).where(QueuedFact.id < ASIDE).order_by(QueuedFact.id).limit(1000)
    queued = (_queued(entry) for entry in unit.connection.execute(waiting).scalars())
    return sum(e.get("customer") in names and e.get("outcome") in (GIVEN, REFUSED) and "vendor" in e for e in queued)


def _queued(entry: bytes) -> dict[str, Any]:
    try:
        found = json.loads(entry)
    except (ValueError, RecursionError):
        return {}  # the sequencer will set it aside
    return found if isinstance(found, dict) else {}


# The companies' side


@dataclass(frozen=True, slots=True)
class Change:
    """Something that may move a company's answer: whose, by which event, at which fields."""

    index: int
    event: str
    holder: bytes
    vendor: bytes | None
    link: bytes | None
    grant: bytes | None
    paths: tuple[str, ...] = field(default=())


CHANGES = (
    "attribute.changed",
    "attribute.removed",
    "customer.joined",
    "grant.given",
    "grant.narrowed",
    "grant.revoked",
    "link.blocked",
    "link.ended",
    "link.folded",
    "link.paused",
    "link.resumed",
    "link.unblocked",
)


def size_of(connection: Connection) -> int:
    """How many entries the log has: the position after the last one."""
    return int(connection.execute(select(LogState.size).where(LogState.id == 1)).scalar() or 0)


def changes_since(unit: Unit, index: int, vendor_id: bytes) -> Iterator[Change]:
    """What happened from ``index`` on that may move this company's answers, in the order of the log.

    A customer's own changes name no company: the caller keeps those of its customers and of the fields it was granted.
    Run after the log was led (``house.lead()``), so that nothing that was acknowledged is missing.
    """
    statement = _changes_for(vendor_id).where(_entry.idx >= index)
    slice_: list[Any] = []
    for row in walk(unit.connection, statement, _entry.idx):
        slice_.append(row)
        if len(slice_) == 500:
            yield from _changes(unit, slice_)
            slice_ = []
    yield from _changes(unit, slice_)


def last_changes(unit: Unit, below: int, vendor_id: bytes, most: int) -> list[Change]:
    """The newest of them below an index, the newest first."""
    statement = _changes_for(vendor_id).where(_entry.idx < below).order_by(_entry.idx.desc()).limit(most)
    return list(_changes(unit, unit.connection.execute(statement).all()))


def _changes_for(vendor_id: bytes) -> Any:
    # Not by the index on the company, where its own reads, far more than all changes, would be walked through.
    mine = func.coalesce(_entry.vendor, text_of(vendor_id)) == text_of(vendor_id)
    wanted = (_entry.event.in_(CHANGES), _entry.customer.is_not(None), mine)
    return select(_entry.idx, _entry.customer, _entry.event, _entry.body).where(*wanted)


def _changes(unit: Unit, rows: Sequence[Any]) -> Iterator[Change]:
    holders = holders_of(unit.connection, {row.customer for row in rows})
    for row in rows:
        holder = holders.get(row.customer)
        if holder is not None:
            entry = json.loads(row.body)
            ids = {name: _id(entry.get(name)) for name in ("vendor", "link", "grant")}
            paths = tuple(entry.get("detail", {}).get("paths", ()))
            yield Change(row.idx, row.event, holder, **ids, paths=paths)


def holders_of(connection: Connection, names: Iterable[str]) -> dict[str, bytes]:
    """Whose log pseudonyms these are; erased ones are left out."""
    wanted = [id_from(name) for name in names]
    if not wanted:
        return {}
    keys = select(DataKey.pseudonym, DataKey.holder_id).where(DataKey.pseudonym.in_(wanted))
    return {text_of(row.pseudonym): row.holder_id for row in connection.execute(keys)}


# The desk's side


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
        select(*_row).where(_entry.event == event).order_by(_entry.idx.desc()).limit(1)
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
    if index >= _END:
        raise NotFound
    statement = select(*_row, _entry.leaf).where(_entry.idx == index)
    row = unit.connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    part = unit.connection.execute(select(LogPersonal.idx).where(LogPersonal.idx == index)).scalar()
    return Whole(lines_from(unit.connection, [row])[0], row.body, row.leaf, part is not None)


def leaves(connection: Connection, first: int, end: int) -> Iterator[bytes]:
    """Leaf hashes of a range of entries, in order, in slices."""
    statement = select(_entry.idx, _entry.leaf).where(_entry.idx >= first, _entry.idx < end)
    for row in walk(connection, statement, _entry.idx):
        yield row.leaf
