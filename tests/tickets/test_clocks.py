"""The four clocks, held against a model that looks at every minute."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.kernel.calendars import Calendar, Span
from portal.tickets.clocks import (
    CLOSED,
    CUSTOMER,
    OPEN,
    OVER,
    RESOLVED,
    STATES,
    VENDOR,
    WAITING_CUSTOMER,
    WAITING_THIRD,
    WAITING_VENDOR,
    Clock,
    Event,
    Name,
    Promise,
    Standing,
    clocks,
)
from tests.prove.sizes import size

MADRID = ZoneInfo("Europe/Madrid")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE: tuple[Span, ...] = ((9 * 60, 14 * 60), (15 * 60, 18 * 60))
"""With a pause at noon."""
WEEK = (*((OFFICE,) * 5), (), ())
WORK = Calendar(MADRID, WEEK)
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""Nine o'clock in Madrid."""
TURNS = {
    "Europe/Madrid": (datetime(2026, 3, 29), datetime(2026, 10, 25)),
    "Europe/Bucharest": (datetime(2026, 3, 29), datetime(2026, 10, 25)),
    "America/Sao_Paulo": (datetime(2017, 10, 15), datetime(2018, 2, 18)),
    "Australia/Lord_Howe": (datetime(2026, 4, 5), datetime(2026, 10, 4)),
    "Pacific/Apia": (datetime(2011, 12, 30), datetime(2012, 4, 1)),
    "Asia/Kathmandu": (datetime(2026, 5, 1),),
    "UTC": (datetime(2026, 5, 1),),
}
"""When clocks were put on or back in places that do it differently: by an hour, by half of one, at midnight, by a day."""


@dataclass
class Slow:
    """What a clock shows, found by looking at every minute."""

    elapsed: timedelta
    due_at: datetime | None


def _is_open(calendar: Calendar | None, at: datetime) -> bool:
    if calendar is None:
        return True
    here = at.astimezone(calendar.zone)
    minute = here.hour * 60 + here.minute
    spans = calendar.week[here.weekday()]
    return here.date() not in calendar.closed and any(opens <= minute < closes for opens, closes in spans)


def slow(events: Sequence[Event], promise: Promise, begins: datetime, ends: datetime) -> Slow:
    """Counts minutes of working time in which nothing holds the clock."""
    told = [event for event in events if event.state is not None]
    state, reached, counted, at = OPEN, None, 0, begins
    while at < ends:
        while told and told[0].at <= at:
            state = told.pop(0).state or state
        if state not in promise.pause_on and state not in OVER and _is_open(promise.calendar, at):
            counted += 1
        at += MINUTE
        if promise.target is not None and reached is None and counted * MINUTE >= promise.target:
            reached = at
    return Slow(counted * MINUTE, reached)


def a_calendar(chance: random.Random, zone: str, about: date) -> Calendar | None:
    """Opening hours somewhere, some over midnight's edge, with days on which nobody is there."""
    if chance.random() < 0.15:
        return None
    week = []
    for _ in range(7):
        edges = sorted(chance.sample(range(0, 1441, 15), 2 * chance.randrange(3)))
        week.append(tuple(zip(edges[::2], edges[1::2], strict=True)))
    closed = frozenset(about + chance.randrange(-2, 4) * DAY for _ in range(chance.randrange(3)))
    return Calendar(ZoneInfo(zone), tuple(week), closed)


def a_history(chance: random.Random, begins: datetime) -> list[Event]:
    """Anything that may happen to a conversation in three days, in any order."""
    times = sorted(chance.randrange(1, 3 * 1440) for _ in range(chance.randrange(9)))
    events = [Event(begins, OPEN, CUSTOMER)]
    for minutes in times:
        at = begins + minutes * MINUTE
        events.append(Event(at, chance.choice((*STATES, None)), chance.choice((CUSTOMER, VENDOR, None))))
    return events


@pytest.mark.parametrize("lot", range(10))
def test_every_clock_shows_what_looking_at_every_minute_shows(lot: int) -> None:
    for number in range(size(test=12, prove=1000)):
        chance = random.Random(1000 * lot + number)
        zone = chance.choice(list(TURNS))
        turn = chance.choice(TURNS[zone])
        begins = (turn + chance.randrange(-2 * 1440, 1440) * MINUTE).replace(tzinfo=UTC)
        held = frozenset(chance.sample((WAITING_CUSTOMER, WAITING_THIRD, WAITING_VENDOR), chance.randrange(4)))
        target = chance.choice((None, chance.randrange(1, 1500) * MINUTE))
        promise = Promise(target, a_calendar(chance, zone, turn.date()), held)
        events, now = a_history(chance, begins), begins + chance.randrange(1, 4 * 1440) * MINUTE
        for name, clock in clocks(events, dict.fromkeys(Name, promise), now).items():
            _compare(name, clock, [event for event in events if event.at <= now], promise, now)


def _compare(name: Name, clock: Clock, past: list[Event], promise: Promise, now: datetime) -> None:
    if clock.standing is Standing.IDLE:
        assert name is Name.NEXT_RESPONSE
        return
    begins = past[0].at if name is not Name.NEXT_RESPONSE else _waits_since(past)
    expected = slow(past, promise, begins, clock.stopped_at or now)
    assert clock.elapsed == expected.elapsed
    if promise.target is None:
        assert (clock.due_at, clock.left, clock.is_late) == (None, None, False)
        return
    assert clock.left == promise.target - clock.elapsed
    if expected.due_at is not None:
        assert clock.due_at == expected.due_at
    elif clock.standing is Standing.RUNNING and clock.due_at is not None:
        later = slow(past, promise, begins, clock.due_at)
        assert (clock.due_at > now, later.due_at) == (True, clock.due_at)
    else:
        assert clock.due_at is None


def _waits_since(past: list[Event]) -> datetime:
    """The message that waits, or waited last, for an answer after the first one."""
    since, answered, waiting, state = None, False, False, OPEN
    for event in past:
        state = event.state or state
        if event.wrote == CUSTOMER and answered and not waiting and state not in OVER:
            since, waiting = event.at, True
        elif event.wrote == VENDOR:
            answered, waiting = True, False
        if state in OVER:
            waiting = False
    assert since is not None
    return since


def shown(name: Name, promise: Promise, now: datetime, *events: Event) -> Clock:
    """One clock."""
    return clocks(events, {name: promise}, now)[name]


# Each of these is a fault that a help desk had; the reference names it.


def test_a_hold_that_goes_straight_into_the_solution_is_not_lost() -> None:
    """frappe/helpdesk PR3776: six months of waiting for the customer counted, since nobody had ended the hold."""
    events = (Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + HOUR, WAITING_CUSTOMER, VENDOR), Event(MONDAY + 180 * DAY, RESOLVED))
    clock = shown(Name.FIRST_RESOLUTION, Promise(4 * HOUR, WORK), MONDAY + 181 * DAY, *events)
    assert (clock.standing, clock.elapsed, clock.stopped_at) == (Standing.KEPT, HOUR, MONDAY + 180 * DAY)


def test_a_hold_is_left_out_of_every_clock_that_names_it() -> None:
    """frappe/helpdesk#1554: the pause was ignored."""
    events = (Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + HOUR, WAITING_THIRD))
    for name in (Name.FIRST_RESPONSE, Name.FIRST_RESOLUTION, Name.TOTAL_RESOLUTION):
        clock = shown(name, Promise(4 * HOUR, WORK), MONDAY + 3 * DAY, *events)
        assert (clock.standing, clock.elapsed, clock.left, clock.due_at) == (Standing.PAUSED, HOUR, 3 * HOUR, None)


def test_another_promise_knows_of_the_holds_of_before() -> None:
    """glpi#15605: a change of the agreement forgot the pauses."""
    events = (Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + HOUR, WAITING_CUSTOMER), Event(MONDAY + 2 * DAY, WAITING_VENDOR))
    now = MONDAY + 2 * DAY + HOUR
    for target in (4 * HOUR, 8 * HOUR, 40 * HOUR):
        clock = shown(Name.FIRST_RESOLUTION, Promise(target, WORK), now, *events)
        assert (clock.elapsed, clock.left) == (2 * HOUR, target - 2 * HOUR)


def test_nights_of_a_hold_are_not_added_twice() -> None:
    """erpnext PR49414: the whole hold was added to a deadline that already left the nights out."""
    events = (Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + 7 * HOUR, WAITING_CUSTOMER), Event(MONDAY + DAY, WAITING_VENDOR))
    clock = shown(Name.FIRST_RESOLUTION, Promise(8 * HOUR, WORK), MONDAY + DAY, *events)
    # Six hours were worked on Monday (one was the pause at noon); the two that are left end on Tuesday at eleven.
    assert (clock.elapsed, clock.due_at) == (6 * HOUR, MONDAY + DAY + 2 * HOUR)


def test_the_clock_of_the_next_answer_waits_for_the_first() -> None:
    """zammad#5177: the clock of updates was due before the first answer was."""
    opened, more = Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + HOUR, None, CUSTOMER)
    promise, now = Promise(2 * HOUR, WORK), MONDAY + 2 * HOUR
    assert shown(Name.NEXT_RESPONSE, promise, now, opened, more).standing is Standing.IDLE
    answer, again = Event(MONDAY + 90 * MINUTE, None, VENDOR), Event(MONDAY + 100 * MINUTE, None, CUSTOMER)
    clock = shown(Name.NEXT_RESPONSE, promise, now, opened, more, answer, again)
    assert (clock.standing, clock.elapsed, clock.left) == (Standing.RUNNING, 20 * MINUTE, 100 * MINUTE)
    # A second message does not begin the wait anew.
    assert shown(Name.NEXT_RESPONSE, promise, now, opened, answer, again, Event(now, None, CUSTOMER)).elapsed == 20 * MINUTE


def test_what_is_closed_without_an_answer_has_no_clock_that_goes_on() -> None:
    """zammad#2579: times were missing where something was closed at once."""
    events = (Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + HOUR, CLOSED))
    for name, clock in clocks(events, dict.fromkeys(Name, Promise(2 * HOUR, WORK)), MONDAY + 9 * DAY).items():
        if name is Name.NEXT_RESPONSE:
            assert clock.standing is Standing.IDLE
        else:
            assert (clock.standing, clock.elapsed, clock.stopped_at) == (Standing.KEPT, HOUR, MONDAY + HOUR)


def test_something_new_is_not_late_in_whatever_zone_it_was_written() -> None:
    """frappe/helpdesk PR3776: a fresh ticket was shown as failed to readers in another zone."""
    for zone in TURNS:
        opened = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo(zone))
        clock = shown(Name.FIRST_RESPONSE, Promise(HOUR, WORK), opened, Event(opened, OPEN, CUSTOMER))
        assert (clock.standing, clock.elapsed, clock.is_late) == (Standing.RUNNING, timedelta(0), False)


def test_nobody_works_at_noon() -> None:
    """frappe/helpdesk#2212."""
    noon = datetime(2026, 3, 2, 13, 30, tzinfo=MADRID)
    clock = shown(Name.FIRST_RESPONSE, Promise(HOUR, WORK), noon, Event(noon, OPEN, CUSTOMER))
    assert clock.due_at == noon + 2 * HOUR


def test_where_nothing_is_promised_nothing_can_be_late() -> None:
    """frappe/helpdesk PR1650: customers were shown a date that nobody had promised."""
    events = (Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + 90 * DAY, None, VENDOR))
    running, stopped = (shown(Name.FIRST_RESPONSE, Promise(), MONDAY + days * DAY, *events) for days in (30, 91))
    assert (running.standing, running.due_at, running.is_late) == (Standing.RUNNING, None, False)
    assert (stopped.standing, stopped.elapsed, stopped.is_late) == (Standing.STOPPED, 90 * DAY, False)


def test_what_is_opened_again_goes_on_where_it_was_and_the_first_solution_stays() -> None:
    """frappe/helpdesk#3465: a late return spoilt the time of the first solution."""
    events = (Event(MONDAY, OPEN, CUSTOMER), Event(MONDAY + HOUR, RESOLVED, VENDOR), Event(MONDAY + 2 * DAY, OPEN, CUSTOMER))
    seen = clocks(events, dict.fromkeys(Name, Promise(4 * HOUR, WORK)), MONDAY + 2 * DAY + HOUR)
    assert (seen[Name.FIRST_RESOLUTION].standing, seen[Name.FIRST_RESOLUTION].elapsed) == (Standing.KEPT, HOUR)
    total = seen[Name.TOTAL_RESOLUTION]
    assert (total.standing, total.elapsed, total.left) == (Standing.RUNNING, 2 * HOUR, 2 * HOUR)


def test_a_warning_comes_when_four_fifths_are_gone() -> None:
    clock = shown(Name.FIRST_RESPONSE, Promise(5 * HOUR, WORK), MONDAY, Event(MONDAY, OPEN, CUSTOMER))
    assert (clock.warn_at, clock.due_at) == (MONDAY + 4 * HOUR, MONDAY + 5 * HOUR)


def test_a_calendar_that_never_opens_makes_nothing_due() -> None:
    never = Calendar(MADRID, ((),) * 7)
    clock = shown(Name.FIRST_RESPONSE, Promise(HOUR, never), MONDAY + 900 * DAY, Event(MONDAY, OPEN, CUSTOMER))
    assert (clock.elapsed, clock.due_at, clock.is_late) == (timedelta(0), None, False)


@pytest.mark.parametrize("week", [(OFFICE,) * 6, (((60, 60),),) * 7, (((60, 50),),) * 7, (((0, 100), (90, 120)),) * 7, (((-1, 5),),) * 7])
def test_hours_that_are_in_no_order_make_no_calendar(week: tuple[tuple[Span, ...], ...]) -> None:
    with pytest.raises(ValueError, match="calendar"):
        Calendar(MADRID, week)
