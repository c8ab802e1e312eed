"""The head of every page stands in one line, in every language, for five places and for six; what it heads fits, too."""

import pytest
from playwright.sync_api import Browser, Page

from portal.accounts.reads import account_by_email
from portal.app import create_app
from portal.kernel.i18n import LOCALES
from tests import people
from tests.grants.cast import signed_in
from tests.journeys.conftest import Portal

WIDTHS = (1440, 1280, 1024, 961)
NARROW = (360, 320)
_LINES = """() => {
  const middle = part => { const box = document.querySelector(part).getBoundingClientRect(); return box.top + box.height / 2; };
  return ['.brand', '.places ul', '.menu'].map(middle);
}"""
_TABLE_FITS = """() => {
  const table = document.querySelector('.table-frame');
  return table.scrollWidth <= table.clientWidth;
}"""
_TOO_WIDE = "() => document.documentElement.scrollWidth > innerWidth"


@pytest.mark.parametrize(("role", "number"), [("customers", 0), ("officers", 0)])
def test_name_places_and_menu_stand_in_one_line_in_every_language(
    portal: Portal, browser: Browser, role: str, number: int
) -> None:
    with browser.new_context(base_url=portal.url) as context:
        page = context.new_page()
        _sign_in(portal, page, portal.person(role, number)[0])
        for locale in LOCALES:
            page.goto("/promises")
            with page.expect_navigation():
                page.click(f"form[action='/language'] button[lang={locale}]")
            for width in (*WIDTHS, *NARROW):
                page.set_viewport_size({"width": width, "height": 800})
                name, places, menu = page.evaluate(_LINES)
                assert abs(name - menu) < 3, (locale, width)
                assert width in NARROW or abs(name - places) < 3, (locale, width)
                assert not page.evaluate(_TOO_WIDE), (locale, width)
        with page.expect_navigation():
            page.click("form[action='/language'] button[lang=en]")


def test_the_head_stands_at_one_place_above_pages_of_every_width(portal: Portal, browser: Browser) -> None:
    with browser.new_context(base_url=portal.url, viewport={"width": 1440, "height": 800}) as context:
        page = context.new_page()
        _sign_in(portal, page, portal.person("officers", 0)[0])
        places = set()
        for path in ("/promises", "/desk", "/desk/entries"):
            page.goto(path)
            places.add(page.evaluate("() => document.querySelector('.brand').getBoundingClientRect().left"))
        assert len(places) == 1, places


def test_a_long_address_does_not_widen_the_page_that_shows_it(portal: Portal, browser: Browser) -> None:
    with browser.new_context(base_url=portal.url, viewport={"width": 320, "height": 800}) as context:
        page = context.new_page()
        page.goto("/reset")
        page.fill("[name=email]", f"{'mireia' * 8}@example.net")
        with page.expect_navigation():
            page.click("main button[type=submit]")
        assert page.get_by_text("mireiamireia").is_visible()
        assert not page.evaluate(_TOO_WIDE)


def _sign_in(portal: Portal, page: Page, email: str) -> None:
    with portal.house.reading() as unit:
        account = account_by_email(unit, email)
    assert account is not None
    client = signed_in(create_app(portal.house), people.actor(portal.house, account))
    cookie = client.get_cookie("session")
    assert cookie is not None
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": portal.url}])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_desks_table_of_entries_fits_the_window_whatever_codes_stand_in_it(
    portal: Portal, browser: Browser, width: int
) -> None:
    with browser.new_context(base_url=portal.url, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        _sign_in(portal, page, portal.person("officers")[0])
        for path in ("/desk/entries", "/desk/entries?event=read.", "/desk/entries?event=grant.given"):
            page.goto(path)
            assert page.locator(".table-frame td").count()
            assert page.evaluate(_TABLE_FITS), path
