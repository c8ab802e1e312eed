"""Pages of orders: what a customer reads there, and Gift and Hide as a browser without a script presses them."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal.kernel import i18n
from portal.kernel.house import House
from portal.kernel.ids import new_id, text_of
from portal.orders.models import Shipment, ShipmentEvent
from portal.orders.service import ship
from portal.orders.shipment_shapes import ShipmentIn
from tests.grants.cast import person, signed_in
from tests.orders.cast import CARE, Reader, an_order, company, found, join, line, list_of, shared_with, tell


class Shelf:
    """A customer with orders from two companies, and her browser."""

    def __init__(self, app: Flask, house: House) -> None:
        self.house = house
        seller, other = company(house, "Llibreria Far"), company(house, "Casa & Lumen")
        tell(
            house,
            seller.vendor_id,
            an_order("F-1", "c", line("Lamp & shade", 123450), line("Toy", 100, quantity=2), day=1),
            an_order("F-2", "c", line("Book", 700, category="Novel"), day=20, status="OrderInTransit"),
        )
        bare = {"number": "L-1", "customer": "d", "status": "OrderProblem", "placed_at": "2026-03-10T23:30:00Z"}
        tell(house, other.vendor_id, bare)
        self.customer = found(house, seller, "c", "ana@example.org")
        join(house, other, "d", self.customer)
        self.browser = signed_in(app, self.customer)
        self.seller, self.other = seller, other

    def order(self, number: str) -> Any:
        """An order as the customer sees it."""
        return next(order for order in list_of(self.house, self.customer) if order.number == number)

    def press(self, path: str, **fields: str) -> Any:
        """Sends the form of a page that leads there."""
        page = path.rpartition("/")[0]
        return self.browser.post(path, data={"csrf_token": token_of(self.browser, page), **fields})


def token_of(browser: FlaskClient, page: str) -> str:
    """The token in the forms of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert found is not None
    return found[1]


@pytest.fixture
def shelf(app: Flask, house: House) -> Shelf:
    """The shelf on this engine."""
    return Shelf(app, house)


def titles(page: str) -> list[str]:
    """The orders of a list page."""
    return re.findall(r'href="/orders/[\w-]{22}">([^<]+)<', page)


def test_the_list_shows_every_order_newest_first_with_status_and_sum(shelf: Shelf) -> None:
    page = shelf.browser.get("/orders").text
    assert titles(page) == [
        "Llibreria Far, order F-2",
        "Casa &amp; Lumen, order L-1",
        "Llibreria Far, order F-1",
    ]
    for words in ("On its way", "There is a problem", "Delivered", "€1,235.50", "Lamp &amp; shade; Toy"):
        assert words in page
    assert "2 orders, €1,242.50 in all; 1 order, without a price" in " ".join(page.split())


def test_the_list_is_narrowed_by_company_and_day(shelf: Shelf) -> None:
    company_id = text_of(shelf.other.vendor_id)
    assert len(titles(shelf.browser.get(f"/orders?company={company_id}").text)) == 1
    # Half past eleven in the evening UTC is the next day in Madrid.
    assert len(titles(shelf.browser.get("/orders?since=2026-03-11&until=2026-03-11").text)) == 1
    nothing = shelf.browser.get("/orders?since=2026-03-10&until=2026-03-10").text
    assert titles(nothing) == []
    assert "No order here" in nothing
    pair = nothing.partition('<div class="filters-pair">')[2].partition('<div class="actions">')[0]
    assert 'name="since"' in pair and 'name="until"' in pair, "beside each other, however wide the window is"


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-02-31", "company=someone", "since=9999-99-99"])
def test_a_filter_that_cannot_be_is_said_beside_its_field_and_narrows_nothing(shelf: Shelf, query: str) -> None:
    answer = shelf.browser.get(f"/orders?{query}")
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.text
    assert len(titles(answer.text)) == 3


def test_long_lists_come_in_pages_that_lose_and_repeat_nothing(shelf: Shelf) -> None:
    tell(shelf.house, shelf.seller.vendor_id, *(an_order(f"N-{n}", "c", day=1 + n % 28) for n in range(60)))
    path: str | None = "/orders"
    seen: list[str] = []
    while path:
        page = shelf.browser.get(path).text
        seen += titles(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert len(seen) == len(set(seen)) == 63
    assert shelf.browser.get("/orders?after=forged").status_code == 400


def test_an_order_shows_its_times_lines_and_choices_each_with_its_effect(shelf: Shelf) -> None:
    page = shelf.browser.get(f"/orders/{shelf.order('F-1').text}").text
    for words in (
        "Lamp &amp; shade",
        "2 pieces",
        "It was a gift (not my taste)",
        "Hide from companies",
        "From now on no company but Llibreria Far sees it, or that it was ever there.",
    ):
        assert words in page
    described = re.findall(r'aria-describedby="([^"]+)"', page)
    assert len(described) == len(set(described)) == 5
    assert all(f'id="{name}"' in page for name in described)


def test_a_gift_is_none_from_now_on_and_comes_back_once_it_is_shown(shelf: Shelf) -> None:
    order = shelf.order("F-1")
    address, line_text = f"/orders/{order.text}", order.lines[0].text
    shelf.press(f"{address}/gift", line=line_text)
    page = shelf.browser.get(address).text
    assert "Marked as a gift. From now on nobody takes it for your taste." in page
    assert "may see it again." in page
    for hidden in ({"line": line_text}, {}):
        shelf.press(f"{address}/hide", **hidden)
        page = shelf.browser.get(address).text
        assert "may see it again once you show it again." in page
        assert "may see it again." not in page
        shelf.press(f"{address}/hide", undo="1", **hidden)


def test_the_things_of_an_order_are_joined_in_one_way(house: House, shelf: Shelf) -> None:
    tell(house, shelf.seller.vendor_id, an_order("F-8", "c", line("Pen, blue"), line("Ink")))
    assert "Pen, blue; Ink" in shelf.browser.get("/orders").text
    tell(house, shelf.seller.vendor_id, an_order("F-7", "c", line("Cup"), line("Jug")))
    assert "Cup; Jug" in shelf.browser.get("/orders").text


def test_an_order_told_without_lines_says_so(shelf: Shelf) -> None:
    page = shelf.browser.get(f"/orders/{shelf.order('L-1').text}").text
    assert "Casa &amp; Lumen did not say what was in it." in page
    assert "Everything in this order" in page


def test_gift_and_hide_are_pressed_and_taken_back(app: Flask, shelf: Shelf) -> None:
    order = shelf.order("F-1")
    path, line_text = f"/orders/{order.text}", order.lines[0].text
    for verb, mark in (("gift", "is_gift"), ("hide", "is_hidden")):
        answer = shelf.press(f"{path}/{verb}", line=line_text)
        assert (answer.status_code, answer.location) == (303, f"{path}#line-{line_text}")
        assert getattr(shelf.order("F-1").lines[0], mark)
        shelf.press(f"{path}/{verb}", line=line_text, undo="1")
        assert not getattr(shelf.order("F-1").lines[0], mark)
    assert shelf.press(f"{path}/hide").location == f"{path}#whole"
    assert shelf.order("F-1").is_hidden
    assert "Hidden. No other company sees it now." in shelf.browser.get(path).text
    shelf.press(f"{path}/hide", undo="1")
    assert not shelf.order("F-1").is_hidden


def test_an_order_that_is_hidden_says_so_at_its_head_and_offers_no_second_hiding(shelf: Shelf) -> None:
    order = shelf.order("F-1")
    address = f"/orders/{order.text}"
    shelf.press(f"{address}/hide", line=order.lines[0].text)
    assert "Hidden in part" in shelf.browser.get(address).text.partition("<dl")[0]
    shelf.press(f"{address}/hide")
    page = shelf.browser.get(address).text
    assert "Hidden<" in page.partition("<dl")[0]
    assert "Hide from companies" not in page
    assert page.count("Hidden with the whole order.") == 1, "the toy; the lamp is hidden for itself"
    assert "see this again once you show the whole order" in page


def test_the_list_says_of_gifts_what_it_says_of_what_is_hidden(shelf: Shelf) -> None:
    order = shelf.order("F-1")
    for present, said in zip(order.lines, ("Gift in part<", "Gift<"), strict=True):
        assert said not in shelf.browser.get("/orders").text
        shelf.press(f"/orders/{order.text}/gift", line=present.text)
        assert shelf.browser.get("/orders").text.count(said) == 1


def test_an_order_that_is_called_delivered_stands_at_its_last_stage_though_nobody_told_the_day(shelf: Shelf) -> None:
    page = shelf.browser.get(f"/orders/{shelf.order('F-1').text}").text
    assert page.count('aria-current="step"') == 1
    assert 'class="stage-done" aria-current="step"><span class="stage-name">Delivered' in page


def test_what_was_promised_first_and_what_came_of_it_stand_at_the_head_and_in_the_timeline(house: House, shelf: Shelf) -> None:
    came = {"promised_at": "2026-03-05T00:00:00Z", "delivered_at": "2026-03-07T10:00:00Z"}
    tell(house, shelf.seller.vendor_id, an_order("F-9", "c", promised_at="2026-03-05T00:00:00Z"))
    tell(house, shelf.seller.vendor_id, an_order("F-9", "c", **came | {"promised_at": "2026-03-08T00:00:00Z"}))
    page = " ".join(shelf.browser.get(f"/orders/{shelf.order('F-9').text}").text.split())
    head, _, happened = page.partition('id="timeline"')
    first, later = (i18n.day(datetime(2026, 3, number, tzinfo=UTC)) for number in (5, 8))
    assert "Promise broken" in head and f"Later the company said {later}." in head
    assert f"Promised for {first}" in happened and f"Now promised for {later}; the first promise still counts" in happened
    kept = shelf.browser.get("/orders/promises").text
    assert "Came later, or not yet" in kept


def test_a_shipment_is_shown_with_its_carrier_and_what_happened_to_it_opened_for_the_customer_alone(house: House, shelf: Shelf) -> None:
    sent = {
        "number": "P-1",
        "carrier": "Correos",
        "tracking": "PQ4F6P0123",
        "tracking_url": "https://track.example/PQ4F6P0123",
        "lines": [{"line": "1", "quantity": 1}],
        "events": [{"kind": "out-for-delivery", "at": "2026-03-21T08:00:00Z", "place": "Vic"}],
    }
    with house.writing() as unit:
        ship(unit, vendor_id=shelf.seller.vendor_id, number="F-2", shipment=ShipmentIn.model_validate(sent))
    page = shelf.browser.get(f"/orders/{shelf.order('F-2').text}").text
    for words in ("Correos", "PQ4F6P0123", "Comes today", "Vic", "1 × <bdi>Book</bdi>", 'href="https://track.example/PQ4F6P0123"'):
        assert words in page
    with house.reading() as unit:
        rows = [*unit.connection.execute(select(Shipment.__table__)), *unit.connection.execute(select(ShipmentEvent.__table__))]
    assert b"PQ4F6P" not in repr(rows).encode() and "Vic" not in repr(rows)


def test_last_days_come_as_a_file_for_calendars_that_calendars_read(house: House, shelf: Shelf) -> None:
    days = {"return_until": "2026-04-01T21:00:00Z", "guarantee_until": "2029-03-01T22:30:00Z"}
    tell(house, shelf.seller.vendor_id, an_order("F-7", "c", **days))
    order = shelf.order("F-7")
    assert f'href="/orders/{order.text}/calendar.ics"' in shelf.browser.get(f"/orders/{order.text}").text
    answer = shelf.browser.get(f"/orders/{order.text}/calendar.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    entries = {str(one["summary"]): one.decoded("dtstart") for one in Calendar.from_ical(answer.data).walk("VEVENT")}
    assert entries == {
        "Last day to send back: Llibreria Far, order F-7": date(2026, 4, 1),
        "The guarantee ends: Llibreria Far, order F-7": date(2029, 3, 1),
    }
    assert shelf.browser.get(f"/orders/{shelf.order('F-1').text}/calendar.ics").status_code == 404


def test_the_list_is_narrowed_by_words_and_state(shelf: Shelf) -> None:
    assert titles(shelf.browser.get("/orders?q=lamp").text) == ["Llibreria Far, order F-1"]
    assert titles(shelf.browser.get("/orders?q=L-1").text) == ["Casa &amp; Lumen, order L-1"]
    assert titles(shelf.browser.get("/orders?state=OrderInTransit").text) == ["Llibreria Far, order F-2"]
    assert titles(shelf.browser.get("/orders?q=lamp&state=OrderInTransit").text) == []


def test_hide_pressed_on_the_page_is_obeyed_in_the_next_read(app: Flask, shelf: Shelf) -> None:
    reader: Reader = shared_with(app, company(shelf.house, "Mercat Verd"), shelf.customer, CARE)
    assert len(reader.walk()) == 3
    shelf.press(f"/orders/{shelf.order('F-2').text}/hide")
    assert len(reader.walk()) == 2


def test_an_order_lists_who_read_it_before_it_was_hidden(app: Flask, shelf: Shelf) -> None:
    path = f"/orders/{shelf.order('F-2').text}"
    assert "No company but Llibreria Far, which wrote it." in shelf.browser.get(path).text
    reader = shared_with(app, company(shelf.house, "Mercat Verd"), shelf.customer, CARE)
    reader.walk()
    shelf.press(f"{path}/hide")
    reader.walk()
    page = shelf.browser.get(path).text
    assert "Mercat Verd" in page
    [letter] = re.findall(r'href="(/activity/\d+/write\?order=[^"]+)"', page)
    assert shelf.browser.get(letter).status_code == 200
    other = shelf.order("L-1")
    tell(shelf.house, shelf.other.vendor_id, an_order("L-2", "d"))
    assert "Mercat Verd" in shelf.browser.get(f"/orders/{other.text}").text
    assert "Mercat Verd" not in shelf.browser.get(f"/orders/{shelf.order('L-2').text}").text


def test_a_press_without_the_forms_token_changes_nothing(shelf: Shelf) -> None:
    answer = shelf.browser.post(f"/orders/{shelf.order('F-1').text}/hide")
    assert answer.status_code == 400
    assert not shelf.order("F-1").is_hidden


def test_another_customers_order_is_not_there(app: Flask, shelf: Shelf) -> None:
    joan = signed_in(app, person(shelf.house, "joan@example.org"))
    order = shelf.order("F-1")
    assert joan.get(f"/orders/{order.text}").status_code == 404
    token = token_of(joan, "/orders")
    for verb in ("hide", "gift"):
        data = {"csrf_token": token, "line": order.lines[0].text}
        assert joan.post(f"/orders/{order.text}/{verb}", data=data).status_code == 404


@pytest.mark.parametrize("text", ["x", "%00", "a" * 300, pytest.param(text_of(new_id()), id="nobodys")])
def test_an_id_that_leads_nowhere_is_not_found(shelf: Shelf, text: str) -> None:
    path = f"/orders/{shelf.order('F-1').text}"
    assert shelf.browser.get(f"/orders/{text}").status_code == 404
    for verb in ("hide", "gift"):
        assert shelf.press(f"{path}/{verb}", line=text).status_code == 404
    assert shelf.press(f"{path}/gift").status_code == 404


def test_a_stranger_is_led_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/orders")
    assert (answer.status_code, "/sign-in" in answer.headers["Location"]) == (303, True)


def test_an_empty_list_says_what_to_do(app: Flask, house: House) -> None:
    page = signed_in(app, person(house)).get("/orders").text
    assert "No orders yet" in page
    assert 'href="/sharing"' in page


@pytest.mark.parametrize("locale", i18n.LOCALES)
def test_the_pages_speak_the_readers_language(shelf: Shelf, locale: str) -> None:
    token = token_of(shelf.browser, "/orders")
    shelf.browser.post("/language", data={"csrf_token": token, "locale": locale, "next": "/orders"})
    with i18n.use_locale(locale):
        hide_label, delivered = i18n.gettext("Hide from companies"), i18n.gettext("Delivered")
    assert delivered in shelf.browser.get("/orders").text
    page = shelf.browser.get(f"/orders/{shelf.order('F-1').text}").text
    assert page.count(hide_label) == 3
