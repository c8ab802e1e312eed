"""What a company promises, as its rows keep it, and the clocks of a conversation under it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from portal.kernel.calendars import Calendar
from portal.tickets.clocks import CUSTOMER, VENDOR, Clock, Event, Name, Promise, Standing, clocks
from portal.tickets.machine import (
    ANSWER,
    CALL,
    HOLD,
    PROGRESS,
    REOPEN,
    REPLY,
    RESOLVE,
    waits_for_vendor,
)

OPENED = "open"
"""The action of a conversation's first event."""
TURN = timedelta(days=30)
"""What waits and has no promise takes its turn as if so much had been promised: behind what has one, and not for ever."""
WARN, LATE = "warn", "late"
_WROTE = {REPLY: CUSTOMER, CALL: CUSTOMER, REOPEN: CUSTOMER, ANSWER: VENDOR, PROGRESS: VENDOR, RESOLVE: VENDOR}


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as the clocks need it."""

    at: datetime
    action: str
    by: str
    state: str
    has_words: bool = True

    @property
    def as_event(self) -> Event:
        """For the clocks: the state from then on, and who wrote something that the other sees."""
        return Event(self.at, self.state, self._wrote)

    @property
    def _wrote(self) -> str | None:
        if self.action == OPENED:
            return self.by
        if self.action == HOLD:
            return VENDOR if self.has_words else None
        return _WROTE.get(self.action)


def calendar_of(zone: str, week: Sequence[Any] | None, closed: Sequence[str]) -> Calendar | None:
    """The opening hours that were kept; None where every hour counts."""
    if week is None:
        return None
    spans = tuple(tuple((int(begins), int(ends)) for begins, ends in day) for day in week)
    return Calendar(ZoneInfo(zone), spans, frozenset(date.fromisoformat(day) for day in closed))


def promises_from(row: Any | None) -> dict[Name, Promise]:
    """What a row of promises says of each clock; nothing where there is none."""
    if row is None:
        return {}
    calendar, pauses = calendar_of(row.zone, row.week, row.closed), frozenset(row.pause_on)
    return {
        name: Promise(timedelta(minutes=row.targets[name]) if name in row.targets else None, calendar, pauses)
        for name in Name
    }


def clocks_of(happened: Sequence[Happened], promises: Mapping[Name, Promise], now: datetime) -> dict[Name, Clock]:
    """The four clocks of what happened."""
    return clocks([one.as_event for one in happened], dict(promises), now)


def next_due(shown: Mapping[Name, Clock]) -> Clock | None:
    """The running clock whose promise falls due first; None where nothing that runs was promised."""
    running = [(clock.due_at, clock) for clock in shown.values() if clock.standing is Standing.RUNNING and clock.due_at]
    return min(running, key=lambda pair: pair[0], default=(None, None))[1]


class Turn(NamedTuple):
    """A conversation's turn in the queue, as its row keeps it: when, from when on to warn, and by which clock.

    Without a promise there is nothing to warn of, and no clock. What is kept moves with each event, and with nothing else:
    between two events a clock that runs is due at one moment.
    """

    queue_at: datetime | None = None
    warn_at: datetime | None = None
    due_clock: str | None = None


def turn_of(state: str, since: datetime, shown: Mapping[Name, Clock]) -> Turn:
    """When it is a conversation's turn; none while it does not wait for the company."""
    if not waits_for_vendor(state):
        return Turn()
    due = next_due(shown)
    if due is None:
        return Turn(since + TURN)
    return Turn(due.due_at, due.warn_at, due.name.value)


def alarm_of(clock: Clock | None, now: datetime) -> str | None:
    """Whether it is late, or time to warn, or neither."""
    if clock is None or clock.due_at is None:
        return None
    if now > clock.due_at:
        return LATE
    return WARN if clock.warn_at is not None and now >= clock.warn_at else None
