"""What they would get, in a real browser: it never stands beside a choice that it does not show."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.links import service as links
from tests.browsing import LiveServer
from tests.grants.cast import CARE, asked, company, detail, person
from tests.grants.in_a_browser import asked_page
from tests.orders.cast import ORDERS, an_order, line, tell

PAST = "You have changed something since"
SAYS_WHICH = "Whatever you change now is not in it: press again."


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody whom a company asks."""
    return person(house, given_name="Ana", family_name="Vila")


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(
    request: pytest.FixtureRequest, app: Flask, house: House, live_server: LiveServer, browser: Browser, ana: Actor
) -> Iterator[Page]:
    """Her browser, on the page of a request, her address tried out."""
    with asked_page(app, house, live_server, browser, ana, script=request.param) as page:
        page.get_by_label("E-mail address").check()
        page.get_by_role("button", name="See what they will get").click()
        expect(shown(page)).to_contain_text("ana@example.org")
        yield page


def shown(page: Page) -> Locator:
    """The part of the page with what they would get."""
    return page.get_by_role("region", name="What they would get now")


def test_what_they_would_get_says_which_choice_it_shows(page: Page) -> None:
    expect(shown(page)).to_contain_text(SAYS_WHICH)
    expect(shown(page).get_by_text(PAST)).to_be_hidden()


def test_it_goes_as_soon_as_a_tick_changes_and_comes_back_with_it(
    request: pytest.FixtureRequest, page: Page
) -> None:
    script = "no-script" not in request.node.name
    page.get_by_label("E-mail address").uncheck()
    if script:
        expect(shown(page)).not_to_contain_text("ana@example.org", use_inner_text=True)
        expect(shown(page).get_by_text(PAST)).to_be_visible()
        page.get_by_label("E-mail address").check()
        expect(shown(page).get_by_text("ana@example.org").first).to_be_visible()
        page.get_by_label("E-mail address").uncheck()
    else:
        expect(shown(page)).to_contain_text(SAYS_WHICH)
    page.get_by_role("button", name="See what they will get").click()
    expect(shown(page).get_by_text("Ana Vila").first).to_be_visible()
    expect(shown(page)).not_to_contain_text("ana@example.org")


@pytest.mark.parametrize("change", ["end", "day", "written"])
def test_whatever_else_is_changed_makes_it_go(request: pytest.FixtureRequest, page: Page, change: str) -> None:
    if "no-script" in request.node.name:
        expect(shown(page)).to_contain_text(SAYS_WHICH)
        return
    if change == "end":
        page.get_by_role("radio", name="30 days").check()
    elif change == "day":
        page.get_by_role("radio", name="Until another day").check()
    else:
        page.get_by_text("Fill it in now").first.click()
        page.get_by_label("City or town").fill("Girona")
    expect(shown(page).get_by_text(PAST)).to_be_visible()
    expect(shown(page)).not_to_contain_text("Ana Vila", use_inner_text=True)


def test_another_word_on_earlier_orders_makes_it_go(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, ana: Actor
) -> None:
    vendor = company(house)
    with house.writing() as unit:
        links.prospect(unit, vendor_id=vendor.id, number="C-77", email="ana@example.org")
    tell(house, vendor.id, an_order("O-1", "C-77", line("Solaris")))
    request = asked(house, vendor, None, detail(house, CARE, ORDERS[2:], ()))
    with asked_page(app, house, live_server, browser, ana, script=True, request=request) as page:
        page.get_by_label("The kinds of things you order").check()
        page.get_by_role("radio", name="Yes, they are mine").check()
        page.get_by_role("button", name="See what they will get").click()
        expect(shown(page)).to_contain_text("1 order at all companies")
        page.get_by_role("radio", name="No", exact=True).check()
        expect(shown(page).get_by_text(PAST)).to_be_visible()
        expect(shown(page)).not_to_contain_text("1 order at all companies", use_inner_text=True)
        page.get_by_role("button", name="See what they will get").click()
        expect(shown(page)).to_contain_text("they get nothing of it: the kinds of things you order")
        expect(shown(page).get_by_text(PAST)).to_be_hidden()
