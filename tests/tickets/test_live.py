"""A conversation that lies open asks by itself what is new: at the price of one look while nothing is."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.accounts.models import Session
from portal.audit.facts import DelegateLooked
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.log_queue import QueuedFact
from portal.kernel.unit import SYSTEM
from portal.links.service import block
from portal.tickets.facts import TicketsDisclosed
from portal.tickets.machine import ANSWER, CLOSE, GRACE, PROGRESS, RESOLVE
from portal.tickets.models import TicketEvent
from tests import people
from tests.accounts.test_acting import Stage
from tests.grants.cast import person, signed_in
from tests.oauth.cast import entries
from tests.tickets.cast import Talk, company, connected, talk
from tests.vendors.consoles import at_work

_ASKS = re.compile(r'data-live="([^"]+)"')


class Tab:
    """A page of a conversation that lies open, and what it asks by itself."""

    def __init__(self, browser: FlaskClient, path: str) -> None:
        self.browser = browser
        self.text = browser.get(path).text
        self.asks = self._asks()

    def _asks(self) -> str | None:
        found = _ASKS.search(self.text)
        return None if found is None else found[1].replace("&amp;", "&")

    def ask(self) -> Any:
        """Asks once, and from then on where the answer says."""
        assert self.asks is not None, "it asks no more"
        answer = self.browser.get(self.asks)
        if answer.status_code == 200:
            self.text = answer.text
            self.asks = self._asks()
        return answer


class Both:
    """A customer and somebody of the company, each before an open conversation."""

    def __init__(self, app: Flask, house: House) -> None:
        self.app, self.house = app, house
        self.talk: Talk = talk(house, "Shop")
        self.talk.begin("Where is my pomegranate?")
        self.path = f"/messages/conversations/{text_of(self.talk.id)}"
        self.case = f"/console/shop/conversations/{self.talk.number}"
        self.customer = signed_in(app, self.talk.customer)
        self.staff = at_work(app, house, self.talk.shop, "anna@shop.example", "agent")

    def tabs(self) -> tuple[Tab, Tab]:
        """Both open it."""
        return Tab(self.customer, self.path), Tab(self.staff, self.case)


@pytest.fixture
def both(app: Flask, house: House) -> Both:
    """The two on this engine."""
    return Both(app, house)


def spoiled(house: House) -> None:
    """Whatever was said cannot be opened any more: whoever tries breaks."""
    with house.engine.begin() as connection:
        connection.execute(update(TicketEvent).values(words=b"\x01" + bytes(60)))


def state_of(house: House) -> Any:
    """Sessions as they are kept, the facts that wait for the record, and how long that is."""
    with house.reading() as unit:
        sessions = unit.connection.execute(select(Session.__table__).order_by(Session.id)).all()
        waiting = unit.connection.execute(select(QueuedFact.__table__)).all()
    return sessions, waiting, len(entries(house))


def test_while_nothing_is_new_nothing_is_written_opened_or_put_on_record(both: Both) -> None:
    tabs = both.tabs()
    before = state_of(both.house)
    spoiled(both.house)
    with clock.moved(timedelta(minutes=5)):
        for tab in tabs:
            for _ in range(3):
                answer = tab.ask()
                assert (answer.status_code, answer.data) == (204, b"")
                assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
        assert state_of(both.house) == before


def test_what_came_since_comes_and_nothing_else_and_from_then_on_nothing(both: Both) -> None:
    customer, staff = both.tabs()
    both.talk.answers(PROGRESS, "We look for it.")
    both.talk.says("reply", "Thank you <b>all</b>.")
    for tab, name in ((customer, "Shop wrote, and goes on with it"), (staff, "Answered; it goes on")):
        answer = tab.ask()
        assert answer.status_code == 200
        assert answer.text.count("timeline-item") == 2 and name in answer.text
        assert "We look for it." in answer.text and "Thank you &lt;b&gt;all&lt;/b&gt;." in answer.text
        assert "pomegranate" not in answer.text, "it was there before"
        assert tab.ask().status_code == 204
    both.talk.answers(ANSWER, "Here it is.")
    assert "Waits for you" in customer.ask().text and "Waits for the customer" in staff.ask().text


def test_news_are_a_look_like_the_page_and_on_record_as_that_is(both: Both) -> None:
    _customer, staff = both.tabs()
    assert len(entries(both.house, TicketsDisclosed.EVENT)) == 1
    for words in ("One.", "Two."):
        both.talk.says("reply", words)
        assert words in staff.ask().text
        assert staff.ask().status_code == 204
    looks = entries(both.house, TicketsDisclosed.EVENT)
    assert len(looks) == 3
    assert {look["about"]["id"] for look in looks} == {text_of(both.talk.id)}
    assert {look["actor"]["kind"] for look in looks} == {"staff"}


def test_a_delegates_question_is_a_look_only_where_something_is_new(app: Flask, house: House) -> None:
    stage = Stage(house, app)
    one = Talk(house, company(house), stage.ana, SYSTEM)
    connected(house, one.shop, stage.ana)
    one.begin()
    acting = stage.acts({"messages": "see"})
    tab = Tab(stage.client, f"/messages/conversations/{text_of(one.id)}")
    looks = len(entries(house, DelegateLooked.EVENT))
    assert tab.ask().status_code == 204
    assert len(entries(house, DelegateLooked.EVENT)) == looks
    one.answers(PROGRESS, "We look for it.")
    assert tab.ask().status_code == 200
    assert len(entries(house, DelegateLooked.EVENT)) == looks + 1
    stage.ends(acting)
    answer = tab.ask()
    assert (answer.status_code, answer.data) == (401, b""), "what was lent is over, and the page is led nowhere"
    assert "You no longer act for anybody" in stage.client.get("/", follow_redirects=True).text


def test_the_journal_tells_of_news_and_not_that_there_were_none(both: Both, caplog: pytest.LogCaptureFixture) -> None:
    customer, _staff = both.tabs()
    caplog.set_level(logging.INFO, "portal.requests")
    for words, many in ((None, 0), ("We look for it.", 1)):
        if words:
            both.talk.answers(PROGRESS, words)
        customer.ask()
        told = [vars(record)["told"]["route"] for record in caplog.records if record.name == "portal.requests"]
        assert len([route for route in told if route.endswith("/since")]) == many


def test_a_page_that_lies_open_keeps_nobody_signed_in(both: Both) -> None:
    customer, staff = both.tabs()
    for minutes in range(0, 70, 10):
        with clock.moved(timedelta(minutes=minutes)):
            answer = staff.ask()
    assert (answer.status_code, answer.data) == (401, b""), "an hour without a press ends it"
    for days in range(0, 15):
        with clock.moved(timedelta(days=days)):
            answer = customer.ask()
    assert (answer.status_code, answer.data) == (401, b"")
    people.post(both.customer, "/sign-out", "/messages")
    assert both.customer.get(customer.asks or "").status_code == 401


def test_once_it_is_closed_nobody_asks_any_more(both: Both) -> None:
    customer, staff = both.tabs()
    both.talk.says(CLOSE)
    for tab in (customer, staff):
        asked = tab.asks
        assert tab.ask().status_code == 200
        assert tab.asks is None
        assert tab.browser.get(asked or "").status_code == 200, "who asks from where it stood still learns of it"
    assert Tab(both.customer, both.path).asks is None and Tab(both.staff, both.case).asks is None
    assert "Look for new messages" not in both.customer.get(both.path).text


def test_what_was_solved_is_over_with_its_grace_and_the_question_says_so(both: Both) -> None:
    both.talk.answers(RESOLVE, "Found.")
    tabs = both.tabs()
    with clock.moved(GRACE + timedelta(minutes=1)):
        tabs[0].browser = signed_in(both.app, both.talk.customer)
        answer = tabs[0].ask()
        assert (answer.status_code, answer.data) == (410, b"")


def test_the_place_is_of_this_conversation_and_nobody_asks_about_anothers(both: Both) -> None:
    customer, staff = both.tabs()
    place = (customer.asks or "").partition("?")[2]
    both.talk.begin("Another")
    other = f"/messages/conversations/{text_of(both.talk.id)}/since"
    assert both.customer.get(f"{other}?{place}").status_code == 400
    assert both.customer.get(other).status_code == 400
    assert both.customer.get(f"{other}?after=forged").status_code == 400
    joan = signed_in(both.app, person(both.house, "joan@example.org"))
    assert joan.get(customer.asks or "").status_code == 404
    bank = company(both.house, "Bank")
    away = at_work(both.app, both.house, bank, "bo@bank.example", "agent")
    assert away.get(staff.asks or "").status_code == 404
    assert away.get((staff.asks or "").replace("/shop/", "/bank/")).status_code == 404
    assert both.app.test_client().get(customer.asks or "").status_code == 401


def test_of_what_is_over_a_company_learns_no_more_once_it_was_blocked(both: Both) -> None:
    _customer, staff = both.tabs()
    both.talk.says(CLOSE)
    with both.house.writing(both.talk.customer) as unit:
        block(unit, link_id=both.talk.link().id)
    assert staff.ask().status_code == 404


def test_without_a_script_a_link_looks_for_what_is_new(both: Both) -> None:
    for browser, path in ((both.customer, both.path), (both.staff, both.case)):
        assert f'<a href="{path}">Look for new messages</a>' in browser.get(path).text
