"""What a customer sees of named steps: at the head, on the timeline and in the list, in their language."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.kernel import clock, i18n
from portal.kernel.house import House
from portal.orders.demands.machine import CHANGE, REORDER
from tests.grants.cast import signed_in
from tests.oauth.cast import Program
from tests.orders.cast import an_order, found, line, list_of, outcomes, tell
from tests.orders.claims import STEPS, a_claim, changed
from tests.orders.shelf import Shelf


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
