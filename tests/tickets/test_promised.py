"""What a company promises, kept with each conversation; its turn in the queue; and what the law says of complaints."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.kernel import clock
from portal.kernel.house import House
from portal.tickets.clocks import CUSTOMER, OPEN, WAITING_CUSTOMER, WAITING_VENDOR, Name, Standing
from portal.tickets.laws import CONSUMER, DATA, law_of, legal_of
from portal.tickets.machine import ANSWER, CALL, COMPLAINT, HOLD, PROGRESS, REPLY, RESOLVE
from portal.tickets.promised import LATE, TURN, WARN, Happened, Turn, alarm_of, clocks_of, turn_of
from tests.tickets.cast import Talk, talk

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
"""Nine o'clock in Madrid."""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FIRST, TOTAL = Name.FIRST_RESPONSE, Name.TOTAL_RESOLUTION


@pytest.fixture
def one(house: House) -> Talk:
    """A company and its customer on this engine."""
    return talk(house)


def test_the_customer_is_shown_what_was_promised_and_how_much_of_it_is_left(one: Talk) -> None:
    one.promises(firstResponse=120, totalResolution=24 * 60)
    with clock.moved(MONDAY):
        one.begin()
    with clock.moved(MONDAY + HOUR):
        shown = one.thread().ticket.clocks
        first = shown[FIRST]
        assert first.due_at is not None and first.left is not None
        assert abs(first.due_at - (MONDAY + 2 * HOUR)) < MINUTE
        assert abs(first.left - HOUR) < MINUTE
        assert shown[Name.NEXT_RESPONSE].left is None, "nothing is promised of it"
        one.answers(ANSWER, "We look into it.")
        assert one.thread().ticket.clocks[FIRST].standing is Standing.KEPT
        assert one.thread().ticket.clocks[TOTAL].standing is Standing.PAUSED


def test_time_warns_at_four_fifths_and_is_late_after_the_whole(one: Talk) -> None:
    one.promises(firstResponse=100)
    with clock.moved(MONDAY):
        one.begin()
    for minutes, alarm in ((79, None), (81, WARN), (99, WARN), (101, LATE)):
        with clock.moved(MONDAY + minutes * MINUTE):
            now = clock.now()
            assert one.thread().ticket.alarm(now) == alarm, minutes


def test_what_was_promised_at_the_beginning_holds_whatever_is_promised_later(one: Talk) -> None:
    one.promises(firstResponse=60)
    with clock.moved(MONDAY):
        old = one.begin()
        one.promises(firstResponse=6000)
        new = one.begin()
        one.promises()
        none = one.begin()
        targets = []
        for made in (old, new, none):
            one.id = made.id
            first = one.thread().ticket.clocks[FIRST]
            targets.append(None if first.left is None else round((first.left + first.elapsed) / MINUTE))
    assert targets == [60, 6000, None]


def test_the_turn_in_the_queue_is_when_the_promise_falls_due_and_is_none_while_others_are_waited_for(one: Talk) -> None:
    one.promises(firstResponse=120, nextResponse=60)
    with clock.moved(MONDAY):
        one.begin()
        turn = one.held().row.queue_at
        assert abs(turn - (MONDAY + 2 * HOUR)) < MINUTE
        one.answers(ANSWER, "Which colour?")
        assert one.held().row.queue_at is None
    with clock.moved(MONDAY + HOUR):
        one.says(REPLY, "Blue.")
        assert abs(one.held().row.queue_at - (MONDAY + 2 * HOUR)) < MINUTE
        one.answers(HOLD)
        assert one.held().row.queue_at is None
    one.promises()
    with clock.moved(MONDAY):
        one.begin()
        assert abs(one.held().row.queue_at - (MONDAY + TURN)) < MINUTE, "without a promise it takes its turn behind"
        one.answers(RESOLVE, "Done.")
        assert one.held().row.queue_at is None


def test_the_turn_that_is_kept_is_the_one_that_the_clocks_show(one: Talk) -> None:
    one.promises(firstResponse=30, nextResponse=45, firstResolution=200, totalResolution=300)
    steps = ((CALL, "now"), (PROGRESS, "soon"), (REPLY, "and?"), (ANSWER, "so"), (REPLY, "ah"), (PROGRESS, "yes"))
    with clock.moved(MONDAY):
        one.begin()
    for place, (action, words) in enumerate(steps):
        with clock.moved(MONDAY + 20 * (place + 1) * MINUTE):
            (one.says if action in (CALL, REPLY) else one.answers)(action, words)
            ticket = one.thread().ticket
            due = ticket.due
            row = one.held().row
            kept = (row.queue_at, row.warn_at, row.due_clock)
            if ticket.state in (OPEN, WAITING_VENDOR):
                assert due is not None
                assert kept == (due.due_at, due.warn_at, due.name)
            else:
                assert kept == (None, None, None)


def test_nothing_that_was_not_promised_has_a_date() -> None:
    shown = clocks_of([Happened(MONDAY, "open", CUSTOMER, OPEN)], {}, MONDAY + 900 * HOUR)
    assert {clock.due_at for clock in shown.values()} == {None}
    assert alarm_of(None, MONDAY) is None
    assert turn_of(WAITING_CUSTOMER, MONDAY, shown) == Turn()
    assert turn_of(OPEN, MONDAY, shown) == Turn(MONDAY + TURN)


def test_a_complaint_has_its_number_its_day_by_law_and_the_next_authority_by_country(house: House) -> None:
    spain = talk(house, address={"country": "ES"})
    with clock.moved(datetime(2027, 1, 31, 12, tzinfo=UTC)):
        made = spain.begin(kind=COMPLAINT)
        legal = spain.thread().legal
    assert made.number.startswith("C-")
    assert legal is not None and legal.day == date(2027, 2, 28)
    assert legal.authority is not None and legal.authority.endswith("OMIC")
    romania = talk(house, "Bank", "ioana@example.org", address={"country": "RO"})
    romania.begin(kind=COMPLAINT)
    legal = romania.thread().legal
    assert legal is not None and legal.day is None, "a day that nobody owes is not shown"
    assert legal.authority is not None and legal.authority.endswith("ANPC")
    nowhere = talk(house, "Club", "joan@example.org")
    nowhere.begin(kind=COMPLAINT)
    legal = nowhere.thread().legal
    assert legal is not None and (legal.day, legal.authority) == (None, None)
    nowhere.begin()
    assert nowhere.thread().legal is None, "a question is no complaint"


def test_a_complaint_about_data_is_under_another_law_than_one_about_a_purchase() -> None:
    assert [law_of(about) for about in ("entry", "grant", "order", None)] == [DATA, DATA, CONSUMER, CONSUMER]
    found = legal_of(DATA, MONDAY, MADRID, "ES")
    assert found.day == date(2027, 4, 1) and found.authority is not None and found.authority.endswith("AEPD")
    assert not found.is_over(datetime(2027, 4, 1, 21, 59, tzinfo=UTC), MADRID)
    assert found.is_over(datetime(2027, 4, 1, 22, 1, tzinfo=UTC), MADRID)
    assert legal_of(DATA, MONDAY, MADRID, None).day == date(2027, 4, 1), "the law is the Union's own"
