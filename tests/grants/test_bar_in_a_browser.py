"""Share and Don't share in a real browser: in reach on a telephone's screen, whatever stands above them."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from portal.kernel.house import House
from tests.browsing import LiveServer
from tests.grants.cast import person
from tests.grants.in_a_browser import asked_page

PHONE = {"width": 360, "height": 740}


def bar(page: Page) -> list[Locator]:
    """Both buttons."""
    return [page.get_by_role("button", name=name) for name in ("Share with Librería del Mar", "Don't share")]


def assert_whole(page: Page) -> None:
    """Both buttons are wholly on the screen, and nothing of the page's head covers them."""
    assert page.evaluate("window.scrollY") == 0
    for button in bar(page):
        expect(button).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_both_buttons_are_wholly_on_the_screen_however_much_is_said_above(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, script: bool
) -> None:
    with asked_page(app, house, live_server, browser, person(house), script=script) as page:
        page.set_viewport_size(PHONE)
        assert_whole(page)
        # Her name is required and empty: that is said at the head of the page, which grows by a long notice.
        bar(page)[0].click()
        expect(page.get_by_role("heading", name="Nothing is shared yet")).to_be_visible()
        page.evaluate("window.scrollTo(0, 0)")
        assert_whole(page)
        page.get_by_role("button", name="See what they will get").scroll_into_view_if_needed()
        for button in bar(page):
            expect(button).to_be_in_viewport(ratio=1)
