"""The ends to choose from, in a real browser: a day is asked for only where a day is the answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal.grants import reads
from portal.kernel.house import House
from portal.kernel.unit import Actor
from tests.browsing import LiveServer
from tests.grants.cast import person
from tests.grants.in_a_browser import asked_page


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody whom a company asks."""
    return person(house, given_name="Ana")


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def page(
    request: pytest.FixtureRequest, app: Flask, house: House, live_server: LiveServer, browser: Browser, ana: Actor
) -> Iterator[Page]:
    """Her browser, on the page of the request."""
    with asked_page(app, house, live_server, browser, ana, script=request.param) as page:
        yield page


def ends(house: House, ana: Actor) -> list[str]:
    with house.reading(ana) as unit:
        return [grant.ends_at.date().isoformat() for grant in reads.grants_of(unit)]


def test_the_day_is_there_for_eye_keyboard_and_reader_only_once_it_is_the_answer(
    page: Page, house: House, ana: Actor
) -> None:
    day, other = page.get_by_label("The last day"), page.get_by_role("radio", name="Until another day")
    expect(day).to_be_hidden()
    assert page.get_by_role("group", name="Until when").get_by_role("textbox").count() == 0
    other.focus()
    page.keyboard.press("Space")
    expect(day).to_be_visible()
    page.keyboard.press("Tab")
    expect(day).to_be_focused()
    with house.reading() as unit:
        last = (unit.at + timedelta(days=30)).date()
    day.fill(last.isoformat())
    page.get_by_role("button", name="Share with").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Librería del Mar")
    assert ends(house, ana) == [last.isoformat()]


def test_a_day_left_behind_by_a_change_of_mind_never_counts_unseen(
    request: pytest.FixtureRequest, page: Page, house: House, ana: Actor
) -> None:
    day = page.get_by_label("The last day")
    page.get_by_role("radio", name="Until another day").check()
    with house.reading() as unit:
        day.fill(unit.at.date().isoformat())
    page.get_by_role("radio", name="as they ask").check()
    expect(day).to_be_hidden()
    page.get_by_role("button", name="Share with").click()
    if "no-script" in request.node.name:
        # Without script the day still came along: the page shows it, and asks which of the two is meant.
        expect(page.get_by_text("You chose another end.").last).to_be_visible()
        expect(day).to_be_visible()
        day.fill("")
        page.get_by_role("button", name="Share with").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Librería del Mar")
    (end,) = ends(house, ana)
    with house.reading() as unit:
        assert end > unit.at.date().isoformat()
