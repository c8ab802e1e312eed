"""A customer follows an order to the door, and keeps a gift from telling their taste: four languages, both themes, two sizes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from portal.kernel import clock, i18n
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES
from portal.orders.service import ship
from portal.orders.shipment_shapes import ShipmentIn
from tests.browsing import LiveServer
from tests.journeys.counter import Counter
from tests.journeys.reader import SIZES, before
from tests.orders.cast import CARE, SUGGESTIONS, an_order, company, line, shared_with
from tests.prove.sizes import in_turn

# What the browser and the page say to each other is the same over either database.
pytestmark = [
    pytest.mark.engines("sqlite"),
    pytest.mark.slow,
    pytest.mark.parametrize(("locale", "size"), in_turn(LOCALES, SIZES)),
]


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _send(house: House, counter: Counter, number: str, now: datetime) -> None:
    sent = {
        "number": "P-1",
        "carrier": "Correos",
        "tracking": "PQ4F6P0123",
        "tracking_url": "https://track.example/PQ4F6P0123",
        "lines": [{"line": "1", "quantity": 1}],
        "events": [
            {"kind": "handed-over", "at": _told(now - timedelta(days=2)), "place": "Girona"},
            {"kind": "in-transit", "at": _told(now - timedelta(hours=5)), "place": "Vic"},
        ],
    }
    with house.writing() as unit:
        ship(unit, vendor_id=counter.vendor.id, number=number, shipment=ShipmentIn.model_validate(sent))


def test_somebody_follows_an_order_on_its_way_and_keeps_its_last_day(
    house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    now = clock.now()
    kept: dict[str, Any] = {
        "status": "OrderInTransit",
        "placed_at": _told(now - timedelta(days=3)),
        "promised_at": _told(now + timedelta(days=2)),
        "return_until": _told(now + timedelta(days=30)),
    }
    missed = {"placed_at": _told(now - timedelta(days=9)), "promised_at": _told(now - timedelta(days=4)), "status": "OrderInTransit"}
    way, late = an_order("F-2", "c", line("The heron atlas", 3200, quantity=2), **kept), an_order("F-1", "c", line("Lamp"), **missed)
    counter = Counter(house, locale, late, way)
    _send(house, counter, "F-2", now)
    order = counter.order("F-2")
    with before(live_server, browser, locale, size) as reader:
        reader.signs_in("/orders")
        reader.page.click("main details summary")
        reader.look()
        reader.page.fill("[name=q]", "heron")
        reader.page.select_option("[name=state]", "OrderInTransit")
        reader.press("form.filters button[type=submit]")
        expect(reader.main.locator("a[href^='/orders/']", has_text="F-")).to_have_count(1)
        reader.follow(f"/orders/{order.text}")
        for said in ("Correos", "PQ4F6P0123", "Vic", "Girona", "The heron atlas"):
            expect(reader.main).to_contain_text(said)
        expect(reader.main.locator(".stages [aria-current=step]")).to_have_count(1)
        with i18n.use_locale(locale):
            promised = reader.main.locator("dl.facts", has_text=i18n.day(now + timedelta(days=2)))
        expect(promised.locator(".badge-quiet")).to_have_count(1)
        assert reader.page.get_attribute("main a[href='https://track.example/PQ4F6P0123']", "rel") == "noreferrer noopener"
        days = reader.keep(f"main a[href='/orders/{order.text}/calendar.ics']")
        reader.follow("/orders")
        reader.follow(f"/orders/{counter.order('F-1').text}")
        expect(reader.main.locator("dl.facts .badge-wrong")).to_have_count(1)
    assert order.return_until is not None
    [entry] = Calendar.from_ical(days).walk("VEVENT")
    assert entry.decoded("dtstart") == order.return_until.astimezone(i18n.zone()).date()
    assert "F-2" in str(entry["summary"])


def test_a_gift_is_no_longer_read_by_whoever_recommends(
    app: Flask, house: House, live_server: LiveServer, browser: Browser, locale: str, size: str
) -> None:
    counter = Counter(house, locale, an_order("F-1", "c", line("Lamp", category="Home"), line("Toy", category="Toys")))
    other = company(house, "Mercat Verd")
    taste, care = (shared_with(app, other, counter.customer, purpose) for purpose in (SUGGESTIONS, CARE))

    def read(company: Any) -> list[str]:
        return [one["name"] for order in company.walk() for one in order["lines"]]

    assert read(taste) == read(care) == ["Lamp", "Toy"]
    toy = counter.order("F-1").lines[1]
    with before(live_server, browser, locale, size) as reader:
        reader.signs_in("/orders")
        reader.follow(f"/orders/{counter.order('F-1').text}")
        expect(reader.main.locator("#readers")).to_contain_text("Mercat Verd")
        gift = f"#line-{toy.text} form[action$='/gift']"
        reader.press(f"{gift} button")
        assert (read(taste), read(care)) == (["Lamp"], ["Lamp", "Toy"])
        expect(reader.main.locator(f"#line-{toy.text} .badge-brand")).to_have_count(1)
        reader.follow("/orders")
        expect(reader.main.locator("ul.rows .badge-brand")).to_have_count(1)
        reader.follow(f"/orders/{counter.order('F-1').text}")
        reader.press(f"{gift}:has([name=undo]) button")
        assert read(taste) == ["Lamp", "Toy"]
