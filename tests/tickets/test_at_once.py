"""What comes twice is done once, and of two that come at one moment exactly one wins."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.kernel.errors import Conflict
from portal.kernel.house import House
from portal.tickets.machine import ANSWER, CLOSE, HOLD, NOTE, PROGRESS, QUESTION, REPLY, RESOLVE, TAKE
from portal.tickets.models import Ticket, TicketEvent, TicketNote
from portal.tickets.service import New, answer, in_turn, note, say, start
from portal.tickets.service.saying import CHANGED, NOT_NOW
from tests.prove.sizes import size
from tests.tickets.cast import Talk, talk

ROUNDS = size(test=4, prove=100)


@pytest.fixture
def one(house: House) -> Talk:
    """A company and its customer on this engine."""
    return talk(house)


def at_once(*works: Callable[[], Any]) -> list[BaseException | None]:
    """Begins all at one moment; gives what each came to."""
    ready = threading.Barrier(len(works))
    ends: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        ready.wait()
        try:
            work()
        except BaseException as error:
            ends[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def counted(house: House, model: Any) -> int:
    """How many rows there are."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


def _by_customer(one: Talk, action: str, words: str | None = None, **more: Any) -> Callable[[], None]:
    house = one.house
    return lambda: in_turn(
        lambda: house.writing(one.customer),
        lambda unit: say(unit, ticket_id=one.id, action=action, words=words, **more),
    )


def _by_company(one: Talk, action: str, words: str | None = None, **more: Any) -> Callable[[], None]:
    house = one.house
    return lambda: in_turn(
        lambda: house.writing(one.agent),
        lambda unit: answer(unit, vendor_id=one.shop.id, number=one.number, action=action, words=words, **more),
    )


PAIRS: Sequence[tuple[str, str, str | None]] = (
    (CLOSE, RESOLVE, "Done."),
    (CLOSE, HOLD, None),
    (CLOSE, TAKE, None),
    (REPLY, ANSWER, "Here."),
)


def test_of_two_who_act_on_the_same_sight_exactly_one_wins(one: Talk) -> None:
    for turn in range(ROUNDS):
        one.renew(turn)
        mine, theirs, words = PAIRS[turn % len(PAIRS)]
        one.begin()
        said = "More." if mine == REPLY else None
        ends = at_once(_by_customer(one, mine, said, seen=1), _by_company(one, theirs, words, seen=1))
        lost = [end for end in ends if end is not None]
        assert len(lost) == 1, ends
        assert isinstance(lost[0], Conflict) and lost[0].reason in (CHANGED, NOT_NOW)
        assert "allowed" in lost[0].extra
        assert one.held().row.version == 2
        assert len(one.thread().said) == 2


def test_whoever_writes_at_one_moment_loses_no_word(one: Talk) -> None:
    for turn in range(ROUNDS):
        one.renew(turn)
        one.begin()
        works = [_by_customer(one, REPLY, f"Line {n}") for n in range(2)]
        works += [_by_company(one, PROGRESS, f"Word {n}") for n in range(2)]
        assert at_once(*works) == [None] * 4
        words = {said.words for said in one.thread().said}
        assert {"Line 0", "Line 1", "Word 0", "Word 1"} <= words
        assert one.held().row.version == 5


def test_a_double_press_says_a_thing_once(one: Talk) -> None:
    one.begin()
    for actor in (_by_customer(one, REPLY, "More.", once="press 1"), _by_company(one, ANSWER, "Here.", once="press 2")):
        before = counted(one.house, TicketEvent)
        assert at_once(*[actor] * 3) == [None] * 3
        actor()
        assert counted(one.house, TicketEvent) == before + 1
    for _ in range(2):
        with one.house.writing(one.agent) as unit:
            note(unit, vendor_id=one.shop.id, number=one.number, words="For us.", once=f"a {NOTE}")
    assert counted(one.house, TicketNote) == 1


def test_a_double_press_begins_one_conversation(one: Talk) -> None:
    new = New(kind=QUESTION, words="Where is it?", once="press")
    house = one.house

    def press() -> None:
        in_turn(lambda: house.writing(one.customer), lambda unit: start(unit, vendor_id=one.shop.id, new=new))

    assert at_once(*[press] * 3) == [None] * 3
    press()
    assert counted(house, Ticket) == 1
    with house.writing(one.customer) as unit:
        start(unit, vendor_id=one.shop.id, new=New(kind=QUESTION, words="Where is it?", once="another press"))
    assert counted(house, Ticket) == 2
