"""The four clocks of a conversation, computed when somebody looks, from what happened. Pure.

Nothing of a clock is kept: change the policy, or tell of a hold afterwards, and every clock is right again. A clock runs
through the working time of its calendar, stands still in the states that its policy names, and is due when what it has
run comes to what was promised. Where nothing was promised there is no time that could be missed.

Names are Plain's: firstResponse, nextResponse, firstResolution, totalResolution.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from portal.kernel.calendars import Calendar

OPEN, WAITING_VENDOR, WAITING_CUSTOMER, WAITING_THIRD, RESOLVED, CLOSED = STATES = (
    *("open", "waiting_vendor", "waiting_customer", "waiting_third", "resolved", "closed"),
)
OVER = frozenset({RESOLVED, CLOSED})
CUSTOMER, VENDOR = "customer", "vendor"
WARN_AT = 0.8
"""The part of what was promised after which it is time to warn."""


class Name(StrEnum):
    """Which clock."""

    FIRST_RESPONSE = "firstResponse"
    NEXT_RESPONSE = "nextResponse"
    FIRST_RESOLUTION = "firstResolution"
    TOTAL_RESOLUTION = "totalResolution"


class Standing(StrEnum):
    """How a clock stands: not begun, running, standing still in a hold, or stopped in time or late."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    BROKEN = "broken"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: the state from then on, or who wrote something that the other sees."""

    at: datetime
    state: str | None = None
    wrote: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What a clock is held to. Without a target nothing is promised; without a calendar every hour counts."""

    target: timedelta | None = None
    calendar: Calendar | None = None
    pause_on: frozenset[str] = frozenset({WAITING_CUSTOMER, WAITING_THIRD})


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock at the moment of looking.

    ``elapsed`` is working time; ``due_at`` is when it is or was due, None while it stands still or where nothing is
    promised; ``left`` may be less than nothing. ``warn_at`` is when four fifths of the time are gone.
    """

    name: Name
    standing: Standing
    elapsed: timedelta
    due_at: datetime | None = None
    warn_at: datetime | None = None
    left: timedelta | None = None
    stopped_at: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether what was promised was missed: by now, or when it stopped."""
        return self.left is not None and self.left < timedelta(0)


class _Run(NamedTuple):
    """A stretch in which a clock ran."""

    begins: datetime
    ends: datetime


def clocks(events: Sequence[Event], promises: dict[Name, Promise], now: datetime) -> dict[Name, Clock]:
    """All four clocks of what happened until ``now``, in order of time; the first event opens the conversation."""
    past = sorted((event for event in events if event.at <= now), key=lambda event: event.at)
    return {name: _clock(name, past, promises.get(name, Promise()), now) for name in Name}


def _clock(name: Name, past: Sequence[Event], promise: Promise, now: datetime) -> Clock:
    window = _WINDOWS[name](past)
    if window is None:
        return Clock(name, Standing.IDLE, timedelta(0))
    begins, stopped = window
    runs = list(_runs(past, promise, begins, stopped or now))
    elapsed = sum((_worked(promise, run.begins, run.ends) for run in runs), timedelta(0))
    standing = _standing(past, promise, stopped)
    if promise.target is None:
        return Clock(name, standing, elapsed, stopped_at=stopped)
    left = promise.target - elapsed
    due_at, warn_at = (
        _reached(promise, runs, part, now if standing is Standing.RUNNING else None)
        for part in (promise.target, promise.target * WARN_AT)
    )
    if stopped is not None:
        standing = Standing.KEPT if left >= timedelta(0) else Standing.BROKEN
    return Clock(name, standing, elapsed, due_at, warn_at, left, stopped)


def _standing(past: Sequence[Event], promise: Promise, stopped: datetime | None) -> Standing:
    if stopped is not None:
        return Standing.STOPPED
    return Standing.PAUSED if _state(past) in promise.pause_on else Standing.RUNNING


def _state(past: Sequence[Event]) -> str:
    return next((event.state for event in reversed(past) if event.state is not None), OPEN)


# From when until when each clock goes; None where it has not begun. The end is None while it goes on.


def _first_response(past: Sequence[Event]) -> tuple[datetime, datetime | None] | None:
    if not past:
        return None
    answered = (event.at for event in past if event.wrote == VENDOR)
    return past[0].at, next(answered, None) or _first(past, OVER)


def _next_response(past: Sequence[Event]) -> tuple[datetime, datetime | None] | None:
    """From the first message that waits for an answer, once there was a first one; it ends with the answer.

    What is written about something that is over, and does not open it again, waits for nothing.
    """
    window: tuple[datetime, datetime | None] | None = None
    answered, state = False, OPEN
    for event in past:
        state = event.state or state
        waits = window is not None and window[1] is None
        if window is not None and waits and (event.wrote == VENDOR or state in OVER):
            window = window[0], event.at
        elif event.wrote == CUSTOMER and answered and not waits and state not in OVER:
            window = event.at, None
        answered = answered or event.wrote == VENDOR
    return window


def _first_resolution(past: Sequence[Event]) -> tuple[datetime, datetime | None] | None:
    return (past[0].at, _first(past, OVER)) if past else None


def _total_resolution(past: Sequence[Event]) -> tuple[datetime, datetime | None] | None:
    if not past:
        return None
    if _state(past) not in OVER:
        return past[0].at, None
    # Since when it is over: resolved and then closed is over since it was resolved.
    over: datetime | None = None
    for event in past:
        if event.state is not None:
            over = (over or event.at) if event.state in OVER else None
    return past[0].at, over


def _first(past: Sequence[Event], states: frozenset[str]) -> datetime | None:
    return next((event.at for event in past if event.state in states), None)


_WINDOWS = {
    Name.FIRST_RESPONSE: _first_response,
    Name.NEXT_RESPONSE: _next_response,
    Name.FIRST_RESOLUTION: _first_resolution,
    Name.TOTAL_RESOLUTION: _total_resolution,
}


def _runs(past: Sequence[Event], promise: Promise, begins: datetime, ends: datetime) -> Iterator[_Run]:
    """Stretches between two moments in which the state lets the clock run."""
    still = promise.pause_on | OVER
    state, since = OPEN, begins
    for event in past:
        if event.state is None or event.at >= ends:
            continue
        if event.at > since:
            if state not in still:
                yield _Run(since, event.at)
            since = event.at
        state = event.state
    if state not in still and ends > since:
        yield _Run(since, ends)


def _worked(promise: Promise, begins: datetime, ends: datetime) -> timedelta:
    return promise.calendar.elapsed(begins, ends) if promise.calendar is not None else ends - begins


def _reached(promise: Promise, runs: Sequence[_Run], wanted: timedelta, goes_on: datetime | None) -> datetime | None:
    """When the clock came to so much, or will if it goes on from ``goes_on``; None where it stands still before that."""
    for run in runs:
        worked = _worked(promise, run.begins, run.ends)
        if worked >= wanted:
            return _after(promise, run.begins, wanted)
        wanted -= worked
    return _after(promise, goes_on, wanted) if goes_on is not None else None


def _after(promise: Promise, since: datetime, working: timedelta) -> datetime | None:
    return promise.calendar.after(since, working) if promise.calendar is not None else since + working
