"""What a company notes for itself never comes before its customer's eyes, whatever both do; and all of it is sealed."""

import random

import pytest
from sqlalchemy import LargeBinary, select

from portal.customers.service import erase
from portal.kernel.errors import Problem
from portal.kernel.house import House
from portal.tickets.machine import ACTIONS, FOLLOW, NEEDS_WORDS, NOTE, RATE, TABLE
from portal.tickets.models import Interaction, Ticket, TicketEvent, TicketNote, TicketRating
from portal.tickets.reads import tickets_of
from portal.tickets.service import hand_over, note, weigh
from tests.prove.sizes import size
from tests.tickets.cast import DEGREES, Talk, talk

TABLES = (Ticket, TicketEvent, TicketNote, TicketRating, Interaction)


@pytest.fixture
def one(house: House) -> Talk:
    """A company and its customer on this engine."""
    return talk(house)


def _do(one: Talk, chance: random.Random, action: str, secret: str) -> None:
    vendor = {"vendor_id": one.shop.id, "number": one.number}
    words = f"open word {chance.random()}" if action in NEEDS_WORDS else None
    if action in TABLE["customer"]:
        one.says(action, words)
    elif action in TABLE["vendor"] and action not in ("note", "hand_over", "weigh"):
        one.answers(action, words)
    else:
        with one.house.writing(one.agent) as unit:
            if action == NOTE:
                note(unit, **vendor, words=secret)
            elif action == "hand_over":
                hand_over(unit, **vendor, to=chance.choice((one.agent.id, None)))
            else:
                weigh(unit, **vendor, urgency=chance.choice(DEGREES))


def test_no_history_shows_a_customer_what_their_company_noted_for_itself(one: Talk) -> None:
    chance = random.Random(24)
    noted = 0
    for turn in range(size(test=6, prove=400)):
        one.renew(turn)
        assert one.customer.customer_id is not None
        one.begin(f"begun {turn}")
        for place in range(chance.randrange(1, 12)):
            action, secret = chance.choice(sorted({*ACTIONS} - {FOLLOW, RATE})), f"SECRET-{turn}-{place}"
            try:
                _do(one, chance, action, secret)
                noted += action == NOTE
            except Problem:
                continue
        thread = one.thread()
        assert "SECRET" not in repr(thread)
        assert {said.action for said in thread.said} & {"note", "hand_over", "weigh"} == set()
        with one.house.reading(one.customer) as unit:
            assert "SECRET" not in repr(tickets_of(unit, one.customer.customer_id))
    assert noted, "nothing was noted: nothing was tried"


def test_the_checker_sees_a_note_that_was_written_where_the_customer_reads(one: Talk) -> None:
    one.begin()
    one.answers("progress", "SECRET-0-0")
    assert "SECRET" in repr(one.thread())


def test_no_word_that_was_said_or_noted_stands_in_the_clear(one: Talk) -> None:
    word = "pomegranate"
    one.begin(word)
    one.answers("answer", word)
    with one.house.writing(one.agent) as unit:
        note(unit, vendor_id=one.shop.id, number=one.number, words=word)
    with one.house.reading() as unit:
        for model in TABLES:
            for row in unit.connection.execute(select(model.__table__)):
                for column, value in zip(model.__table__.columns, row, strict=True):
                    assert word not in str(value)
                    assert not isinstance(column.type, LargeBinary) or value is None or word.encode() not in value


def test_whoever_is_erased_leaves_no_conversation(one: Talk) -> None:
    one.begin()
    one.answers("resolve", "Done.")
    other = talk(one.house, "Bank", "joan@example.org")
    other.begin()
    assert one.customer.id is not None
    with one.house.writing(one.customer) as unit:
        erase(unit, customer_id=one.customer.customer_id or b"")
    with one.house.reading() as unit:
        left = unit.connection.execute(select(Ticket.id)).scalars().all()
        assert left == [other.id]
        for model in (TicketEvent, TicketNote, TicketRating):
            assert {row.customer_id for row in unit.connection.execute(select(model.__table__))} <= {
                other.customer.customer_id
            }
