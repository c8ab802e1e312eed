"""Two browsers before one conversation: what one says stands before the other within two seconds, and nothing jumps."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.tickets.machine import CLOSE, PROGRESS, RESOLVE
from tests import people
from tests.browsing import LiveServer
from tests.grants.cast import signed_in
from tests.tickets.cast import Talk, talk
from tests.vendors.consoles import at_work

SOON = 2.0
"""Within so many seconds what was said is there."""


@contextmanager
def before(
    server: LiveServer, browser: Browser, client: FlaskClient, path: str, *, script: bool = True, **window: Any
) -> Iterator[Page]:
    """A page in the browser of whoever is signed in there."""
    context = browser.new_context(locale="en-GB", java_script_enabled=script, **window)
    context.set_default_timeout(60_000)
    secret = client.get_cookie("session")
    assert secret is not None
    context.add_cookies([{"name": "session", "value": secret.value, "url": server.url}])
    page = context.new_page()
    page.goto(f"{server.url}{path}")
    yield page
    context.close()


@pytest.fixture
def one(house: House) -> Talk:
    """A conversation under way."""
    one = talk(house)
    one.begin()
    return one


def asked_by(page: Page) -> list[str]:
    """What a page asks by itself from here on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/since?" in request.url else None)
    return asked


def test_what_one_says_stands_before_the_other_and_nothing_jumps(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, one: Talk, figure: Callable[..., float]
) -> None:
    mine = f"/messages/conversations/{text_of(one.id)}"
    theirs = f"/console/shop/conversations/{one.number}"
    staff = at_work(app, house, one.shop, "anna@shop.example", "agent")
    with (
        before(live_server, browser, signed_in(app, one.customer), mine) as customer,
        before(live_server, browser, staff, theirs) as agent,
    ):
        for page in (customer, agent):
            page.get_by_label("Your words").first.fill("Half a thou")
            expect(page.get_by_role("link", name="Look for new messages")).to_be_hidden()
        taken = []
        for turn, (who, page) in enumerate(((one.answers, customer), (one.says, agent)) * 2):
            action = PROGRESS if page is customer else "reply"
            began = time.monotonic()
            who(action, f"Word {turn}.")
            expect(page.get_by_text(f"Word {turn}.")).to_be_visible()
            taken.append(time.monotonic() - began)
            assert page.evaluate("document.activeElement.name") == "words", "the focus stays where it was"
            expect(page.get_by_label("Your words").first).to_have_value("Half a thou")
        figure("a message before the other, the slowest of four", max(taken), SOON, "s", better="lower")
        expect(customer.get_by_role("list").filter(has_text="Word 0.")).to_have_attribute("aria-live", "polite")
        expect(customer.get_by_text("Word 3.")).to_be_visible()
        # What was read here was seen: the close is not refused for what came in between.
        customer.get_by_role("button", name="It is settled: close it").click()
        expect(customer.get_by_role("status")).to_contain_text("Closed.")
        expect(agent.get_by_text("The customer closed it")).to_be_visible()
        expect(agent.locator("[data-live-state]")).to_have_text("Closed")
        expect(agent.get_by_text("other things can be done here")).to_be_visible()
        asked = asked_by(agent)
        agent.wait_for_timeout(4000)
        assert asked == [], "of what is closed nothing more is asked"


def test_who_signs_out_elsewhere_is_asked_for_no_more_and_finds_the_link(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, one: Talk
) -> None:
    client = signed_in(app, one.customer)
    with before(live_server, browser, client, f"/messages/conversations/{text_of(one.id)}") as page:
        link = page.get_by_role("link", name="Look for new messages")
        expect(link).to_be_hidden()
        people.post(client, "/sign-out", "/messages")
        expect(link).to_be_visible()
        asked = asked_by(page)
        page.wait_for_timeout(4000)
        assert asked == []
        link.click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_tab_that_nobody_looks_at_asks_seldom_and_at_once_when_somebody_does(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, one: Talk
) -> None:
    with before(live_server, browser, signed_in(app, one.customer), f"/messages/conversations/{text_of(one.id)}") as page:
        expect(page.get_by_role("link", name="Look for new messages")).to_be_hidden()
        page.evaluate("""() => {
            Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true});
            window.look = away => { window.away = away; document.dispatchEvent(new Event('visibilitychange')); };
            window.look(true);
        }""")
        page.wait_for_timeout(500)
        asked = asked_by(page)
        page.wait_for_timeout(5000)
        assert asked == []
        one.answers(RESOLVE, "Found while you were away.")
        page.evaluate("window.look(false)")
        expect(page.get_by_text("Found while you were away.")).to_be_visible()
        expect(page.get_by_text("other things can be done here")).to_be_visible()


def test_without_a_script_the_link_shows_what_is_new(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, one: Talk
) -> None:
    path = f"/messages/conversations/{text_of(one.id)}"
    with before(live_server, browser, signed_in(app, one.customer), path, script=False) as page:
        one.answers(PROGRESS, "Here.")
        page.get_by_role("link", name="Look for new messages").click()
        expect(page.get_by_text("Here.", exact=True)).to_be_visible()
        one.says(CLOSE)
