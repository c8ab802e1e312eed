"""``/api/v1/demands``: what customers ask of a company, listed, told of in its feed, answered once, each look on record."""

import re
from datetime import timedelta
from html import unescape
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.words import EVENTS
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.links.reads import links_of
from portal.links.service import end
from portal.orders.demands.machine import CLAIM, NOT_MINE, RETURN, WITHDRAWAL
from portal.orders.demands.service import take_back
from portal.vendors.reads import vendor_of
from tests.grants.cast import person, signed_in
from tests.oauth.cast import bearing, own_token
from tests.orders.cast import an_order, company, line, own, tell
from tests.orders.shelf import Shelf
from tests.orders.test_pages import token_of
from tests.vendor_api.test_orders import entries
from tests.vendors.consoles import at_work


class Desk:
    """A company's program, and a customer who asks."""

    def __init__(self, app: Flask, house: House) -> None:
        self.shelf = Shelf(house, an_order("A/1", "c", line("Lamp", 1000, quantity=2)), an_order("2", "c"))
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.token = own_token(self.client, self.shelf.seller)
        self.keys = count(1)

    def get(self, path: str = "/api/v1/demands", **query: str) -> Any:
        """A read of the company's."""
        return self.client.get(path, query_string=query, headers=bearing(self.token))

    def answer(self, order: str, demand: str, key: str | None = None, **said: Any) -> Any:
        """An answer of the company's, under a key of its own where none is named."""
        headers = bearing(self.token, **{"Idempotency-Key": key or f"b-{next(self.keys)}"})
        return self.client.post(f"/api/v1/orders/{order}/demands/{demand}", json=said, headers=headers)


@pytest.fixture
def desk(app: Flask, house: House) -> Desk:
    """The desk on this engine."""
    return Desk(app, house)


def test_a_demand_is_listed_read_and_answered_once_and_each_look_is_on_record(desk: Desk, house: House) -> None:
    desk.shelf.ask("A/1", RETURN, 2)
    [one] = desk.get().json["demands"]
    assert (one["order"], one["kind"], one["state"], one["lines"]) == (
        *("A/1", "return", "requested"),
        [{"line": "1", "quantity": 2, "received": 0}],
    )
    assert (one["allowed_actions"], one["preview"]) == (["accept", "decline"], {"amount": 1000, "currency": "EUR"})
    assert desk.get(f"/api/v1/demands/{one['id']}").json == one
    assert len(entries(house, "demand.disclosed")) == 2
    first = desk.answer("A/1", one["id"], key="a-1", action="accept", words="Use the label.")
    assert first.json == {"id": one["id"], "state": "open", "allowed_actions": ["close", "receive"]}
    again = desk.answer("A/1", one["id"], key="a-1", action="accept", words="Use the label.")
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    refused = desk.answer("A/1", one["id"], key="a-2", action="accept")
    assert (refused.status_code, refused.json["reason"], refused.json["allowed_actions"]) == (409, "not-allowed", ["close", "receive"])
    assert desk.answer("A/1", one["id"], key="a-3", action="receive", received=[{"line": "1", "quantity": 2}]).status_code == 200
    assert desk.answer("A/1", one["id"], key="a-4", action="close", refund=1000).json["state"] == "closed"
    assert desk.get(waiting="true").json["demands"] == []


def test_what_is_not_there_or_not_right_is_said(app: Flask, house: House, desk: Desk) -> None:
    desk.shelf.ask("A/1", RETURN, 1)
    [one] = desk.get().json["demands"]
    assert desk.answer("2", one["id"], action="accept").status_code == 404
    assert desk.answer("A/1", "x", action="accept").status_code == 404
    assert desk.answer("A/1", one["id"], action="shrug").status_code == 422
    assert desk.answer("A/1", one["id"], action="accept", refund=-1).status_code == 422
    early = desk.answer("A/1", one["id"], action="accept", refund=500)
    assert (early.status_code, early.json["reason"]) == (422, "no-refund"), "what is paid back goes with the end of it"
    twice = [{"line": "1", "quantity": 1}] * 2
    assert desk.answer("A/1", one["id"], action="receive", received=twice).json["reason"] == "repeated-line"
    other = own(app, company(house, "Casa Lumen"))
    assert other.get("/api/v1/demands").json["demands"] == []
    assert other.get(f"/api/v1/demands/{one['id']}").status_code == 404


def test_pages_of_the_list_lose_and_repeat_nothing(desk: Desk) -> None:
    demand_id = desk.shelf.ask("A/1", RETURN, 1)
    desk.shelf.do(take_back, demand_id)
    desk.shelf.ask("A/1", CLAIM, 1, seen=1)
    desk.shelf.ask("2", RETURN)
    first = desk.get(limit="2").json
    rest = desk.get(limit="2", cursor=first["next"]).json
    assert [one["kind"] for one in (*first["demands"], *rest["demands"])] == ["return", "claim", "return"]
    assert rest["next"] is None


def test_each_thing_that_a_customer_does_is_an_event_of_the_feed_without_a_value(desk: Desk) -> None:
    demand_id = desk.shelf.ask("A/1", RETURN, 1)
    desk.shelf.do(take_back, demand_id)
    begun = desk.shelf.ask("A/1", WITHDRAWAL, 1)
    before = len(desk.get("/api/v1/changes").json["events"])
    desk.shelf.confirm(begun)
    desk.shelf.ask("2", NOT_MINE)
    events = desk.get("/api/v1/changes").json["events"]
    asked = [event for event in events if "demand_id" in event]
    assert [event["type"] for event in asked] == ["return.requested", "demand.canceled", "withdrawal.submitted", "order.disputed"]
    assert len(events) == before + 2, "what is only begun is no event"
    assert all(event.keys() == {"id", "type", "at", "sub", "demand_id"} for event in asked)
    assert desk.get(f"/api/v1/demands/{asked[2]['demand_id']}").json["kind"] == "withdrawal"


class Clerk:
    """Somebody of the company's in its console."""

    def __init__(self, app: Flask, house: House, desk: Desk) -> None:
        with house.reading() as unit:
            shop = vendor_of(unit, desk.shelf.seller.vendor_id)
        self.browser = at_work(app, house, shop, "clerk@far.example")
        self.queue = f"/console/{shop.slug}/asked"

    def opened(self, demand_id: bytes) -> str:
        """The page of one of them."""
        return str(self.browser.get(f"{self.queue}/{text_of(demand_id)}").text)

    def answer(self, demand_id: bytes, action: str, *, seen: int, **more: str) -> Any:
        """Presses a button of a page that was made when there were so many steps."""
        data = {"csrf_token": token_of(self.browser, self.queue), "action": action, "seen": str(seen), **more}
        return self.browser.post(f"{self.queue}/{text_of(demand_id)}", data=data)


@pytest.fixture
def clerk(app: Flask, house: House, desk: Desk) -> Clerk:
    """One clerk."""
    return Clerk(app, house, desk)


def test_staff_see_what_waits_and_a_customers_words_once_they_open_it_on_record(desk: Desk, clerk: Clerk, house: House) -> None:
    demand_id = desk.shelf.ask("2", CLAIM)
    waiting = clerk.browser.get(clerk.queue).text
    assert f"{clerk.queue}/{text_of(demand_id)}" in waiting and "Thing" not in waiting
    assert entries(house, "demand.disclosed") == []
    assert "Thing" in clerk.opened(demand_id) and "Say yes" in clerk.opened(demand_id)
    looks = entries(house, "demand.disclosed")
    assert [look.outcome for look in looks] == ["given", "given"]


def test_what_is_pressed_twice_in_the_console_is_done_once_and_words_that_were_not_sent_are_kept(desk: Desk, clerk: Clerk) -> None:
    demand_id = desk.shelf.ask("A/1", RETURN, 2)
    for _twice in range(2):
        assert clerk.answer(demand_id, "accept", seen=1, words="Use the label.").status_code == 303
    late = clerk.answer(demand_id, "decline", seen=1, words="Sorry, no.")
    assert late.status_code == 409 and "Sorry, no." in late.text
    other = clerk.answer(demand_id, "accept", seen=1, words="Bring it to us.")
    assert other.status_code == 409 and "Bring it to us." in other.text
    assert clerk.answer(demand_id, "receive", seen=2, **{"piece-1": "1"}).status_code == 303
    assert clerk.answer(demand_id, "receive", seen=2, **{"piece-1": "1"}).status_code == 409
    for wrong in ("2", "x", "-1", "1.5"):
        refused = clerk.answer(demand_id, "receive", seen=3, words="Here.", **{"piece-1": wrong})
        assert refused.status_code == 422 and "whole numbers" in refused.text and "Here." in refused.text
    assert clerk.answer(demand_id, "receive", seen=3, words="a" * 1001, **{"piece-1": "1"}).status_code == 422
    assert clerk.answer(demand_id, "shrug", seen=3).status_code == 400
    done = desk.shelf.demand(demand_id)
    assert (done.answer, done.pieces[0].received, len(done.steps)) == ("Use the label.", 1, 3)


def test_staff_say_what_they_pay_back_with_the_answer_that_ends_it(desk: Desk, clerk: Clerk) -> None:
    demand_id = desk.shelf.ask("A/1", RETURN, 2)
    assert "What you pay back" not in clerk.opened(demand_id)
    early = clerk.answer(demand_id, "accept", seen=1, refund="10.00")
    assert early.status_code == 422 and "What you pay back is said with" not in clerk.opened(demand_id)
    assert 'value="10.00"' in early.text and clerk.answer(demand_id, "accept", seen=1).status_code == 303
    assert "What you pay back" in clerk.opened(demand_id)
    for wrong, said in (("ten", "an amount such as"), ("1,2,3", "an amount such as"), ("10.01", "more than the order cost")):
        refused = clerk.answer(demand_id, "close", seen=2, refund=wrong)
        assert refused.status_code == 422 and said in refused.text and f'value="{wrong}"' in refused.text
    assert clerk.answer(demand_id, "close", seen=2, refund="9,50").status_code == 303
    assert (desk.shelf.demand(demand_id).state, desk.shelf.demand(demand_id).refund) == ("closed", 950)


def test_the_customer_is_told_of_each_answer_and_of_who_read_what_they_asked(
    app: Flask, desk: Desk, clerk: Clerk, house: House
) -> None:
    demand_id = desk.shelf.ask("A/1", RETURN, 2)
    clerk.opened(demand_id)
    clerk.answer(demand_id, "accept", seen=1)
    browser = signed_in(app, desk.shelf.customer)
    assert "There is news from Llibreria Far on what you asked about an order." in browser.get("/messages").text
    looked = browser.get("/activity").text
    assert "what you asked about an order" in looked


def test_whoever_is_told_no_or_nothing_finds_the_next_step_ready(app: Flask, desk: Desk, clerk: Clerk, house: House) -> None:
    refused, silent = desk.shelf.ask("A/1", CLAIM, 1), desk.shelf.ask("2", CLAIM)
    clerk.answer(refused, "decline", seen=1)
    browser = signed_in(app, desk.shelf.customer)
    assert "Complain about it" not in browser.get(f"/orders/demands/{text_of(silent)}").text
    with clock.moved(timedelta(hours=49)):
        for demand_id in (refused, silent):
            page = browser.get(f"/orders/demands/{text_of(demand_id)}").text
            [complain] = [part.partition('"')[0] for part in page.split('href="') if part.startswith("/messages/conversations/new")]
            form = browser.get(unescape(complain)).text
            assert 'checked' in form.partition('value="complaint"')[0].rpartition("<input")[2], "what it is about is chosen already"
        assert "It gave no reason." in browser.get(f"/orders/demands/{text_of(refused)}").text
        token = token_of(browser, "/orders/demands")
        pressed = browser.post(f"/orders/demands/{text_of(silent)}/remind", data={"csrf_token": token})
        assert pressed.status_code == 303
        assert browser.post(f"/orders/demands/{text_of(silent)}/remind", data={"csrf_token": token}).status_code == 303
    assert [step.action for step in desk.shelf.demand(silent).steps] == ["ask", "remind"]


def test_other_companies_and_other_customers_find_nothing_of_it(app: Flask, desk: Desk, house: House) -> None:
    demand_id = desk.shelf.ask("A/1", RETURN, 2)
    order, place = desk.shelf.order("A/1"), text_of(demand_id)
    other = company(house, "Casa Lumen")
    with house.reading() as unit:
        shop = vendor_of(unit, other.vendor_id)
    clerk = at_work(app, house, shop, "clerk@lumen.example")
    assert "Nothing waits" in clerk.get(f"/console/{shop.slug}/asked").text
    assert clerk.get(f"/console/{shop.slug}/asked/{place}").status_code == 404
    data = {"csrf_token": token_of(clerk, f"/console/{shop.slug}/asked"), "action": "accept", "seen": "1"}
    assert clerk.post(f"/console/{shop.slug}/asked/{place}", data=data).status_code == 404
    stranger = signed_in(app, person(house, "joan@example.org"))
    pages = [f"/orders/demands/{place}", f"/orders/demands/{place}/confirm", f"/orders/demands/{place}/receipt.jwt"]
    for page in (*pages, f"/orders/{order.text}/ask/return"):
        assert stranger.get(page).status_code == 404, page
    token = token_of(stranger, "/orders/demands")
    posts = [f"/orders/demands/{place}/{verb}" for verb in ("confirm", "take-back", "remind")]
    for page in (*posts, f"/orders/{order.text}/ask/return"):
        form = {"csrf_token": token, "seen": "0", f"piece-{order.lines[0].text}": "1", "name": "Joan", "email": "j@example.org"}
        assert stranger.post(page, data=form).status_code == 404, page
    assert "Llibreria Far" not in stranger.get("/orders/demands").text
    assert len(desk.shelf.demand(demand_id).steps) == 1


def test_a_link_that_ended_leaves_the_company_what_it_has_still_to_answer(desk: Desk, house: House) -> None:
    done, waiting = desk.shelf.ask("A/1", RETURN, 2), desk.shelf.ask("2", CLAIM)
    desk.shelf.answer(done, "decline")
    with house.writing(desk.shelf.customer) as unit:
        [link] = links_of(unit, desk.shelf.customer.customer_id)
        end(unit, link_id=link.id)
    assert [one["kind"] for one in desk.get().json["demands"]] == ["claim"]
    desk.shelf.answer(waiting, "decline")
    assert desk.get().json["demands"] == []


def test_a_customer_asks_on_pages_in_as_few_steps_as_there_are(app: Flask, desk: Desk) -> None:
    browser, order = signed_in(app, desk.shelf.customer), desk.shelf.order("A/1")
    page = browser.get(f"/orders/{order.text}").text
    assert "Withdraw from contract here" in page and "It has come already." in page
    address = f"/orders/{order.text}/ask/return"
    piece = f"piece-{order.lines[0].text}"
    data = {"csrf_token": token_of(browser, address), "seen": "0", piece: "1", "words": "Too small."}
    first, again = browser.post(address, data=data), browser.post(address, data=data)
    assert first.status_code == again.status_code == 303 and first.location == again.location
    assert browser.post(address, data={**data, piece: "2"}).status_code == 409
    assert browser.post(address, data={**data, piece: "-1", "seen": "1"}).status_code == 422
    assert browser.post(address, data={**data, piece: "x", "seen": "1"}).status_code == 422
    assert browser.post(address, data={**data, piece: "0", "seen": "1"}).status_code == 422
    late = browser.post(address, data={**data, piece: "2", "seen": "1"})
    assert late.status_code == 409 and "Withdraw from contract here" in late.text
    shown = browser.get(first.location).text
    assert "Too small." in shown and "Price: €5.00." in shown
    begun = browser.post(f"/orders/{order.text}/ask/withdrawal", data={**data, "seen": "1"})
    assert begun.location.endswith("/confirm")
    confirming = browser.get(begun.location).text
    assert 'value="ana@example.org"' in confirming and "Confirm withdrawal" in confirming
    declared = {"csrf_token": data["csrf_token"], "seen": "1", "name": "Ana", "email": "ana@example.org"}
    assert browser.post(begun.location, data={**declared, "email": "nowhere"}).status_code == 422
    done = browser.post(begun.location, data=declared)
    assert browser.post(begun.location, data=declared).status_code == done.status_code == 303
    assert "Keep the signed receipt" in browser.get(done.location).text
    assert browser.get(f"{done.location}/receipt.jwt").text.count(".") == 2
    assert "Withdrawal from the contract" in browser.get("/orders/demands").text
    assert browser.get(f"/orders/{order.text}/ask/nonsense").status_code == 404


def test_all_is_chosen_where_all_is_given_up_and_nothing_where_one_of_several_things_is_meant(
    app: Flask, desk: Desk, house: House
) -> None:
    tell(house, desk.shelf.seller.vendor_id, an_order("3", "c", line("Lamp", quantity=2), line("Bulb")))
    browser, order = signed_in(app, desk.shelf.customer), desk.shelf.order("3")

    def chosen(number: str, kind: str) -> list[str]:
        page = browser.get(f"/orders/{desk.shelf.order(number).text}/ask/{kind}").text
        return re.findall(r'name="piece-[^>]* value="(\d+)"', page)

    assert (chosen("3", "withdrawal"), chosen("3", "claim"), chosen("2", "claim")) == (["2", "1"], ["0", "0"], ["1"])
    data = {"csrf_token": token_of(browser, "/orders/demands"), "seen": "0", "type": "refund", "reason": "other"}
    nothing = browser.post(f"/orders/{order.text}/ask/claim", data=data)
    assert nothing.status_code == 422 and "Choose at least one piece." in nothing.text


def test_the_log_has_a_word_for_such_events() -> None:
    assert "demand." in EVENTS
