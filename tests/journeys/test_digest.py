"""The weekly mail in its reader's hands: it arrives, leads to who looked, and is turned off where it says; by phone and desktop."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from portal.app import create_app
from portal.customers.service import set_attribute
from portal.kernel import clock
from portal.kernel.house import House, use_house
from portal.kernel.i18n import LOCALES, gettext, use_locale
from portal.kernel.unit import Actor
from portal.messages import jobs
from tests import people
from tests.browsing import LiveServer
from tests.conftest import HouseMaker
from tests.journeys.looking import AXE
from tests.journeys.test_passkeys import SIZES, faults_of
from tests.kernel.test_mail import Inbox, server_of
from tests.messages.notices import watched
from tests.messages.test_mailed import chosen, wants
from tests.oauth.cast import Program, connect, profile, program, refresh
from tests.prove.sizes import in_turn

ANA = "ana@example.org"
_TODAY = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
MONDAY = _TODAY - timedelta(days=_TODAY.weekday() or 7)
"""The last Monday before today, after eight in every zone of Europe: the server has a clock of its own, and shows late weeks."""


@dataclass
class Week:
    """Ana, her grocer who looks, and the mail server that takes what is written to her."""

    house: House
    app: Flask
    inbox: Inbox
    ana: Actor
    shop: Program
    token: str = ""

    def looks(self, day: datetime) -> None:
        """The grocer looks on a day."""
        with clock.moved(day), use_house(self.house):
            client = self.app.test_client()
            got = refresh(client, self.shop, self.token).json if self.token else connect(self.app, self.shop, self.ana)
            self.token = got["refresh_token"]
            assert profile(client, got["access_token"]).status_code == 200
            watched(self.house)
            people.do_jobs(self.house)

    def is_told(self, day: datetime) -> list[EmailMessage]:
        """It is Monday, the worker tells of the week; gives the weekly mails so far."""
        with clock.moved(day), use_house(self.house):
            for _ in range(2):
                list(jobs.tell_weeks(self.house))
            people.do_jobs(self.house)
        taken: list[Any] = [message_from_bytes(one.content, policy=default) for one in self.inbox.taken]
        return [mail for mail in taken if mail["List-Unsubscribe"]]


@pytest.fixture
def week(make_house: HouseMaker, engine_name: str, locale: str) -> Iterator[Week]:
    """A week in which a company looked for the first time, on a house that sends by SMTP."""
    inbox = Inbox()
    with server_of(inbox) as port:
        mailing = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False, "mail_from": "post@freehold.example"}
        house = make_house(engine_name, **mailing)
        with clock.moved(MONDAY - timedelta(days=5)), use_house(house):
            ana = people.actor(house, people.register(house, ANA, locale=locale))
            with house.writing(ana) as unit:
                set_attribute(unit, customer_id=ana.customer_id or b"", path="profile.given_name", value="Ana")
            list(jobs.tell_weeks(house))
            made = Week(house, create_app(house), inbox, ana, program(house))
        made.looks(MONDAY - timedelta(days=5))
        yield made


def _words(message: str, locale: str) -> str:
    with use_locale(locale):
        return gettext(message)


def _links(mail: EmailMessage) -> list[str]:
    words = mail.get_content().split()
    return [urlsplit(word)._replace(scheme="", netloc="").geturl() for word in words if word.startswith("http")]


def _reader(browser: Browser, url: str, locale: str, size: str) -> BrowserContext:
    context = browser.new_context(
        base_url=url, locale=locale, reduced_motion="reduce", viewport=SIZES[size]
    )
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    return context


def _press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


# What the pages say is the same over either database.
@pytest.mark.engines("sqlite")
@pytest.mark.slow
@pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES))
def test_the_weekly_mail_is_read_leads_to_who_looked_and_is_turned_off(
    week: Week, make_server: Callable[..., LiveServer], browser: Browser, locale: str, size: str
) -> None:
    [mail] = week.is_told(MONDAY)
    assert (mail["To"], mail["Content-Language"]) == (ANA, locale)
    assert "Librería del Mar" in mail.get_content()
    look, who_looked, settings, stop = _links(mail)[:4]
    server = make_server(week.house)
    context = _reader(browser, server.url, locale, size)
    page = context.new_page()
    page.goto(who_looked)
    page.fill("[name=email]", ANA)
    page.fill("[name=password]", people.PASSWORD)
    with page.expect_navigation():
        page.click("form[action='/sign-in'] button[type=submit]")
    assert urlsplit(page.url)._replace(scheme="", netloc="").geturl() == who_looked
    assert "Librería del Mar" in page.locator("main").inner_text()
    faults = faults_of(page)
    page.goto(look)
    assert "Librería del Mar" in page.locator("main").inner_text()
    faults += faults_of(page)

    page.goto(settings)
    faults += faults_of(page)
    page.get_by_label(_words("Never", locale), exact=True).check()
    _press(page, _words("Keep my choice", locale))
    assert page.get_by_label(_words("Never", locale), exact=True).is_checked()
    faults += faults_of(page)
    assert chosen(week.house, week.ana)["week"] == "never"
    context.close()

    wants(week.house, week.ana, week="news")
    stranger = _reader(browser, server.url, locale, size)
    page = stranger.new_page()
    page.goto(stop)
    faults += faults_of(page)
    assert chosen(week.house, week.ana)["week"] == "news", "looking turns nothing off"
    _press(page, _words("No longer by mail", locale))
    faults += faults_of(page)
    assert chosen(week.house, week.ana)["week"] == "never"
    stranger.close()

    wants(week.house, week.ana, week="news")
    # What a mail program sends for its own button, without any cookie (RFC 8058).
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click = urlsplit(str(mail["List-Unsubscribe"]).strip("<>")).path
    answer = requests.post(server.url + one_click, data={"List-Unsubscribe": "One-Click"}, timeout=30)
    assert (answer.status_code, chosen(week.house, week.ana)["week"]) == (200, "never")
    assert faults == []
    server.stop()
    week.looks(MONDAY + timedelta(days=2))
    assert len(week.is_told(MONDAY + timedelta(days=7))) == 1
