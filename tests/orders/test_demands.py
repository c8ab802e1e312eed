"""What customers ask about orders: done once whatever is pressed, never more than was bought, and nobody else's."""

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import func, select

from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.ids import id_from, new_id
from portal.orders.demands.machine import (
    CANCELLATION,
    CHANGE,
    CLAIM,
    NOT_MINE,
    REORDER,
    RETURN,
    WITHDRAWAL,
)
from portal.orders.demands.reads import demand_of, demands_of, receipt_of
from portal.orders.demands.service import (
    Answered,
    answer,
    ask,
    confirm_withdrawal,
    remind,
    take_back,
)
from portal.orders.models import Demand, DemandLine, DemandStep, Order
from portal.vendors.service import set_card
from tests import people
from tests.grants.cast import signed_in
from tests.links.test_parting import part
from tests.oauth.cast import Program
from tests.orders.cast import CARE, an_order, company, found, line, shared_with, tell
from tests.orders.shelf import Shelf, asked, somebody_elses
from tests.prove.sizes import size

BEFORE = "OrderPaymentDue", "OrderProcessing"


def test_the_same_thing_pressed_twice_sent_again_or_from_two_windows_is_one(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", line("Lamp", quantity=3)))
    first = shelf.ask("1", RETURN, 1)
    assert shelf.ask("1", RETURN, 1) == first, "the page was made before anything was asked"
    assert len(shelf.demands()) == 1
    with pytest.raises(Conflict) as stale:
        shelf.ask("1", RETURN, 2)
    assert stale.value.reason == "changed" and RETURN in stale.value.extra["allowed_actions"]
    second = shelf.ask("1", RETURN, 1, seen=1)
    assert second != first, "whoever saw the first asks for another piece"
    shelf.do(take_back, first)
    shelf.do(take_back, first)
    shelf.do(take_back, second)
    with pytest.raises(Conflict):
        shelf.ask("1", RETURN, 1)
    assert [step.action for step in shelf.demand(first).steps] == ["ask", "take-back"]


def test_no_more_is_asked_for_than_was_bought_and_what_was_taken_back_may_be_asked_for_again(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", line("Lamp", 1000, quantity=3)))
    first = shelf.ask("1", RETURN, 2)
    with pytest.raises(Conflict) as refused:
        shelf.ask("1", CLAIM, 2, seen=1)
    assert refused.value.reason == "too-many-pieces"
    shelf.ask("1", CLAIM, 1, seen=1)
    assert shelf.reason("1", RETURN) == "all-asked"
    shelf.do(take_back, first)
    assert shelf.reason("1", RETURN) is None
    assert [one.preview for one in shelf.demands()] == [334, 666], "the parts of what does not divide come to the whole"
    with pytest.raises(Invalid):
        shelf.ask("1", RETURN, 0, seen=2)


@pytest.mark.engines("postgresql")  # its writers run beside each other
@pytest.mark.parametrize("turn", range(size(test=3, prove=60)))
def test_racing_requests_never_take_more_than_was_bought(house: House, turn: int) -> None:
    shelf = Shelf(house, an_order("1", "c", line("Lamp", quantity=5)))
    barrier, kinds = Barrier(6), [RETURN, CLAIM, RETURN, CLAIM, WITHDRAWAL, RETURN]

    def race(place: int) -> None:
        barrier.wait()
        try:
            demand_id = shelf.ask("1", kinds[place], 2 + place % 2, seen=0)
            if kinds[place] == WITHDRAWAL:
                shelf.confirm(demand_id)
        except Conflict:
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(race, range(6)))
    with house.reading() as unit:
        live = select(func.sum(DemandLine.quantity)).join(Demand, Demand.id == DemandLine.demand_id)
        live = live.where(Demand.state != "started")
        of_law = Demand.kind == WITHDRAWAL
        taken = [unit.connection.execute(live.where(one)).scalar_one() or 0 for one in (of_law, ~of_law)]
        turns = sorted(unit.connection.execute(select(Demand.turn)).scalars())
    assert sum(taken) > 0 and max(taken) <= 5
    assert turns == list(range(1, len(turns) + 1))


@pytest.mark.engines("postgresql")
def test_of_two_answers_at_one_moment_one_counts(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c"))
    demand_id, barrier = shelf.ask("1", RETURN), Barrier(2)

    def race(action: str) -> str | None:
        barrier.wait()
        try:
            shelf.answer(demand_id, action)
        except Conflict:
            return None
        return action

    with ThreadPoolExecutor(2) as pool:
        done = [one for one in pool.map(race, ("accept", "decline")) if one]
    assert len(done) == 1
    assert [step.action for step in shelf.demand(demand_id).steps] == ["ask", *done]


def test_a_return_goes_its_way_piece_by_piece(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", line("Lamp", 900, quantity=3)))
    demand_id = shelf.ask("1", RETURN, 3)
    shelf.answer(demand_id, "accept", words="Use the label in the box.")
    shelf.answer(demand_id, "receive", received={"1": 1})
    with pytest.raises(Invalid):
        shelf.answer(demand_id, "receive", received={"1": 3})
    with pytest.raises(Invalid):
        shelf.answer(demand_id, "receive", received={"9": 1})
    shelf.answer(demand_id, "receive", received={"1": 2})
    with pytest.raises(Invalid):
        shelf.answer(demand_id, "close", refund=901)
    shelf.answer(demand_id, "close", refund=900)
    done = shelf.demand(demand_id)
    assert (done.state, done.answer, done.refund, done.pieces[0].received) == ("closed", "Use the label in the box.", 900, 3)
    assert [step.state for step in done.steps] == ["requested", "open", "partially_received", "partially_received", "closed"]


def test_a_withdrawal_takes_two_steps_no_reason_and_no_deadline_and_leaves_a_signed_receipt(app: Flask, house: House) -> None:
    over = "2026-03-02T10:00:00Z"
    shelf = Shelf(house, an_order("1", "c", line("Lamp", 1000, quantity=2), line("Bulb", 300), return_until=over))
    assert shelf.reason("1", RETURN) == "return-time-over"
    demand_id = shelf.ask("1", WITHDRAWAL, 1, 1)
    assert shelf.ask("1", WITHDRAWAL, 2, 1) == demand_id, "begun anew, it takes the place of the older"
    assert shelf.demand(demand_id).state == "started"
    with pytest.raises(NotFound):
        shelf.answer(demand_id, "acknowledge")
    shelf.confirm(demand_id)
    shelf.confirm(demand_id)
    done = shelf.demand(demand_id)
    assert [step.state for step in done.steps] == ["started", "started", "submitted", "receipt_sent"]
    assert done.steps[2].at == done.asked_at, "what counts is the moment of the confirmation"
    with house.reading(shelf.customer) as unit:
        assert shelf.customer.customer_id is not None and shelf.customer.holder_id is not None
        signed = receipt_of(unit, shelf.customer.customer_id, unit.box(shelf.customer.holder_id), demand_id)
    keys = KeySet.import_key_set(app.test_client().get("/oauth/jwks").json)
    said = json.loads(jws.deserialize_compact(signed, keys, algorithms=["ES256"]).payload)
    assert (said["contract"], said["company"], said["name"], said["scope"]) == ("1", "Llibreria Far", "Ana Puig", "all")
    assert said["received_at"] == done.asked_at.isoformat().replace("+00:00", "Z")
    assert [(one["name"], one["quantity"]) for one in said["lines"]] == [("Lamp", 2), ("Bulb", 1)]
    people.do_jobs(house)
    letters = [" ".join(mail.get_content().split()) for mail in people.mails(house, "ana@example.org")]
    [letter] = [text for text in letters if "withdraw from the contract of order 1" in text]
    assert "2 × Lamp" in letter and "accepted" not in letter


def test_the_laws_right_waits_for_no_yes_but_nothing_is_paid_back_twice(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", line("Lamp", quantity=2)))
    waiting = shelf.ask("1", RETURN, 2)
    assert shelf.reason("1", RETURN) == "all-asked" and shelf.reason("1", WITHDRAWAL) is None
    shelf.answer(waiting, "accept")
    shelf.answer(waiting, "close", refund=0)
    assert shelf.reason("1", WITHDRAWAL) == "all-asked", "what went back by the company's own rules is back"
    tell(house, shelf.seller.vendor_id, an_order("2", "c", line("Lamp", quantity=2)))
    shelf.confirm(shelf.ask("2", WITHDRAWAL, 1))
    shelf.confirm(second := shelf.ask("2", WITHDRAWAL, 1, seen=1))
    assert shelf.reason("2", WITHDRAWAL) == shelf.reason("2", RETURN) == "all-asked"
    assert len({step.at for step in shelf.demand(second).steps}) == 2


def test_all_that_was_asked_is_found_page_after_page(app: Flask, house: House) -> None:
    shelf = Shelf(house, *(an_order(str(at), "c") for at in range(53)))
    wanted = {shelf.ask(str(at), NOT_MINE) for at in range(53)}
    browser = signed_in(app, shelf.customer)
    seen: list[str] = []
    address = "/orders/demands"
    while address:
        page = browser.get(address).text
        seen += re.findall(r'href="/orders/demands/([^"?/]+)"', page)
        address = html.unescape(next(iter(re.findall(r'rel="next" href="([^"]+)"', page)), ""))
    assert len(seen) == 53 and {id_from(one) for one in seen} == wanted
    assert browser.get("/orders/demands?after=x").status_code == 400


def test_whoever_does_not_answer_by_its_promised_time_is_shown_late_and_reminded_once_a_day(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c"))
    demand_id = shelf.ask("1", RETURN)
    assert shelf.demand(demand_id).is_promised and not shelf.demand(demand_id).is_late
    with pytest.raises(Conflict):
        shelf.do(remind, demand_id)
    with clock.moved(timedelta(hours=49)):
        late = shelf.demand(demand_id)
        assert late.is_late and "remind" in late.actions
        shelf.do(remind, demand_id)
        shelf.do(remind, demand_id)
        assert [step.action for step in shelf.demand(demand_id).steps] == ["ask", "remind"]
        assert "remind" not in shelf.demand(demand_id).actions
        shelf.answer(demand_id, "decline", words="No.")
        assert shelf.demand(demand_id).is_late, "an answer that came late stays late"
    with clock.moved(timedelta(days=9)):
        assert shelf.demand(demand_id).is_late
    tell(house, shelf.seller.vendor_id, an_order("2", "c"))
    prompt = shelf.ask("2", RETURN)
    shelf.answer(prompt, "accept")
    with clock.moved(timedelta(days=9)):
        assert not shelf.demand(prompt).is_late


def test_what_is_confirmed_is_what_was_seen(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", line("Lamp", quantity=2)))
    begun = shelf.ask("1", WITHDRAWAL, 1)
    shelf.ask("1", WITHDRAWAL, 2)
    told = {"demand_id": begun, "name": "Ana", "email": "ana@example.org"}
    with pytest.raises(Conflict), house.writing(shelf.customer) as unit:
        confirm_withdrawal(unit, **told, seen=1)
    with house.writing(shelf.customer) as unit:
        confirm_withdrawal(unit, **told, seen=2)
    assert shelf.demand(begun).pieces[0].quantity == 2


def test_no_more_is_paid_back_than_an_order_cost(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", line("Lamp", 900, quantity=3)))
    first, second = shelf.ask("1", RETURN, 1), shelf.ask("1", RETURN, 2, seen=1)
    for one in (first, second):
        shelf.answer(one, "accept")
    shelf.answer(first, "close", refund=600)
    for refund in (301, -1):
        with pytest.raises(Invalid):
            shelf.answer(second, "close", refund=refund)
    shelf.answer(second, "close", refund=300)
    assert sorted(one.refund or 0 for one in shelf.demands()) == [300, 600]


def test_an_order_that_is_not_theirs_is_frozen_and_shown_to_no_other_company_until_that_is_settled(app: Flask, house: House) -> None:
    shelf = Shelf(house, an_order("1", "c"), an_order("2", "c"))
    reader = shared_with(app, company(house, "Mercat Verd"), shelf.customer, CARE)
    assert len(reader.walk()) == 2
    demand_id = shelf.ask("1", NOT_MINE)
    assert len(reader.walk()) == 1
    assert shelf.allowed("1") == set()
    assert shelf.reason("1", RETURN) == "frozen"
    shelf.do(take_back, demand_id)
    assert len(reader.walk()) == 2
    again = shelf.ask("1", NOT_MINE, seen=1)
    shelf.answer(again, "decline", words="You signed for it.")
    assert len(reader.walk()) == 2
    assert shelf.order("1", anew=True).disputed_at is None


def test_what_a_company_does_not_offer_on_its_card_cannot_be_asked_for(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", status="OrderProcessing"))
    with house.writing() as unit:
        set_card(unit, vendor_id=shelf.seller.vendor_id, card={})
    assert shelf.reason("1", CHANGE) == shelf.reason("1", REORDER) == "not-offered"
    demand_id = shelf.ask("1", CANCELLATION)
    assert not shelf.demand(demand_id).is_promised
    assert shelf.demand(demand_id).due_at - shelf.demand(demand_id).asked_at == timedelta(days=14)


def test_somebody_elses_order_and_demand_are_not_there(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c"))
    demand_id = shelf.ask("1", RETURN)
    tell(house, shelf.seller.vendor_id, an_order("9", "d"))
    joan = found(house, shelf.seller, "d", "joan@example.org")
    for verb in (take_back, remind):
        with pytest.raises(NotFound), house.writing(joan) as unit:
            verb(unit, demand_id=demand_id)
    with pytest.raises(NotFound), house.writing(joan) as unit:
        ask(unit, order_id=shelf.order("1").id, asked=asked(NOT_MINE, {}), seen=1)
    with pytest.raises(NotFound), house.reading(joan) as unit:
        assert joan.customer_id is not None and joan.holder_id is not None
        demand_of(unit, joan.customer_id, unit.box(joan.holder_id), demand_id)
    other: Program = company(house, "Casa Lumen")
    with pytest.raises(NotFound), house.writing() as unit:
        answer(unit, vendor_id=other.vendor_id, order_number=None, demand_id=demand_id, answered=Answered("accept"))
    with pytest.raises(NotFound):
        shelf.do(take_back, new_id())


def test_what_was_asked_about_orders_that_were_somebody_elses_goes_when_they_do(house: House) -> None:
    ana, kept, order = somebody_elses(house)
    with house.writing(ana) as unit:
        ask(unit, order_id=order.id, asked=asked(NOT_MINE, {}), seen=0)
    part(house, ana, kept)
    with house.reading(ana) as unit:
        assert ana.customer_id is not None and ana.holder_id is not None
        assert demands_of(unit, ana.customer_id, unit.box(ana.holder_id)) == ([], None)
        assert unit.connection.execute(select(Order.disputed_at)).scalars().all() == [None]
        assert unit.connection.execute(select(func.count()).select_from(DemandStep)).scalar_one() == 0


def test_what_customers_and_companies_write_is_sealed(house: House) -> None:
    shelf = Shelf(house, an_order("1", "c", status="OrderProcessing"))
    demand_id = shelf.ask("1", CHANGE)
    shelf.answer(demand_id, "accept", words="Gladly.")
    with house.reading() as unit:
        kept = repr(list(unit.connection.execute(select(Demand.__table__))))
    assert "Carrer Nou" not in kept and "Gladly" not in kept
    assert (shelf.demand(demand_id).words, shelf.demand(demand_id).answer) == ("Carrer Nou 3", "Gladly.")
