"""What a person reads: who looked at their things, or tried to, and what is unusual about it.

A page counts and judges thousands of looks and shows a few. So habits are formed from narrow columns, the one member
that has no column of its own (when the look was made) is cut from the head of the body, and only a line that is opened
is decoded whole.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.sql.sqltypes import NULLTYPE

from portal.audit.reads.entries import END, GIVEN, REFUSED, ROW, Line, column, field_lists, lines_from
from portal.audit.unusual import Habit, Verdict, judge_team
from portal.kernel.clock import from_micros, micros
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.log_queue import ASIDE, QueuedFact
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit

HABIT = timedelta(weeks=26)
_NEVER = (1 << 63) - 1
_AT = b'"at":'
_BY_NUMBER = b'"detail":{"by":"telephone"'
_STAFF = re.compile(rb'"actor":\{"id":"([^"]+)","kind":"staff"\}')

L = TypeVar("L")


@dataclass(slots=True)
class Seen:
    """A look as the columns tell it: enough to count it, to judge it and to show it in a list."""

    index: int
    at: datetime
    vendor: bytes | None
    refused: bool
    reason: str | None
    asked: tuple[str, ...]
    given: tuple[str, ...]
    event: str = ""
    # The name in the record of whoever looked, where that was a person of the company and not its program.
    person: str | None = None


class Judged(NamedTuple, Generic[L]):
    """A look at somebody's things, and what is unusual about it."""

    line: L
    verdict: Verdict


# A company's looks and tries, and those of the data protection team; never the person's own.
_looks = (
    column.customer.in_(bindparam("names", expanding=True)),
    column.outcome.in_((GIVEN, REFUSED)),
    column.vendor.is_not(None) | column.event.startswith("log.") | column.event.startswith("identity."),
)
_given = column.outcome == GIVEN
_earlier = column.time < bindparam("begin")
_between = (column.time >= bindparam("begin"), column.time < bindparam("end"))
# Before `at` stand about, actor and asked alone, and quotes within a text are escaped: its first mark is the member's.
_head = func.substr(column.body, 1, 420, type_=NULLTYPE).label("head")


class _Statement:
    """A statement about one person's looks: by all companies, or by one."""

    def __init__(self, statement: Any) -> None:
        one = statement.where(column.vendor == bindparam("vendor"))
        self._all, self._one = (Prepared(each, lists=("names",)) for each in (statement, one))

    def rows(self, unit: Unit, names: Sequence[str], vendor_id: bytes | None, **values: int) -> list[Any]:
        """Its rows."""
        bound = {"names": names, **values}
        if vendor_id is None:
            return self._all.all(unit.connection, bound)
        return self._one.all(unit.connection, {**bound, "vendor": text_of(vendor_id)})


_known = _Statement(select(column.vendor, column.given).where(*_looks, _given, _earlier).distinct())
_habits = _Statement(select(column.idx, column.vendor, column.given, _head).where(*_looks, _given, *_between))
_row = (column.idx, column.event, column.vendor, column.outcome, column.reason, column.asked, column.given, _head)
_shown = _Statement(select(*_row).where(*_looks, *_between))
_firsts = Prepared(
    select(column.vendor, func.min(column.time).label("time")).where(*_looks).group_by(column.vendor), lists=("names",)
)


def pseudonyms_of(unit: Unit, holder_id: bytes) -> list[str]:
    """All names a person has in the log: their own, and those of prospects that turned out to be theirs."""
    return unit.box(holder_id).pseudonyms


def looks_of(
    unit: Unit,
    holder_id: bytes,
    zone: ZoneInfo,
    *,
    since: datetime,
    until: datetime | None = None,
    vendor_id: bytes | None = None,
) -> list[Judged[Seen]]:
    """Who looked, or tried to, at a person's things in a span of time, newest first."""
    names = pseudonyms_of(unit, holder_id)
    begin, end = micros(since), _NEVER if until is None else micros(until)
    rows = _shown.rows(unit, names, vendor_id, begin=begin, end=end)
    if not rows:
        return []
    rows.sort(key=lambda row: row.idx)
    judged = _Judging(unit, names, zone, begin, vendor_id).of(rows)
    judged.reverse()
    return judged


class _Judging:
    """The rows of one page: each company and each field list is decoded once."""

    def __init__(self, unit: Unit, names: Sequence[str], zone: ZoneInfo, begin: int, vendor_id: bytes | None) -> None:
        self._unit, self._zone = unit, zone
        self._habits: defaultdict[str | None, Habit] = defaultdict(Habit)
        self._lists: dict[str | None, tuple[str, ...]] = {None: ()}
        self._sets: dict[str | None, frozenset[str]] = {None: frozenset()}
        far = begin - HABIT // timedelta(microseconds=1)
        self._remember(_known.rows(unit, names, vendor_id, begin=far))
        self._follow(_habits.rows(unit, names, vendor_id, begin=far, end=begin))

    def _load(self, digests: set[str | None]) -> None:
        lists = field_lists(self._unit.connection, {digest for digest in digests - self._lists.keys() if digest})
        self._lists.update(lists)
        self._sets.update((digest, frozenset(names)) for digest, names in lists.items())

    def _remember(self, rows: Sequence[Any]) -> None:
        """What each company has looked at, longer ago than hours and weeks are counted."""
        self._load({row.given for row in rows})
        for row in rows:
            self._habits[row.vendor].knows(self._sets.get(row.given, ()))

    def _follow(self, rows: Sequence[Any]) -> None:
        """Half a year of hours and weeks; in which order makes no difference."""
        self._load({row.given for row in rows})
        for row in rows:
            self._habits[row.vendor].add(self._sets.get(row.given, frozenset()), self._at(row))

    def of(self, rows: Sequence[Any]) -> list[Judged[Seen]]:
        """The looks of these rows, in the order of the log, each judged after all before it."""
        self._load({digest for row in rows for digest in (row.asked, row.given)})
        vendors = {text: text and id_from(text) for text in {row.vendor for row in rows}}
        lists, sets, habits, at_of = self._lists, self._sets, self._habits, self._at
        judged = []
        for row in rows:
            at, refused, given = at_of(row), row.outcome == REFUSED, row.given
            asked, got = lists.get(row.asked, ()), lists.get(given, ())
            new = sets.get(given, frozenset())
            of_team = None if row.vendor else judge_team(row.event, refused, _BY_NUMBER in row.head)
            verdict = of_team if of_team is not None else habits[row.vendor].take(new, at, refused)
            person = person_in(row.head)
            seen = Seen(row.idx, at, vendors[row.vendor] or None, refused, row.reason, asked, got, row.event, person)
            judged.append(Judged(seen, verdict))
        return judged

    def _at(self, row: Any) -> datetime:
        """When the look was made, in the reader's zone."""
        head = row.head
        start = head.find(_AT) + 5
        end = head.find(b",", start)
        if start < 5 or end < 0:  # names of unusual length push it back
            body = select(column.body).where(column.idx == row.idx)
            head = self._unit.connection.execute(body).scalar_one()
            start = head.index(_AT) + 5
            end = head.index(b",", start)
        return datetime.fromtimestamp(int(head[start:end]) / 1_000_000, self._zone)


def person_in(head: bytes) -> str | None:
    """The name in the record of a company's person, from the head of an entry; None for a program and for officers."""
    found = _STAFF.search(head)
    return found[1].decode("ascii") if found else None


def first_looks(unit: Unit, holder_id: bytes) -> dict[bytes | None, datetime]:
    """When each company (None: the data protection team) first looked, or tried to."""
    rows = _firsts.all(unit.connection, {"names": pseudonyms_of(unit, holder_id)})
    return {None if row.vendor is None else id_from(row.vendor): from_micros(row.time) for row in rows}


def look_of(unit: Unit, holder_id: bytes, zone: ZoneInfo, index: int) -> Judged[Line]:
    """One line of the person's own; NotFound for anybody else's, and for what is no look."""
    if index >= END:
        raise NotFound
    own = select(*ROW).where(column.idx == index, *_looks).params(names=pseudonyms_of(unit, holder_id))
    row = unit.connection.execute(own).one_or_none()
    if row is None:
        raise NotFound
    (line,) = lines_from(unit.connection, [row])
    later = line.time + timedelta(microseconds=1)
    looks = looks_of(unit, holder_id, zone, since=line.time, until=later, vendor_id=line.vendor)
    return next(Judged(line, look.verdict) for look in looks if look.line.index == index)


def lines_of(unit: Unit, holder_id: bytes, indexes: Iterable[int]) -> dict[int, Line]:
    """Some of a person's own lines, whole, by their index."""
    wanted = sorted(set(indexes))
    if not wanted:
        return {}
    own = select(*ROW).where(column.idx.in_(wanted), *_looks).params(names=pseudonyms_of(unit, holder_id))
    return {line.index: line for line in lines_from(unit.connection, unit.connection.execute(own).all())}


def fields_given(unit: Unit, holder_id: bytes, vendor_id: bytes) -> list[str]:
    """All that a company ever got of a person's, field by field."""
    rows = _known.rows(unit, pseudonyms_of(unit, holder_id), vendor_id, begin=_NEVER)
    lists = field_lists(unit.connection, {row.given for row in rows if row.given})
    return sorted({name for names in lists.values() for name in names})


def last_reads(unit: Unit, holder_id: bytes) -> dict[bytes, datetime]:
    """When each company last read something of a person's."""
    given = (column.customer.in_(pseudonyms_of(unit, holder_id)), _given, column.vendor.is_not(None))
    last = select(column.vendor, func.max(column.time).label("time")).where(*given).group_by(column.vendor)
    return {id_from(row.vendor): from_micros(row.time) for row in unit.connection.execute(last)}


def last_read_of(unit: Unit, holder_id: bytes, vendor_id: bytes) -> datetime | None:
    """When a company last read something of a person's; None if it never has."""
    return last_reads(unit, holder_id).get(vendor_id)


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
