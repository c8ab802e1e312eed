"""Shipments: told by a company with what happens to them, added and never changed, and followed by their order's times."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.kernel.house import House
from portal.orders.models import Order, OrderPromise, Shipment, ShipmentEvent
from tests.oauth.cast import bearing
from tests.orders.cast import an_order, company, line, outcomes, own, tell
from tests.vendor_api.test_orders import Shop

SENT = {
    "number": "S-1",
    "carrier": "Correos",
    "tracking": "PQ4F6P0123",
    "tracking_url": "https://track.example/PQ4F6P0123",
    "lines": [{"line": "1", "quantity": 1}],
    "events": [{"kind": "handed-over", "at": "2026-03-02T09:00:00Z", "place": "Vic"}],
}


class Sender(Shop):
    """A company that sends what was ordered."""

    def ship(self, order: str = "A/1", key: str = "s-1", **changed: Any) -> Any:
        """Tells a shipment."""
        path, headers = f"/api/v1/orders/{order}/shipments", bearing(self.token, **{"Idempotency-Key": key})
        return self.client.post(path, json={**SENT, **changed}, headers=headers)


@pytest.fixture
def sender(app: Flask, house: House) -> Sender:
    """The company, with an order of two lines."""
    made = Sender(app, house)
    assert made.put(an_order("A/1", "c", line("Lamp", quantity=2), line("Bulb"), status="OrderProcessing")).status_code == 200
    return made


def times(house: House) -> Any:
    """When the order left and came, by its shipments."""
    with house.reading() as unit:
        return tuple(unit.connection.execute(select(Order.left_at, Order.came_at)).one())


def count(house: House, model: Any) -> int:
    """How many rows there are."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(model)).scalar_one()


def test_a_shipment_is_told_once_and_read_back_with_what_happened_to_it(sender: Sender) -> None:
    first, again = sender.ship(), sender.ship()
    assert (first.status_code, first.json) == (200, {"number": "S-1", "outcome": "created"})
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    assert sender.ship(key="s-2").json["outcome"] == "unchanged"
    [told] = sender.get("/api/v1/orders/A/1").json["shipments"]
    assert told == {**SENT, "events": [{"kind": "handed-over", "at": "2026-03-02T09:00:00Z", "place": "Vic"}]}


def test_one_key_for_two_orders_is_two_requests(sender: Sender) -> None:
    sender.put(an_order("A/2", "c"), key="k-2")
    assert sender.ship().status_code == 200
    assert sender.ship("A/2").json["reason"] == "key-reused"


def test_events_are_added_and_never_changed_and_what_is_left_out_stays(sender: Sender, house: House) -> None:
    sender.ship()
    later = [*SENT["events"], {"kind": "delivered", "at": "2026-03-04T17:00:00Z"}]
    assert sender.ship(key="s-2", events=later, tracking=None, carrier=None).json["outcome"] == "updated"
    [told] = sender.get("/api/v1/orders/A/1").json["shipments"]
    assert [event["kind"] for event in told["events"]] == ["handed-over", "delivered"]
    assert (told["tracking"], told["carrier"]) == ("PQ4F6P0123", "Correos")
    assert count(house, ShipmentEvent) == 2


def test_an_order_left_with_its_first_shipment_and_came_with_its_last(sender: Sender, house: House) -> None:
    sender.ship(events=[{"kind": "announced", "at": "2026-03-01T09:00:00Z"}])
    assert times(house) == (None, None)
    sender.ship(key="2", events=[{"kind": "in-transit", "at": "2026-03-02T09:00:00Z"}, {"kind": "delivered", "at": "2026-03-03T09:00:00Z"}])
    assert [time and time.day for time in times(house)] == [2, 3]
    sender.ship(key="3", number="S-2", events=[])
    assert [time and time.day for time in times(house)] == [2, None], "one of them has not come"
    sender.ship(key="4", number="S-2", events=[{"kind": "delivered", "at": "2026-03-05T09:00:00Z"}])
    assert [time and time.day for time in times(house)] == [2, 5]


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"lines": [{"line": "9", "quantity": 1}]}, 422, "unknown-line"),
        ({"lines": [{"line": "1", "quantity": 3}]}, 422, "more-than-bought"),
        ({"lines": [{"line": "1", "quantity": 1}, {"line": "1", "quantity": 1}]}, 422, "invalid"),
        ({"lines": [{"line": "1", "quantity": 0}]}, 422, "invalid"),
        ({"events": [{"kind": "lost-in-space", "at": "2026-03-02T09:00:00Z"}]}, 422, "invalid"),
        ({"events": [{"kind": "delivered", "at": "2199-03-02T09:00:00Z"}]}, 422, "invalid"),
        ({"tracking_url": "javascript:alert(1)"}, 422, "invalid"),
        ({"tracking_url": "http://track.example/1"}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_of_it_kept(
    sender: Sender, house: House, changed: dict[str, Any], status: int, reason: str
) -> None:
    answer = sender.ship(**changed)
    assert (answer.status_code, answer.json["reason"]) == (status, reason)
    assert count(house, Shipment) == count(house, ShipmentEvent) == 0


def test_another_companys_order_is_not_there(app: Flask, house: House, sender: Sender) -> None:
    other = company(house, "Casa Lumen")
    headers = {"Authorization": f"Bearer {own(app, other).token}", "Idempotency-Key": "1"}
    answer = app.test_client().post("/api/v1/orders/A/1/shipments", json=SENT, headers=headers)
    assert (answer.status_code, answer.json["reason"]) == (404, "not-found")


def test_whose_sale_it_is_and_by_which_way_it_came_are_told_and_read_back(sender: Sender) -> None:
    more = {"seller_of_record": "Taller Roca", "channel": "marketplace", "return_until": "2026-04-01T22:00:00Z"}
    sender.put(an_order("A/3", "c", **more), key="k-3")
    told = sender.get("/api/v1/orders/A/3").json
    assert {name: told[name] for name in more} == more


def test_a_first_promise_is_never_overwritten_and_later_ones_are_added(sender: Sender, house: House) -> None:
    days = ["2026-03-05", "2026-03-07", None, "2026-03-07", "2026-03-06"]
    for turn, day in enumerate(days):
        promised = None if day is None else f"{day}T00:00:00Z"
        sender.put(an_order("A/4", "c", line("Lamp"), promised_at=promised), key=f"p-{turn}")
    told = [one["promised_at"][:10] for one in sender.get("/api/v1/orders/A/4").json["promises"]]
    assert told == ["2026-03-05", "2026-03-07", "2026-03-06"]
    assert count(house, OrderPromise) == 3


def test_amounts_of_another_currency_are_refused_where_the_lines_stay(house: House) -> None:
    made = company(house, "Far")
    tell(house, made.vendor_id, an_order("1", "c", line("Lamp", 1000)))
    news = an_order("1", "c", currency="USD")
    del news["lines"]
    assert outcomes(tell(house, made.vendor_id, news)) == ["mixed-currencies"]
