"""Any process with named steps and promised times: a claim, an application, a repair, on the timeline of an order."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.kernel.house import House
from portal.orders.models import Order, OrderStep, OrderStepPromise
from portal.orders.service import hide
from portal.orders.service.erasing import forget
from portal.orders.shapes import Refusal, parse
from portal.orders.shared import own_orders
from tests.customers.someone import company as known_company
from tests.customers.someone import someone
from tests.events.following import Follower
from tests.grants.cast import detail
from tests.links.test_folding import fold, prospect
from tests.links.test_parting import part
from tests.oauth.cast import Program, bearing, consented
from tests.orders.cast import CARE, ORDERS, an_order, company, found, list_of, outcomes, own, shared_with, tell
from tests.orders.claims import STEPS, a_claim, changed, read
from tests.vendor_api.test_orders import PATH, Shop


def rows(house: House, model: Any) -> int:
    """How many rows a table has."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


# What a company may send


@pytest.mark.parametrize(
    ("steps", "reason", "at"),
    [
        ([STEPS[0], {**STEPS[1], "number": "1"}], "repeated-step", "steps"),
        (changed(0, done_at="2199-01-01T00:00:00Z"), "date-in-future", "steps.0.done_at"),
        (changed(1, promised_at="2026-02-28T10:00:00Z"), "promised-before-placed", "steps.1.promised_at"),
        ([{"number": str(n), "name": "x"} for n in range(41)], "too-many-steps", "steps"),
        ([{"number": "1"}], "missing", "steps.0.name"),
        ([{"name": "Payment"}], "missing", "steps.0.number"),
        ([{"number": "1", "name": ""}], "invalid", "steps.0.name"),
        ([{"number": "1", "name": "Pay\u202ement"}], "odd-character", "steps.0.name"),
        ([{"number": "1", "name": "x" * 201}], "invalid", "steps.0.name"),
        ([{"number": "1", "name": "Payment", "promised_at": "2026-03-05T00:00:00"}], "zone-needed", "steps.0.promised_at"),
        ([{"number": "1", "name": "Payment", "status": "done"}], "unknown-field", "steps.0.status"),
        ([{"number": 1, "name": "Payment"}], "invalid", "steps.0.number"),
    ],
)
def test_a_step_that_cannot_be_is_refused_with_its_own_reason(steps: list[dict[str, Any]], reason: str, at: str) -> None:
    refused = parse(a_claim(*steps))
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.field) == (reason, at)
    assert refused.detail


@pytest.mark.parametrize(
    ("process", "reason"), [("", "invalid"), ("x" * 61, "invalid"), ("a\u202eb", "odd-character"), (7, "invalid")]
)
def test_what_it_is_called_is_a_short_word_that_can_be_read(process: Any, reason: str) -> None:
    refused = parse(a_claim(process=process))
    assert isinstance(refused, Refusal) and (refused.reason, refused.field) == (reason, "process")


def test_a_day_that_had_begun_when_the_order_was_placed_may_be_promised_for_it_counts_to_its_end() -> None:
    assert not isinstance(parse(a_claim(*changed(1, promised_at="2026-03-01T00:00:00Z"))), Refusal)


def test_forty_steps_are_taken(house: House, insurer: Program) -> None:
    steps = [{"number": str(n), "name": f"Step {n}", "promised_at": "2026-04-01T00:00:00Z"} for n in range(40)]
    assert outcomes(tell(house, insurer.vendor_id, a_claim(*steps))) == ["created"]
    assert [step["name"] for step in read(house, insurer)["steps"]] == [f"Step {n}" for n in range(40)]


def test_an_order_without_steps_is_as_it_was_before_there_were_any(house: House, insurer: Program) -> None:
    tell(house, insurer.vendor_id, an_order("1", "c"))
    assert not {"process", "steps"} & read(house, insurer).keys()


def test_a_claim_is_made_left_alone_and_changed_step_by_step(house: House, insurer: Program) -> None:
    assert outcomes(tell(house, insurer.vendor_id, a_claim())) == ["created"]
    assert outcomes(tell(house, insurer.vendor_id, a_claim())) == ["unchanged"]
    done = changed(1, done_at="2026-03-04T09:00:00Z")
    assert outcomes(tell(house, insurer.vendor_id, a_claim(*done))) == ["updated"]
    order = read(house, insurer)
    assert (order["process"], order["version"]) == ("Insurance claim", 2)
    first, second, _ = order["steps"]
    assert first == {**STEPS[0], "promised_at": None, "promises": [], "standing": None}
    assert (second["done_at"], second["standing"]) == ("2026-03-04T09:00:00Z", "kept")


def test_names_of_steps_and_of_what_it_is_lie_sealed(house: House, insurer: Program) -> None:
    tell(house, insurer.vendor_id, a_claim(*changed(1, name="Zygote looked at"), process="Qliphoth claim"))
    with house.reading() as unit:
        raw = [*unit.connection.execute(select(OrderStep.__table__)), *unit.connection.execute(select(Order.__table__))]
    held = b"".join(value for row in raw for value in row if isinstance(value, bytes))
    assert b"Zygote" not in held and b"Qliphoth" not in held
    assert (read(house, insurer)["process"], read(house, insurer)["steps"][1]["name"]) == ("Qliphoth claim", "Zygote looked at")


def test_a_step_is_never_taken_away_and_news_without_steps_leave_them_and_their_name_as_they_are(
    house: House, insurer: Program
) -> None:
    tell(house, insurer.vendor_id, a_claim())
    before = read(house, insurer)
    assert outcomes(tell(house, insurer.vendor_id, a_claim(*STEPS[:2]))) == ["step-missing"]
    news = {name: value for name, value in a_claim(status="OrderDelivered").items() if name not in ("steps", "process")}
    assert outcomes(tell(house, insurer.vendor_id, news)) == ["updated"]
    after = read(house, insurer)
    assert (after["steps"], after["process"], after["status"]) == (before["steps"], before["process"], "OrderDelivered")


def test_steps_are_put_between_renamed_and_put_in_another_order(house: House, insurer: Program) -> None:
    tell(house, insurer.vendor_id, a_claim())
    news = [STEPS[1], {"number": "2b", "name": "Expert's report"}, {**STEPS[0], "name": "Claim registered"}, STEPS[2]]
    assert outcomes(tell(house, insurer.vendor_id, a_claim(*news))) == ["updated"]
    names = [(step["number"], step["name"]) for step in read(house, insurer)["steps"]]
    assert names == [("2", "Damage assessed"), ("2b", "Expert's report"), ("1", "Claim registered"), ("3", "Payment")]


def test_what_would_become_of_steps_is_foreseen_and_nothing_of_it_done(app: Flask, house: House) -> None:
    shop = Shop(app, house)
    shop.put(a_claim())
    sent = {"orders": [a_claim(*STEPS[:1]), a_claim(*STEPS[:2], number="K-2")]}
    answer = shop.client.post(f"{PATH}?dry_run=true", json=sent, headers=bearing(shop.token))
    assert [one.get("reason", one["outcome"]) for one in answer.json["results"]] == ["step-missing", "created"]
    assert rows(house, OrderStep) == 3


# The ledger


def test_a_first_promise_of_a_step_is_never_overwritten_and_later_ones_are_added(house: House, insurer: Program) -> None:
    for day in ("2026-03-05", "2026-03-09", None, "2026-03-09", "2026-03-04"):
        promised = None if day is None else f"{day}T00:00:00Z"
        tell(house, insurer.vendor_id, a_claim(*changed(1, promised_at=promised)))
    step = read(house, insurer)["steps"][1]
    assert [one["promised_at"][:10] for one in step["promises"]] == ["2026-03-05", "2026-03-09", "2026-03-04"]
    assert rows(house, OrderStepPromise) == 4, "three of this one and one of the next"


def test_a_later_day_does_not_mend_the_first_promise_of_a_step(house: House, insurer: Program) -> None:
    tell(house, insurer.vendor_id, a_claim())
    late = changed(1, promised_at="2026-03-20T00:00:00Z", done_at="2026-03-18T00:00:00Z")
    tell(house, insurer.vendor_id, a_claim(*late))
    assert read(house, insurer)["steps"][1]["standing"] == "broken"


@pytest.mark.parametrize(
    ("done", "standing"), [("2026-03-05T22:59:00Z", "kept"), ("2026-03-05T23:01:00Z", "broken"), (None, "broken")]
)
def test_a_promised_day_counts_to_its_end_by_the_clock_of_the_house(
    house: House, insurer: Program, done: str | None, standing: str
) -> None:
    """Half past midnight in Madrid is the day before by UTC."""
    tell(house, insurer.vendor_id, a_claim(*changed(1, done_at=done)))
    assert read(house, insurer)["steps"][1]["standing"] == standing


def test_what_is_called_off_is_waited_for_no_more_and_what_was_done_stays_judged(house: House, insurer: Program) -> None:
    tell(house, insurer.vendor_id, a_claim(*changed(1, done_at="2026-03-09T00:00:00Z"), status="OrderCancelled"))
    assert [step["standing"] for step in read(house, insurer)["steps"]] == [None, "broken", "void"]


# Who is told, and who is not


def test_the_etag_moves_when_a_step_does_and_a_stale_one_is_refused(app: Flask, house: House) -> None:
    shop = Shop(app, house)
    shop.put(a_claim())
    tag = shop.get(f"{PATH}/K-1").headers["ETag"]
    assert shop.get(f"{PATH}/K-1").headers["ETag"] == tag
    shop.put(a_claim(*changed(1, done_at="2026-03-04T09:00:00Z")), key="k-2")
    assert shop.get(f"{PATH}/K-1").headers["ETag"] != tag
    headers = bearing(shop.token, **{"Idempotency-Key": "k-3", "If-Match": tag})
    answer = shop.client.put(f"{PATH}/K-1", json=a_claim(), headers=headers)
    assert (answer.status_code, answer.json["reason"]) == (412, "changed")


def test_one_order_is_told_with_steps_by_its_own_address_too(app: Flask, house: House) -> None:
    shop = Shop(app, house)
    headers = bearing(shop.token, **{"Idempotency-Key": "k-1"})
    answer = shop.client.put(f"{PATH}/K-1", json=a_claim(), headers=headers)
    assert (answer.status_code, answer.json["etag"]) == (201, shop.get(f"{PATH}/K-1").headers["ETag"])
    wrong = shop.client.put(f"{PATH}/K-1", json=a_claim(*STEPS[:2]), headers=headers | {"Idempotency-Key": "k-2"})
    assert (wrong.status_code, wrong.json["reason"], list(wrong.json["fields"])) == (422, "step-missing", ["steps"])


def test_the_description_of_the_api_has_steps_as_they_are_sent_and_answered(app: Flask) -> None:
    schemas = app.test_client().get("/api/v1/openapi.json").json["components"]["schemas"]
    assert schemas["OrderIn"]["properties"]["steps"]["maxItems"] == 40
    assert {"number", "name", "promised_at", "done_at"} == schemas["StepIn"]["properties"].keys()
    assert {"process", "steps"} <= schemas["Order"]["properties"].keys()


def test_steps_are_given_to_no_company_but_their_own_and_move_nothing_that_others_read(app: Flask, house: House) -> None:
    insurer = company(house, "Mutua del Cap")
    tell(house, insurer.vendor_id, a_claim(process="Qliphoth claim"))
    customer = found(house, insurer, "c", "ana@example.org")
    reader = shared_with(app, company(house, "Casa Lumen"), customer, CARE)
    before = reader.get()
    said = before.text
    assert before.json["orders"] and not any(word in said for word in ("Qliphoth", "steps", "Damage", "process"))
    tell(house, insurer.vendor_id, a_claim(*changed(1, done_at="2026-03-04T09:00:00Z")))
    after = reader.get()
    assert (after.text, after.headers["ETag"]) == (said, before.headers["ETag"])
    [order] = list_of(house, customer)
    with house.writing(customer) as unit:
        hide(unit, order_id=order.id)
    assert reader.get().json["orders"] == []
    assert own(app, insurer).get().json["orders"][0]["steps"][1]["done_at"] == "2026-03-04T09:00:00Z"


def test_news_of_a_step_are_told_to_nobody_else_and_news_of_a_line_beside_it_are(app: Flask, house: House, insurer: Program) -> None:
    client, reader = app.test_client(use_cookies=False), company(house, "Casa Lumen")
    tell(house, insurer.vendor_id, a_claim())
    customer = found(house, insurer, "c", "ana@example.org")
    consented(app, reader, customer, detail(house, CARE, ORDERS, ()))
    follower = Follower(client, reader)
    before = follower.cursor
    tell(house, insurer.vendor_id, a_claim(*changed(1, done_at="2026-03-04T09:00:00Z"), process="Claim"))
    assert (follower.news(), follower.cursor) == ([], before)
    tell(house, insurer.vendor_id, a_claim(*changed(1, done_at="2026-03-05T09:00:00Z"), status="OrderProblem"))
    assert follower.kinds() == ["order.changed"]


# Where an order goes, its steps go


def test_steps_go_with_their_order_to_whom_it_belongs_and_back_sealed_for_whoever_has_it(house: House) -> None:
    shop, ana = known_company(house), someone(house)
    source = prospect(house, shop.id)
    tell(house, shop.id, a_claim(customer="C-1"))
    kept = fold(house, ana, source)
    # Told while it is hers: sealed for her.
    tell(house, shop.id, a_claim(*changed(2, name="Paid out", promised_at="2026-03-20T00:00:00Z"), customer="C-1", process="Claim"))
    [order] = list_of(house, ana)
    assert order.process == "Claim"
    part(house, ana, kept)
    assert list_of(house, ana) == []
    with house.reading() as unit:
        [order] = own_orders(unit, shop.id).value["orders"]
        owners = {row for model in (Order, OrderStep, OrderStepPromise) for row in unit.connection.execute(select(model.customer_id)).scalars()}
    assert owners == {source.customer_id}
    assert (order["process"], [step["name"] for step in order["steps"]]) == ("Claim", ["Claim received", "Damage assessed", "Paid out"])
    assert [len(step["promises"]) for step in order["steps"]] == [0, 1, 2]


def test_of_whoever_is_erased_no_step_stays(house: House, insurer: Program) -> None:
    tell(house, insurer.vendor_id, a_claim())
    customer = found(house, insurer, "c", "ana@example.org")
    assert customer.customer_id is not None and customer.holder_id is not None
    with house.writing(customer) as unit:
        forget(unit, customer_id=customer.customer_id, holder_id=customer.holder_id)
    assert rows(house, Order) == rows(house, OrderStep) == rows(house, OrderStepPromise) == 0
