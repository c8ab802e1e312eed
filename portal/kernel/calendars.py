"""Working time: when somebody is there, by the wall clock of where they are. Pure.

A moment counts as open when the wall clock shows a time within one of the day's spans. So an hour that a clock shows twice
counts twice, and one that it leaves out counts not at all; who waits by the minute comes to the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_STEP = timedelta(hours=1)
_AHEAD = 400
"""Days within which an opening is looked for: more than a form takes as closed."""
_ALWAYS = timedelta(days=8)
"""Whoever is there for longer than this is taken to be there always."""
_FARTHEST = 3660
"""Days after which a calendar that never opens is given up."""

Span = tuple[int, int]
"""From and to, in minutes after midnight by the wall clock; 1440 is the end of the day."""


class Piece(NamedTuple):
    """A stretch of time with one distance from UTC."""

    begins: datetime
    ends: datetime
    offset: timedelta


class Standing(NamedTuple):
    """Whether somebody is there, and when that changes."""

    is_open: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours: spans for each day of the week, Monday first, and days on which nobody is there."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    closed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not all(_is_in_order(spans) for spans in self.week):
            raise ValueError("a calendar needs seven days, each with spans in order that do not touch midnight twice")

    def elapsed(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time between two moments was open; none where ``until`` is not after ``since``."""
        total = timedelta(0)
        for begins, ends in self._open_from(since, until):
            total += max(timedelta(0), min(ends, until) - max(begins, since))
        return total

    def after(self, since: datetime, working: timedelta) -> datetime | None:
        """The first moment by which so much open time has passed; None where it never does."""
        if working <= timedelta(0):
            return since
        for begins, ends in self._open_from(since, since + _FARTHEST * _DAY):
            begins = max(begins, since)
            if begins + working <= ends:
                return begins + working
            working -= max(timedelta(0), ends - begins)
        return None

    def standing(self, at: datetime) -> Standing:
        """Whether it is open at a moment, and when that changes; None where it does not within a week, or never opens."""
        until: datetime | None = None
        for begins, ends in self._open_from(at, at + _AHEAD * _DAY):
            if until is None and begins > at:
                return Standing(False, begins)
            if until is not None and (begins > until or until > at + _ALWAYS):
                break
            # Stretches that touch are one: who is there until midnight, and from midnight on, does not go.
            until = max(ends, until or ends) if ends > at else until
        return Standing(until is not None, None if until is None or until > at + _ALWAYS else until)

    def _open_from(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of open time in order, whole, that may touch the time between two moments."""
        if until <= since or not any(self.week):
            return
        day, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        # A clock that is put back at midnight shows the end of a day again on the next.
        day -= _DAY
        while day <= last + _DAY:
            if day not in self.closed and self.week[day.weekday()]:
                yield from _open_on(self.zone, day, self.week[day.weekday()])
            day += _DAY


def _is_in_order(spans: tuple[Span, ...]) -> bool:
    edges = [edge for span in spans for edge in span]
    return all(one < other for one, other in pairwise(edges)) and all(0 <= edge <= 1440 for edge in edges)


@lru_cache(maxsize=4096)
def _open_on(zone: ZoneInfo, day: date, spans: tuple[Span, ...]) -> tuple[tuple[datetime, datetime], ...]:
    midnight = datetime.combine(day, time(), UTC)
    found = []
    for piece in _pieces(zone, day):
        for opens, closes in spans:
            begins = max(piece.begins, midnight + timedelta(minutes=opens) - piece.offset)
            ends = min(piece.ends, midnight + timedelta(minutes=closes) - piece.offset)
            if begins < ends:
                found.append((begins, ends))
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def _pieces(zone: ZoneInfo, day: date) -> tuple[Piece, ...]:
    """The time about a day, cut where the zone's distance from UTC changes."""
    midnight = datetime.combine(day, time(), UTC)
    begins, end = midnight - timedelta(hours=15), midnight + timedelta(hours=39)
    pieces, at = [], begins
    while at < end:
        following = min(at + _STEP, end)
        if _offset(zone, at) != _offset(zone, following):
            turn = _turn(zone, at, following)
            pieces.append(Piece(begins, turn, _offset(zone, at)))
            begins = turn
        at = following
    return (*pieces, Piece(begins, end, _offset(zone, begins)))


def _turn(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the distance from UTC changes between two moments."""
    first = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(zone, middle) == first:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
