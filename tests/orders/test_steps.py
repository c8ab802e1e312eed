"""Any process with named steps and promised times: a claim, an application, a repair, on the timeline of an order."""

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.customers.reads import customer_of
from portal.insights.reads import Kept, kept_for, promises_kept, sum_of
from portal.kernel import clock, i18n
from portal.kernel.house import House
from portal.links.reads import link_by_number
from portal.orders.demands.machine import CHANGE, REORDER
from portal.orders.models import Order, OrderStep, OrderStepPromise
from portal.orders.reads import steps_of
from portal.orders.service import hide
from portal.orders.service.erasing import forget
from portal.orders.shapes import Refusal, parse
from portal.orders.shared import own_orders
from portal.orders.steps import progress_of
from tests.customers.someone import company as known_company
from tests.customers.someone import someone
from tests.events.following import Follower
from tests.grants.cast import detail, signed_in
from tests.links.test_folding import fold, prospect
from tests.links.test_parting import part
from tests.oauth.cast import Program, bearing, consented
from tests.orders.cast import CARE, ORDERS, an_order, company, found, line, list_of, outcomes, own, shared_with, tell
from tests.orders.test_demands import Shelf
from tests.prove.sizes import size
from tests.vendor_api.test_orders import PATH, Shop

STEPS: list[dict[str, Any]] = [
    {"number": "1", "name": "Claim received", "done_at": "2026-03-01T12:00:00Z"},
    {"number": "2", "name": "Damage assessed", "promised_at": "2026-03-05T00:00:00Z"},
    {"number": "3", "name": "Payment", "promised_at": "2026-03-12T00:00:00Z"},
]


def a_claim(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A claim as an insurer tells it."""
    bare = {"number": "K-1", "customer": "c", "status": "OrderProcessing", "placed_at": "2026-03-01T10:00:00Z"}
    return {**bare, "process": "Insurance claim", "steps": list(steps or STEPS), **more}


def changed(at: int, **news: Any) -> list[dict[str, Any]]:
    """The steps with news of one of them; None takes a member out."""
    steps = [dict(step) for step in STEPS]
    steps[at] = {name: value for name, value in {**steps[at], **news}.items() if value is not None}
    return steps


@pytest.fixture
def insurer(house: House) -> Program:
    """The company that tells of a claim."""
    return company(house, "Mutua del Cap")


def read(house: House, program: Program) -> dict[str, Any]:
    """The one order, as its company reads it back."""
    with house.reading() as unit:
        [order] = own_orders(unit, program.vendor_id).value["orders"]
    return dict(order)


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


# What its customer sees


def page_of(app: Flask, house: House, insurer: Program, order: dict[str, Any]) -> str:
    """The customer's page of an order that is told now."""
    assert outcomes(tell(house, insurer.vendor_id, order)) == ["created"]
    customer = found(house, insurer, "c", "ana@example.org")
    [view] = list_of(house, customer)
    return " ".join(signed_in(app, customer).get(f"/orders/{view.text}").text.split())


def timeline_of(page: str) -> list[str]:
    """The lines of its timeline, from the top, without tags."""
    items = page.partition('id="timeline"')[2].partition("</ol>")[0].split("<li ")[1:]
    return [" ".join(re.sub(r"<[^>]+>", " ", f"<{item}").split()) for item in items]


def in_days(days: int) -> str:
    """A moment so many days from now."""
    return (clock.now() + timedelta(days=days)).isoformat()


def test_the_page_says_at_its_head_which_step_it_is_at_and_until_when_that_is_promised(
    app: Flask, house: House, insurer: Program
) -> None:
    ahead = changed(1, promised_at=in_days(3))
    page = page_of(app, house, insurer, a_claim(*ahead, process="Insurance <claim>"))
    day = i18n.day(clock.now() + timedelta(days=3))
    head = re.sub(r"<[^>]+>", "", page.partition('id="timeline"')[0])
    assert "Insurance &lt;claim&gt; K-1" in head and "Order K-1" not in head
    assert "Step 2 of 3: Damage assessed" in head and f"Promised by {day}" in head and "Under way" in head
    assert "<bdi>Damage assessed</bdi>" in page and "Late" not in head


def test_steps_stand_on_the_one_timeline_those_to_come_above_those_that_were(app: Flask, house: House, insurer: Program) -> None:
    steps = [STEPS[0], {**STEPS[1], "promised_at": in_days(3)}, {**STEPS[2], "promised_at": None}, {"number": "4", "name": "Archived"}]
    steps[2].pop("promised_at")
    lines = timeline_of(page_of(app, house, insurer, a_claim(*steps)))
    assert [line.split()[0] for line in lines[:2]] == ["After", "After"]
    assert ["Archived" in lines[0], "Payment" in lines[1], "Damage assessed" in lines[2]] == [True] * 3
    assert lines[2].startswith("Next ") and "Promised by" in lines[2]
    assert "Claim received" in lines[3] and "Begun" in lines[4], "the claim was received after it began"


def test_the_timeline_of_what_has_steps_comes_before_all_that_can_be_done_and_a_claim_is_called_no_gift(
    app: Flask, house: House, insurer: Program
) -> None:
    page = page_of(app, house, insurer, a_claim())
    assert page.index("Step 2 of 3") < page.index('id="timeline"') < page.index("What it is about") < page.index("Hide from companies")
    assert page.count('id="timeline"') == 1
    assert "It was a gift" not in page


def test_a_claim_is_neither_changed_before_it_is_sent_nor_ordered_again(house: House) -> None:
    bare = {name: value for name, value in a_claim().items() if name not in ("process", "steps")}
    shelf = Shelf(house, a_claim(), {**bare, "number": "K-2"})
    assert shelf.allowed("K-2") - shelf.allowed("K-1") == {CHANGE, REORDER}


def test_late_is_said_in_words_at_the_head_and_on_the_timeline(app: Flask, house: House, insurer: Program) -> None:
    page = page_of(app, house, insurer, a_claim())
    day = i18n.day(datetime(2026, 3, 5, tzinfo=UTC))
    assert page.count(f"It was promised by {day}, and is not done yet.") == 2
    assert "Late" in page.partition('id="timeline"')[0]


def test_a_kept_and_a_broken_promise_stand_beside_the_steps_that_are_done_with_a_day_that_was_put_off(
    app: Flask, house: House, insurer: Program
) -> None:
    tell(house, insurer.vendor_id, a_claim())
    steps = changed(1, done_at="2026-03-04T09:00:00Z")
    steps[2] |= {"promised_at": "2026-03-15T00:00:00Z", "done_at": "2026-03-14T09:00:00Z"}
    tell(house, insurer.vendor_id, a_claim(*steps, status="OrderDelivered"))
    customer = found(house, insurer, "c", "ana@example.org")
    [view] = list_of(house, customer)
    page = " ".join(signed_in(app, customer).get(f"/orders/{view.text}").text.split())
    paid, assessed, *_ = timeline_of(page)
    later = i18n.day(datetime(2026, 3, 15, tzinfo=UTC))
    assert "Promise broken" in paid and f"Later the company said {later}; the first promise still counts." in paid
    assert "Promise kept" in assessed
    assert "Every step is done." in page and "Completed" in page


def test_of_what_was_called_off_no_step_is_said_to_come(app: Flask, house: House, insurer: Program) -> None:
    page = page_of(app, house, insurer, a_claim(status="OrderCancelled"))
    assert "It ended with 1 of 3 steps done." in page and "Called off" in page
    assert len(timeline_of(page)) == 2


def test_the_list_calls_it_by_its_name_and_finds_it_by_that(app: Flask, house: House, insurer: Program) -> None:
    tell(house, insurer.vendor_id, a_claim(), an_order("F-1", "c", line("Lamp")))
    customer = found(house, insurer, "c", "ana@example.org")
    browser = signed_in(app, customer)
    assert "Mutua del Cap, <bdi>Insurance claim</bdi> K-1" in browser.get("/orders").text
    narrowed = browser.get("/orders?q=insurance").text
    assert "K-1" in narrowed and "F-1" not in narrowed


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_the_page_speaks_of_steps_in_the_readers_language(app: Flask, house: House, insurer: Program, locale: str) -> None:
    tell(house, insurer.vendor_id, a_claim())
    customer = found(house, insurer, "c", "ana@example.org")
    browser = signed_in(app, customer)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/orders").text)
    assert token is not None
    browser.post("/language", data={"csrf_token": token[1], "locale": locale, "next": "/orders"})
    [view] = list_of(house, customer)
    with i18n.use_locale(locale):
        said = i18n.gettext("Step %(at)s of %(all)s:", at="2", all="3")
    assert said in browser.get(f"/orders/{view.text}").text


# One figure for both sides

ZONE = ZoneInfo("Europe/Madrid")
HISTORIES = size(test=60, prove=10_000)
CUSTOMERS = 10
BEGAN = datetime(2026, 3, 20, tzinfo=UTC)
"""About the night on which clocks are put forward."""
STATUSES = ("OrderProcessing", "OrderDelivered", "OrderReturned", "OrderCancelled", "OrderProblem")


@dataclass
class History:
    """What was told of one process, telling by telling, as somebody slow and careful writes it down."""

    number: str
    customer: str
    placed: datetime
    status: str = ""
    # Of each step, by number: every day that was ever told, and when it is done as told last.
    days: dict[str, list[datetime]] = field(default_factory=dict)
    done: dict[str, datetime | None] = field(default_factory=dict)

    def standings(self, at: datetime) -> dict[str, str | None]:
        """How each step's first promise stands."""
        return {number: self._standing(number, at) for number in self.done}

    def _standing(self, number: str, at: datetime) -> str | None:
        if not self.days[number]:
            return None
        done, last_day = self.done[number], self.days[number][0].astimezone(ZONE).date()
        if done is None and self.status in ("OrderReturned", "OrderCancelled"):
            return "void"
        over = (at if done is None else done).astimezone(ZONE).date() > last_day
        return "broken" if over else "open" if done is None else "kept"

    def telling(self, chance: random.Random) -> dict[str, Any]:
        """The next thing that is told of it, written down as well."""
        self.status = chance.choice(STATUSES)
        order = {"number": self.number, "customer": self.customer, "status": self.status, "placed_at": self.placed.isoformat()}
        if self.done and chance.random() < 0.2:
            return order
        numbers = [*self.done, *(str(len(self.done) + n) for n in range(chance.randrange(0 if self.done else 1, 3)))]
        chance.shuffle(numbers)
        return order | {"steps": [self._step(chance, number) for number in numbers]}

    def _step(self, chance: random.Random, number: str) -> dict[str, Any]:
        def moment(chances: float) -> datetime | None:
            return self.placed + timedelta(minutes=chance.randrange(9 * 1440)) if chance.random() < chances else None

        promised, self.done[number] = moment(0.7), moment(0.5)
        if promised is not None and chance.random() < 0.3:
            promised += timedelta(days=18_000)
        self.days.setdefault(number, []).extend([promised] if promised else [])
        told = {"promised_at": promised, "done_at": self.done[number]}
        return {"number": number, "name": f"Step {number}"} | {name: at.isoformat() for name, at in told.items() if at}


def test_both_sides_the_api_and_a_slow_model_say_the_same_of_every_promise(house: House, insurer: Program) -> None:
    chance = random.Random(7)
    told = [
        History(f"o{n}", f"c{n % CUSTOMERS}", BEGAN + timedelta(minutes=chance.randrange(15 * 1440))) for n in range(HISTORIES)
    ]
    for _ in range(3):
        batch = [one.telling(chance) for one in told if not one.done or chance.random() < 0.7]
        for begin in range(0, len(batch), 500):
            assert set(outcomes(tell(house, insurer.vendor_id, *batch[begin : begin + 500]))) <= {"created", "updated", "unchanged"}
    with house.reading() as unit:
        model = {one.number: one.standings(unit.at) for one in told}
        assert _by_the_api(unit, insurer.vendor_id) == model
        customers = [link_by_number(unit, insurer.vendor_id, f"c{n}") for n in range(CUSTOMERS)]
        theirs = [link.customer_id for link in customers if link is not None]
        assert _on_their_pages(unit, theirs) == model
        wanted = Counter(standing for steps in model.values() for standing in steps.values())
        company_side = sum_of(promises_kept(unit, insurer.vendor_id, ZONE))
        customer_side = sum_of(kept.kept for one in theirs for kept in kept_for(unit, one, ZONE))
    figures = {"kept": wanted["kept"], "broken": wanted["broken"], "open": wanted["open"]}
    assert _figures(company_side) == _figures(customer_side) == figures
    assert min(figures.values()) > 0 and wanted["void"] > 0


def _figures(kept: Kept) -> dict[str, int]:
    return {"kept": kept.steps_kept, "broken": kept.steps_broken, "open": kept.steps_open}


def _by_the_api(unit: Any, vendor_id: bytes) -> dict[str, dict[str, str | None]]:
    said, cursor = {}, None
    while True:
        page = own_orders(unit, vendor_id, cursor=cursor).value
        said |= {order["number"]: {step["number"]: step["standing"] for step in order["steps"]} for order in page["orders"]}
        cursor = page["next"]
        if cursor is None:
            return said


def _on_their_pages(unit: Any, customers: list[bytes]) -> dict[str, dict[str, str | None]]:
    """As the page of each order has it."""
    found = {}
    for row in unit.connection.execute(select(Order.id, Order.number, Order.status, Order.customer_id)):
        assert row.customer_id in customers
        box = _box(unit, row.customer_id)
        steps = steps_of(unit, [row.id], lambda _customer, box=box: box)[row.id]
        progress = progress_of(steps, row.status, unit.at, ZONE)
        assert progress is not None
        found[row.number] = {step.number: stood.standing for step, stood in zip(steps, progress.steps, strict=True)}
    return found


def _box(unit: Any, customer_id: bytes) -> Any:
    return unit.box(customer_of(unit, customer_id).holder_id)
