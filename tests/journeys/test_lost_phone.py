"""A lost phone in a real browser: seven days begin, are stopped by their owner, begin again, and end; by phone and desktop, in both themes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from portal.accounts import service
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.unit import SYSTEM
from tests import people
from tests.browsing import LiveServer
from tests.journeys.looking import AXE, faults_of
from tests.prove.sizes import in_turn

ANA = "ana@example.org"
SIZES = {"phone": {"width": 360, "height": 780}, "desktop": {"width": 1440, "height": 900}}
SEND = "main form[method=post]:not(.one-button) button[type=submit]"


class Reader:
    """Somebody before a browser: what axe and the width of the window find wrong on any page they look at is kept."""

    def __init__(self, page: Page, house: House) -> None:
        self.page, self.house, self.faults = page, house, list[str]()

    def look(self) -> None:
        """Both themes of the page that is open."""
        self.faults += faults_of(self.page)

    def open(self, path: str) -> None:
        """Goes there, and looks."""
        self.page.goto(path)
        self.look()

    def press(self, button: str = SEND) -> None:
        """Presses a button or link, and looks at what comes."""
        with self.page.expect_navigation():
            self.page.click(button)
        self.look()

    def gives_password(self) -> None:
        """Signs in, as far as a password leads."""
        self.page.context.clear_cookies()
        self.page.goto("/sign-in")
        self.page.fill("[name=email]", ANA)
        self.page.fill("[name=password]", people.PASSWORD)
        self.press("form[action='/sign-in'] button[type=submit]")

    def link(self, part: str) -> str:
        """The link of a letter, once it is there: the server's own worker may be writing it."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            people.do_jobs(self.house)
            found = [people.link_in(mail) for mail in people.mails(self.house, ANA)]
            if links := [link for link in found if link.startswith(part)]:
                return links[0]
            time.sleep(0.2)
        raise AssertionError(f"no letter with {part}")


@pytest.fixture
def server(house: House, make_server: Callable[..., LiveServer]) -> LiveServer:
    return make_server(house)


@contextmanager
def _reader(server: LiveServer, browser: Browser, locale: str, size: str) -> Iterator[Reader]:
    context = browser.new_context(
        base_url=server.url, locale=locale, reduced_motion="reduce", viewport=SIZES[size]
    )
    context.set_default_timeout(60_000)
    context.add_init_script(AXE)
    yield Reader(context.new_page(), server.house)
    context.close()


# What the browser and the page say to each other is the same over either database.
@pytest.mark.engines("sqlite")
@pytest.mark.slow
@pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES))
def test_who_has_lost_the_phone_waits_seven_days_is_told_and_gets_in(
    house: House, server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    account_id = people.register(house, ANA, locale=locale)
    codes = people.equip(house, ANA, account_id)
    with _reader(server, browser, locale, size) as reader:
        page = reader.page
        reader.open("/reset")
        reader.press("a[href='/sign-in/mailbox']")

        reader.gives_password()
        reader.press("a[href='/sign-in/lost']")
        reader.press()
        assert page.url == f"{server.url}/sign-in/lost/sent"
        begin = reader.link("/account/recovery/")

        reader.gives_password()
        page.goto("/sign-in/second?by=paper")
        page.fill("[name=code]", codes.pop())
        with page.expect_navigation():
            page.click("form:has([name=code]) button[type=submit]")
        reader.open(begin)
        reader.press()
        for path in ("/", "/account", "/account/factors", "/account/password/forgotten"):
            reader.open(path)
            assert page.locator("form[action='/account/recovery/stop']").count() == 1, path
        reader.open(reader.link("/account/recovery/stop/"))
        page.goto("/account")
        reader.press("form[action='/account/recovery/stop'] button")
        assert page.locator("form[action='/account/recovery/stop']").count() == 0
        reader.open(begin)
        assert page.locator("a[href='/sign-in']").count() == 1, "it worked once"

        with house.writing(SYSTEM) as unit:
            service.begin_recovery(unit, token=service.mail_lost_link(unit, account_id=account_id))
        for later in (timedelta(days=6), timedelta(days=7, minutes=5)):
            with clock.moved(later):
                people.do_jobs(house)
        reader.gives_password()
        assert page.url == f"{server.url}/account/factors"
        assert page.locator(".notice-done").count() == 1
        assert reader.faults == []
