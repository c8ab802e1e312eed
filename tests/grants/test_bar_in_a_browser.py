"""Share and Don't share in a real browser: in reach on a telephone's screen, whatever stands above them."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from portal.kernel.house import House
from tests.browsing import LiveServer
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, person
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


FOCUS = "scrollTo(0, 0); document.activeElement.blur(); document.getElementById('wrong').focus()"
UNDER_THE_BAR = """() => {
  const end = document.getElementById('wrong').getBoundingClientRect().bottom;
  return Math.round(end - document.querySelector('.action-bar').getBoundingClientRect().top);
}"""


def test_what_a_refused_press_says_stands_clear_of_the_bar_once_it_is_led_to(
    app: Flask, house: House, make_server: Callable[..., LiveServer], browser: Browser
) -> None:
    ana, vendor = person(house), company(house)
    items = ("profile.name", "profile.email")
    request = asked(house, vendor, ana, *(detail(house, purpose, items) for purpose in (DELIVERY, CARE)))
    # The banner of a demonstration stands above, as it did where the notice was found under the bar.
    server = make_server(house, FREEHOLD_DEMO="true")
    with asked_page(app, house, server, browser, ana, script=True, request=request) as page:
        page.emulate_media(reduced_motion="reduce")
        page.set_viewport_size(PHONE)
        # One reason lacks what it requires, the other's is empty: the notice says both, and is long.
        page.get_by_role("checkbox", name="Full name").last.uncheck()
        page.get_by_role("checkbox", name="E-mail address").last.check()
        bar(page)[0].click()
        expect(page.locator("#wrong")).to_be_focused()
        # A screen on which its last ten pixels are under the bar, until the page moves.
        page.set_viewport_size({"width": 360, "height": PHONE["height"] + page.evaluate(UNDER_THE_BAR) - 10})
        assert page.evaluate(UNDER_THE_BAR) == 10
        page.evaluate(FOCUS)
        assert page.evaluate(UNDER_THE_BAR) <= 0
        page.evaluate("scrollTo(0, 0); location.hash = 'wrong'")
        assert page.evaluate(UNDER_THE_BAR) <= 0
