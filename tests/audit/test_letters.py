"""A letter to a company begins with what it is for, and quotes what the company needs to find it."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.links.reads import link_between, sub_of
from portal.vendors.service import set_card
from tests import people
from tests.audit.small_facts import CITY, EMAIL, NAME, Looked, disclose
from tests.audit.test_blocked_lines import Door
from tests.orders.cast import CARE, shared_with
from tests.orders.cast import company as selling
from tests.orders.test_pages import Shelf


@pytest.fixture
def door(app: Flask, house: House) -> Door:
    """Ana and a bookshop."""
    return Door(app, house)


@pytest.fixture
def shelf(app: Flask, house: House) -> Shelf:
    """A customer with orders from two companies."""
    return Shelf(app, house)


def begun(browser: FlaskClient, path: str) -> tuple[str, str]:
    """What stands in the letter already, and the words of the page."""
    page = browser.get(path).text
    found = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return unescape(found[1]).strip(), unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def mailed(house: House, to: str) -> str:
    people.do_jobs(house)
    (letter,) = [mail for mail in people.mails(house) if mail["To"] == to]
    return re.sub(r"\s+", " ", letter.get_content())


def reads(door: Door, *fields: str) -> None:
    assert disclose(door.house, Looked(holder=door.ana.holder_id, vendor=door.shop.id, asked=fields, given=fields))


def test_from_the_page_that_stops_a_letter_asks_to_delete_all_that_they_have_read(door: Door) -> None:
    grant = door.gives()
    for fields in ((NAME, CITY), (EMAIL,)):
        reads(door, *fields)
    door.page("/activity")
    page = door.browser.get(f"/sharing/grants/{text_of(grant.id)}/stop").text
    (path,) = re.findall(r'href="(/activity/\d+/write[^"]*)"', page)
    words, shown = begun(door.browser, unescape(path))
    assert words.startswith("Please delete what you have read about me through Freehold and still hold. It is listed below")
    assert "All that they have read City you live in, e-mail address and full name" in shown
    asks = f"/sharing/grants/{text_of(grant.id)}/stop"
    assert "You have not stopped anything yet." in shown
    assert f'href="{asks}"' in door.browser.get(unescape(path)).text
    sent = people.post(door.browser, unescape(path), message=words)
    assert (sent.status_code, sent.location) == (303, asks)
    letter = mailed(door.house, "privacy@books.example")
    assert words in letter
    assert "> All that they have read: City you live in, e-mail address and full name" in letter


@pytest.mark.parametrize("ended", [False, True])
def test_a_letter_carries_the_customers_number_at_the_company(door: Door, ended: bool) -> None:
    grant = door.gives()
    reads(door, NAME)
    line = door.knocks(grant)
    if ended:
        door.stops(grant)
    with door.house.reading(door.ana) as unit:
        assert door.ana.customer_id is not None
        link = link_between(unit, door.ana.customer_id, door.shop.id)
        assert link is not None
        number = sub_of(unit, link.id)
    assert f"Your number at this company {number}" in begun(door.browser, f"/activity/{line}/write")[1]
    people.post(door.browser, f"/activity/{line}/write", message="What did you want?")
    assert f"> Your number at this company: {number}" in mailed(door.house, "privacy@books.example")


def test_a_letter_about_a_line_is_begun_by_its_writer(door: Door) -> None:
    line = door.knocks(door.gives())
    assert begun(door.browser, f"/activity/{line}/write")[0] == ""


def test_from_an_order_a_letter_names_that_order_as_the_company_knows_it_and_tells_nothing_more(
    app: Flask, shelf: Shelf
) -> None:
    market = selling(shelf.house, "Mercat Verd")
    with shelf.house.writing(SYSTEM) as unit:
        set_card(unit, vendor_id=market.vendor_id, card={"privacy_contact": "privacy@market.example"})
    ids = {order["id"] for order in shared_with(app, market, shelf.customer, CARE).walk()}
    order = shelf.order("F-2")
    page = shelf.browser.get(f"/orders/{order.text}").text
    (path,) = re.findall(r'href="(/activity/\d+/write[^"]*)"', page)
    words, shown = begun(shelf.browser, unescape(path))
    assert words.startswith("Please delete what you have read through Freehold of the order that is named below")
    assert "It is about your order F-2 at Llibreria Far." in shown
    quoted = shown.split("What will be quoted")[1]
    assert sum(id_ in quoted for id_ in ids) == 1
    assert "F-2" not in quoted
    assert "Llibreria Far" not in quoted


def test_a_letter_names_no_order_that_the_company_has_not_read(app: Flask, shelf: Shelf) -> None:
    order = shelf.order("F-2")
    shelf.press(f"/orders/{order.text}/hide")
    reader = shared_with(app, selling(shelf.house, "Mercat Verd"), shelf.customer, CARE)
    reader.walk()
    page = shelf.browser.get(f"/orders/{shelf.order('F-1').text}").text
    (entry,) = re.findall(r'href="/activity/(\d+)/write', page)
    assert shelf.browser.get(f"/activity/{entry}/write?order={order.text}").status_code == 404
    assert shelf.browser.get(f"/activity/{entry}/write?order={'A' * 22}").status_code == 404


@pytest.mark.parametrize("locale", LOCALES)
def test_a_letter_that_is_begun_speaks_the_readers_language(door: Door, locale: str) -> None:
    door.gives()
    reads(door, NAME)
    line = re.findall(r'href="/activity/(\d+)"', door.browser.get("/activity").text)[0]
    people.post(door.browser, "/language", locale=locale)
    words, _shown = begun(door.browser, f"/activity/{line}/write?delete=all")
    begins = {"en": "Please delete", "ca": "Us demano que elimineu", "es": "Les pido que eliminen", "ro": "Vă rog să ștergeți"}
    assert words.startswith(begins[locale])


@pytest.mark.parametrize("back", ["/account", "//elsewhere.example/sharing/grants/a/stop", "https://elsewhere.example", "/sharing"])
def test_a_letter_leads_back_to_a_page_that_asks_before_something_ends_and_to_nothing_else(door: Door, back: str) -> None:
    line = door.knocks(door.gives())
    path = f"/activity/{line}/write?{urlencode({'back': back})}"
    page = door.browser.get(path).text
    assert f'href="/activity/{line}"' in page and "You have not stopped anything yet." not in page
    assert people.post(door.browser, path, message="What did you want?").location == f"/activity/{line}"
