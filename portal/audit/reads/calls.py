"""A company's own calls, put together from the entries that they left: what its programs did, never with whom.

All is found by the index of a company's entries, within the last thirty days and within so many entries: whatever else
stands in the log is not looked at.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, func, literal_column, select

from portal.audit.reads.entries import END, column
from portal.audit.search import first_at
from portal.kernel.clock import from_micros, micros
from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from, text_of
from portal.kernel.log_queue import queued_at
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit

SHOWN = timedelta(days=30)
PAGE = 25
MOST = 200_000
"""So many entries of a company are counted; of one with more in thirty days the newest."""
_SLICE = 500
_WALKED = 20_000
_DAY = 86_400_000_000
_NEAR = timedelta(minutes=15)
"""A request is answered, and what it did led into the log, within so long: its id says when it began."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What the list is narrowed to; what is None is not."""

    outcome: str | None = None
    program: str | None = None
    request: str | None = None


@dataclass(slots=True)
class Call:
    """One call: a request of a program that left an entry, or an entry for each of several customers."""

    request: str
    index: int
    program: str
    outcome: str
    reason: str | None
    entries: int = 0
    at: datetime | None = None
    route: str | None = None
    event: str = ""
    purpose: str | None = None
    test: bool = False


class CallPage(NamedTuple):
    """The newest calls below a place, and the place at which older ones begin."""

    calls: list[Call]
    older: int | None


class DayOfUse(NamedTuple):
    """What a company's programs called on one day, by UTC."""

    day: date
    answered: int
    refused: int

    @property
    def calls(self) -> int:
        """All of them."""
        return self.answered + self.refused


_mine = (column.vendor == bindparam("vendor"), column.idx >= bindparam("first"), column.idx < bindparam("below"))
WALK = (
    select(column.idx, column.request, column.actor, column.outcome, column.reason)
    .where(*_mine)
    .order_by(column.idx.desc())
    .limit(_SLICE)
)
_walk = Prepared(WALK)
_bodies = Prepared(
    select(column.idx, column.body).where(column.idx.in_(bindparam("indexes", expanding=True))), lists=("indexes",)
)
OLDEST = select(column.idx).where(*_mine).order_by(column.idx.desc()).offset(MOST).limit(1)
_day = (column.time // literal_column(str(_DAY), BigInteger)).label("day")
USE = (
    select(_day, column.outcome, func.count(column.request.distinct()).label("calls"))
    .where(*_mine, column.actor.in_(bindparam("programs", expanding=True)))
    .group_by(_day, column.outcome)
)


def calls_of(
    unit: Unit, vendor_id: bytes, programs: Collection[str], sought: Sought, *, below: int | None = None
) -> CallPage:
    """The newest calls of a company's programs that are sought, ``PAGE`` at most, below a place in the log."""
    found = dict[str, Call]()
    first, place = _span(unit, sought.request)
    place = place if below is None else min(below, place)
    for walked, row in enumerate(_rows(unit, vendor_id, first, place)):
        known = found.get(row.request)
        if known is None and (len(found) == PAGE or walked >= _WALKED):
            return _page(unit, found, place)
        place = row.idx
        if known is not None:
            known.entries += 1
        elif row.actor in programs and _is_sought(row, sought):
            found[row.request] = Call(row.request, row.idx, row.actor, row.outcome, row.reason, 1)
    return _page(unit, found, None)


def _beginning(unit: Unit) -> int:
    return first_at(unit.connection, unit.at - SHOWN)


def _span(unit: Unit, request: str | None) -> tuple[int, int]:
    """Between which places the entries stand: of one request around the moment that its id says."""
    first = _beginning(unit)
    if request is None:
        return first, END
    try:
        made = queued_at(id_from(request))
    except NotFound:
        return first, first
    at = datetime.fromtimestamp(made, UTC)
    return max(first, first_at(unit.connection, at - _NEAR)), first_at(unit.connection, at + _NEAR)


def _rows(unit: Unit, vendor_id: bytes, first: int, below: int) -> Iterator[Any]:
    while rows := _walk.all(unit.connection, {"vendor": text_of(vendor_id), "first": first, "below": below}):
        yield from rows
        below = rows[-1].idx


def _is_sought(row: Any, sought: Sought) -> bool:
    wanted = (sought.outcome, sought.program, sought.request)
    return all(one in (None, had) for one, had in zip(wanted, (row.outcome, row.actor, row.request), strict=True))


def _page(unit: Unit, found: dict[str, Call], older: int | None) -> CallPage:
    calls = {call.index: call for call in found.values()}
    for row in _bodies.all(unit.connection, {"indexes": list(calls)}) if calls else ():
        entry, call = json.loads(row.body), calls[row.idx]
        call.at, call.event, call.route = from_micros(entry["at"]), entry["event"], entry.get("route")
        call.purpose, call.test = entry.get("purpose"), entry["mode"] == "test"
    return CallPage(list(found.values()), older)


def use_of(unit: Unit, vendor_id: bytes, programs: Sequence[str]) -> tuple[list[DayOfUse], bool]:
    """What a company's programs called on each of the last thirty days, the oldest first; whether older entries were left out."""
    mine = {"vendor": text_of(vendor_id), "first": _beginning(unit), "below": END}
    left_out = unit.connection.execute(OLDEST, mine).scalar()
    if left_out is not None:
        mine["first"] = left_out + 1
    rows = unit.connection.execute(USE, {**mine, "programs": list(programs)}).all() if programs else []
    counted = {(row.day, row.outcome == "refused"): 0 for row in rows}
    for row in rows:
        counted[row.day, row.outcome == "refused"] += row.calls
    today = micros(unit.at) // _DAY
    days = range(today - SHOWN.days + 1, today + 1)
    made = [DayOfUse(_date(day), counted.get((day, False), 0), counted.get((day, True), 0)) for day in days]
    return made, left_out is not None


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * 86_400, UTC).date()
