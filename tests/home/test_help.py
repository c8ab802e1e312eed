"""The page of help: what people ask most, and the way to a company, which is offered once and takes no focus."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from portal.home.help import QUESTIONS
from portal.kernel import i18n
from portal.kernel.house import House
from tests import people
from tests.accounts.test_acting import Stage
from tests.browsing import LiveServer

OFFER = "You can also ask a company directly."
ASK = "/messages/conversations/new"


def test_every_question_stands_with_its_answer_and_leads_to_a_page_that_is_there(house: House, client: FlaskClient) -> None:
    people.register(house, "ana@example.org")
    people.sign_in(client, "ana@example.org")
    page = client.get("/help").text
    for question in QUESTIONS:
        assert str(question.asked) in page and f'href="{question.href}"' in page
        assert client.get(question.href).status_code == 200, question.href
    assert page.count(f'href="{ASK}"') == 2
    assert client.get(ASK).status_code == 200


def test_it_is_led_to_from_the_foot_of_every_page_in_every_language(client: FlaskClient) -> None:
    for locale in i18n.LOCALES:
        headers = {"Accept-Language": locale}
        with i18n.use_locale(locale):
            name, asked = i18n.gettext("Help"), i18n.gettext("Ask a company directly")
        assert f'<a href="/help">{name}</a>' in client.get("/", headers=headers).text
        assert asked in client.get("/help", headers=headers).text


def test_whoever_acts_for_another_is_shown_what_is_lent_alone(app: Flask, house: House) -> None:
    stage = Stage(house, app)
    stage.acts({"orders": "see"})
    page = stage.client.get("/help").text.partition("<main")[2]
    assert 'href="/orders"' in page
    for place in ("/sharing", "/data", "/messages", "/account"):
        assert f'href="{place}' not in page.partition("</main>")[0]
    people.post(stage.client, "/acting/stop", "/orders")
    stage.acts({"messages": "see"})
    assert ASK in stage.client.get("/help").text


@pytest.fixture
def helped(live_server: LiveServer, browser: Browser) -> Page:
    """The page in a browser whose clock we move."""
    page = browser.new_context(locale="en-GB", viewport={"width": 360, "height": 640}).new_page()
    # It stands still: what a busy machine takes is no time of the reader's.
    page.clock.install(time="2026-03-04T10:00:00Z")
    page.clock.pause_at("2026-03-04T10:00:01Z")
    page.goto(f"{live_server.url}/help")
    return page


def test_after_half_a_minute_without_action_the_way_to_a_company_is_offered_and_takes_no_focus(helped: Page) -> None:
    offer = helped.get_by_role("status").filter(has_text=OFFER)
    helped.get_by_text("Who sees my data?").focus()
    helped.clock.run_for(29_000)
    expect(offer).to_have_count(0)
    helped.keyboard.press("Tab")
    before = helped.evaluate("document.activeElement.textContent")
    helped.clock.run_for(29_000)
    expect(offer).to_have_count(0)
    helped.clock.run_for(2_000)
    expect(helped.get_by_text(OFFER)).to_be_visible()
    assert helped.evaluate("document.activeElement.textContent") == before
    assert helped.get_by_role("dialog").count() == 0
    assert helped.evaluate("document.documentElement.scrollWidth") <= 360
    expect(offer.get_by_role("link", name="Ask a company directly")).to_have_attribute("href", ASK)
    helped.context.close()


def test_who_sends_the_offer_away_is_not_asked_again(helped: Page) -> None:
    helped.clock.run_for(31_000)
    away = helped.get_by_role("button", name="No, thank you")
    away.click()
    expect(away).to_have_count(0)
    helped.clock.run_for(120_000)
    expect(helped.get_by_text(OFFER)).to_have_count(0)
    helped.reload()
    helped.clock.run_for(120_000)
    expect(helped.get_by_text(OFFER)).to_be_hidden()
    helped.context.close()


def test_without_a_script_the_same_link_stands_at_the_end(live_server: LiveServer, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/help")
    expect(page.get_by_role("link", name="Ask a company directly")).to_have_attribute("href", re.compile(ASK))
    expect(page.get_by_text(OFFER)).to_be_hidden()
    context.close()
