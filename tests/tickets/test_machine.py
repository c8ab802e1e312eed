"""The table of what may be done: each cell by a real verb, and what it leaves out refused with what may be done instead."""

from datetime import timedelta

import pytest

from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid, NotFound, Refused, TooMany
from portal.kernel.house import House
from portal.links.service import block
from portal.tickets.clocks import (
    CLOSED,
    CUSTOMER,
    OPEN,
    RESOLVED,
    STATES,
    VENDOR,
    WAITING_CUSTOMER,
    WAITING_THIRD,
    WAITING_VENDOR,
)
from portal.tickets.machine import (
    ACTIONS,
    ACTORS,
    ANSWER,
    CALL,
    CLOSE,
    DEGREES,
    FOLLOW,
    GRACE,
    HAND_OVER,
    HIGH,
    HOLD,
    KINDS,
    LOW,
    MEDIUM,
    NEEDS_WORDS,
    NOTE,
    PROGRESS,
    RATE,
    REOPEN,
    REPLY,
    RESOLVE,
    RESUME,
    TABLE,
    TAKE,
    WEIGH,
    allowed_actions,
    next_state,
    priority_of,
    state_at,
)
from portal.tickets.numbers import new_number, number_from
from portal.tickets.service import follow, hand_over, note, rate, say, weigh
from portal.tickets.service.opening import MOST_A_DAY
from tests.oauth.cast import entries
from tests.tickets.cast import Talk, talk

# Written out once more, as the reference has it: open, waiting_vendor, waiting_customer, waiting_third, resolved, closed.
EXPECTED: dict[tuple[str, str], tuple[str | None, ...]] = {
    (CUSTOMER, REPLY): (OPEN, WAITING_VENDOR, WAITING_VENDOR, WAITING_VENDOR, None, None),
    (CUSTOMER, CALL): (OPEN, WAITING_VENDOR, WAITING_VENDOR, WAITING_VENDOR, None, None),
    (CUSTOMER, CLOSE): (CLOSED, CLOSED, CLOSED, CLOSED, CLOSED, None),
    (CUSTOMER, REOPEN): (None, None, None, None, WAITING_VENDOR, None),
    (CUSTOMER, FOLLOW): (None, None, None, None, None, CLOSED),
    (CUSTOMER, RATE): (None, None, None, None, RESOLVED, CLOSED),
    (VENDOR, TAKE): (WAITING_VENDOR, None, None, None, None, None),
    (VENDOR, ANSWER): (WAITING_CUSTOMER, WAITING_CUSTOMER, WAITING_CUSTOMER, WAITING_CUSTOMER, None, None),
    (VENDOR, PROGRESS): (WAITING_VENDOR, WAITING_VENDOR, WAITING_VENDOR, WAITING_VENDOR, None, None),
    (VENDOR, HOLD): (WAITING_THIRD, WAITING_THIRD, WAITING_THIRD, None, None, None),
    (VENDOR, RESUME): (None, None, None, WAITING_VENDOR, None, None),
    (VENDOR, RESOLVE): (RESOLVED, RESOLVED, RESOLVED, RESOLVED, None, None),
    (VENDOR, NOTE): STATES,
    (VENDOR, HAND_OVER): (*STATES[:5], None),
    (VENDOR, WEIGH): (*STATES[:4], None, None),
}
WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    OPEN: (),
    WAITING_VENDOR: ((VENDOR, TAKE),),
    WAITING_CUSTOMER: ((VENDOR, ANSWER),),
    WAITING_THIRD: ((VENDOR, HOLD),),
    RESOLVED: ((VENDOR, RESOLVE),),
    CLOSED: ((CUSTOMER, CLOSE),),
}
"""How a conversation comes into each state."""


def do(one: Talk, actor: str, action: str) -> None:
    """The verb behind an action, with words where it takes some."""
    words = "Some words." if action in NEEDS_WORDS else None
    vendor = {"vendor_id": one.shop.id, "number": one.number}
    if action == FOLLOW:
        with one.house.writing(one.customer) as unit:
            follow(unit, ticket_id=one.id, words="It came again.")
    elif action == RATE:
        ending = one.thread().ending
        with one.house.writing(one.customer) as unit:
            rate(unit, ticket_id=one.id, event_id=ending.id if ending else b"", score=4)
    elif action in (NOTE, HAND_OVER, WEIGH):
        with one.house.writing(one.agent) as unit:
            if action == NOTE:
                note(unit, **vendor, words="Spoke to the carrier.")
            elif action == HAND_OVER:
                hand_over(unit, **vendor, to=one.agent.id)
            else:
                weigh(unit, **vendor, urgency=HIGH)
    elif actor == CUSTOMER:
        one.says(action, words)
    else:
        one.answers(action, words)


@pytest.fixture
def one(house: House) -> Talk:
    """A company and its customer on this engine."""
    return talk(house)


def brought_to(one: Talk, state: str) -> None:
    """A new conversation in this state."""
    one.begin()
    for actor, action in WAYS[state]:
        do(one, actor, action)
    assert one.held().state(clock.now()) == state


def test_the_table_is_the_one_that_was_agreed() -> None:
    assert {(actor, action) for actor in ACTORS for action in TABLE[actor]} == EXPECTED.keys()
    assert {action for _, action in EXPECTED} == set(ACTIONS)
    for (actor, action), row in EXPECTED.items():
        assert tuple(next_state(state, actor, action) for state in STATES) == row, (actor, action)
    assert allowed_actions(CLOSED, CUSTOMER) == (FOLLOW, RATE)
    assert allowed_actions(CLOSED, VENDOR) == (NOTE,)


@pytest.mark.parametrize("state", STATES)
def test_each_cell_does_what_it_says_and_what_is_not_in_the_table_is_refused_with_what_is(one: Talk, state: str) -> None:
    for actor, action in EXPECTED:
        brought_to(one, state)
        after, before = next_state(state, actor, action), one.held().row
        if after is None:
            with pytest.raises(Conflict) as refused:
                do(one, actor, action)
            assert refused.value.reason == "not-allowed-now"
            assert refused.value.extra["allowed"] == allowed_actions(state, actor)
            assert one.held().row == before, "what is refused leaves nothing"
        else:
            do(one, actor, action)
            assert one.held().state(clock.now()) == after, (actor, action)


@pytest.mark.parametrize("action", sorted(NEEDS_WORDS - {FOLLOW, NOTE, REOPEN}))
def test_what_is_nothing_without_words_is_refused_without_them(one: Talk, action: str) -> None:
    one.begin()
    for words in (None, "", "  \n "):
        with pytest.raises(Invalid):
            (one.says if action in TABLE[CUSTOMER] else one.answers)(action, words)
    with pytest.raises(Invalid):
        one.answers(TAKE, "words that would be lost")


def test_what_was_solved_is_opened_again_for_two_days_and_is_closed_after_that(one: Talk) -> None:
    begun = clock.now()
    one.begin()
    one.answers(RESOLVE, "It is on its way.")
    with clock.moved(begun + GRACE - timedelta(minutes=5)):
        assert one.thread().ticket.state == RESOLVED
        assert REOPEN in one.thread().allowed
        one.says(REOPEN, "It is not.")
        assert one.held().row.resolved_at is None
        one.answers(RESOLVE, "Now it is.")
    with clock.moved(begun + 3 * GRACE):
        assert one.thread().ticket.state == CLOSED
        assert REOPEN not in one.thread().allowed
        with pytest.raises(Conflict):
            one.says(REOPEN, "It is not, again.")


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_grace_ends_at_its_second(seconds: int) -> None:
    at = clock.now()
    shown = state_at(RESOLVED, at, at + GRACE + timedelta(seconds=seconds))
    assert shown == (RESOLVED if seconds < 0 else CLOSED)


def test_what_is_written_after_the_end_begins_a_new_conversation_that_leads_to_the_old_and_back(one: Talk) -> None:
    old = one.begin(impact=HIGH)
    one.says(CLOSE)
    with one.house.writing(one.customer) as unit:
        new = follow(unit, ticket_id=old.id, words="It broke again.", once="a press")
    with one.house.writing(one.customer) as unit:
        again = follow(unit, ticket_id=old.id, words="It broke again.", once="a press")
    assert (again.id, again.number, again.message) == (new.id, new.number, None)
    thread = one.thread()
    assert thread.followed_by == ((new.id, new.number),)
    one.id, one.number = new.id, new.number
    assert one.thread().follows == (old.id, old.number)
    assert (one.thread().ticket.state, one.thread().ticket.impact) == (OPEN, HIGH)


def test_priority_is_of_how_much_it_hinders_and_how_soon_it_is_needed(one: Talk) -> None:
    wanted = {(HIGH, HIGH): 1, (HIGH, MEDIUM): 2, (MEDIUM, MEDIUM): 3, (MEDIUM, LOW): 4, (LOW, LOW): 5}
    for (impact, urgency), priority in wanted.items():
        assert priority_of(impact, urgency) == priority_of(urgency, impact) == priority
    assert {priority_of(one, other) for one in DEGREES for other in DEGREES} == {1, 2, 3, 4, 5}
    one.begin(impact=HIGH)
    assert one.held().row.priority == 2, "the customer alone does not make it the most pressing"
    do(one, VENDOR, WEIGH)
    assert one.held().row.priority == 1


def test_a_call_back_is_asked_for_and_is_done_when_the_company_has_written(one: Talk) -> None:
    one.begin()
    one.says(CALL, "+34 600 000 000, in the morning")
    assert one.thread().ticket.call_wanted_at is not None
    do(one, VENDOR, NOTE)
    assert one.thread().ticket.call_wanted_at is not None
    one.answers(PROGRESS, "We spoke; we look into it.")
    assert one.thread().ticket.call_wanted_at is None


def test_an_ending_is_rated_once_and_another_ending_is_asked_anew(one: Talk) -> None:
    one.begin()
    one.answers(RESOLVE, "Done.")
    first = one.thread().ending
    assert first is not None and RATE in one.thread().allowed
    for score in (2, 5):
        with one.house.writing(one.customer) as unit:
            rate(unit, ticket_id=one.id, event_id=first.id, score=score)
    rated = one.thread().ending
    assert rated is not None and rated.score == 2
    assert RATE not in one.thread().allowed
    one.says(REOPEN, "It is not.")
    one.answers(RESOLVE, "Now it is.")
    second = one.thread().ending
    assert second is not None and second.score is None and RATE in one.thread().allowed
    for event_id in (first.id, b"0" * 16):
        with pytest.raises(Conflict), one.house.writing(one.customer) as unit:
            rate(unit, ticket_id=one.id, event_id=event_id, score=5)
    for score in (0, 6, -1):
        with pytest.raises(Invalid), one.house.writing(one.customer) as unit:
            rate(unit, ticket_id=one.id, event_id=second.id, score=score)


def test_whoever_blocked_a_company_is_written_to_no_more_and_writes_no_more(one: Talk) -> None:
    one.begin()
    with one.house.writing(one.customer) as unit:
        block(unit, link_id=one.link().id)
    with pytest.raises(Refused):
        one.answers(ANSWER, "Hello?")
    with pytest.raises(Conflict):
        one.begin()
    one.says(CLOSE)
    assert one.thread().ticket.state == CLOSED


def test_nobody_begins_so_many_in_a_day_that_a_company_drowns_in_them(one: Talk) -> None:
    for _ in range(MOST_A_DAY):
        one.begin()
    with pytest.raises(TooMany):
        one.begin()
    with clock.moved(timedelta(days=1, minutes=1)):
        one.begin()


def test_numbers_are_read_however_somebody_writes_them_down() -> None:
    for kind in KINDS:
        number = new_number(kind)
        assert number_from(number) == number_from(f" {number.lower()} ") == number_from(number.replace("-", "")) == number
    for text in ("", "Q-1234", "Q-0000-1111", "X-2222-3333", "Q-2222-33333", "Q-ÄÄÄÄ-2222"):
        assert number_from(text) is None


def test_the_record_names_numbers_and_states_and_no_word_of_what_was_said(one: Talk) -> None:
    words = "a word that nobody else writes"
    one.begin(words)
    one.answers(ANSWER, words)
    one.says(REPLY, words)
    with one.house.writing(one.agent) as unit:
        note(unit, vendor_id=one.shop.id, number=one.number, words=words)
    told = [entry for entry in entries(one.house) if entry["event"].startswith("ticket.")]
    assert [entry["event"] for entry in told] == ["ticket.created", "ticket.answered", "ticket.replied", "ticket.noted"]
    assert {entry["detail"]["number"] for entry in told} == {one.number}
    assert "nobody else" not in str(told)


def test_what_is_another_customers_or_another_companys_is_not_there(one: Talk) -> None:
    one.begin()
    other = talk(one.house, "Bank", "joan@example.org")
    other.begin()
    for action in (REPLY, CLOSE, CALL):
        with pytest.raises(NotFound), one.house.writing(other.customer) as unit:
            say(unit, ticket_id=one.id, action=action, words="x")
    mine = one.number
    one.number = other.number
    with pytest.raises(NotFound):
        one.answers(ANSWER, "x")
    with pytest.raises(NotFound), one.house.writing(one.agent) as unit:
        hand_over(unit, vendor_id=one.shop.id, number=mine, to=other.agent.id)
