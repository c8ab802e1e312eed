"""A lost phone in a real browser: seven days begin, are stopped by their owner, begin again, and end; by phone and desktop, in both themes."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from portal.accounts import service
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.unit import SYSTEM
from tests import people
from tests.browsing import LiveServer
from tests.journeys.reader import ANA, SIZES, Reader, before
from tests.prove.sizes import in_turn


# What the browser and the page say to each other is the same over either database.
@pytest.mark.engines("sqlite")
@pytest.mark.slow
@pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES))
def test_who_has_lost_the_phone_waits_seven_days_is_told_and_gets_in(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    account_id = people.register(house, ANA, locale=locale)
    people.equip(house, ANA, account_id)
    with before(live_server, browser, locale, size) as reader:
        page = reader.page
        reader.open("/reset")
        reader.press("a[href='/sign-in/mailbox']")

        _gives_password(reader)
        reader.press("a[href='/sign-in/lost']")
        reader.press()
        assert page.url == f"{live_server.url}/sign-in/lost/sent"
        begin = reader.link("/account/recovery/")

        _gives_password(reader)
        reader.gives_paper()
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
        _gives_password(reader)
        assert page.url == f"{live_server.url}/account/factors"
        assert page.locator(".notice-done").count() == 1


def _gives_password(reader: Reader) -> None:
    """From the beginning, as far as a password leads."""
    reader.page.context.clear_cookies()
    reader.page.goto("/sign-in")
    reader.gives_password()
