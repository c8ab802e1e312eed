"""The customer's own word: Gift and Hide, obeyed at once in others' reads and told to nobody."""

from typing import Any

import pytest
from flask import Flask

from portal.kernel.errors import NotFound
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import Actor
from portal.orders.reads import OrderView
from portal.orders.service import hide, mark_gift, show, unmark_gift
from tests.grants.cast import person
from tests.orders.cast import (
    CARE,
    SUGGESTIONS,
    Reader,
    an_order,
    company,
    found,
    line,
    list_of,
    own,
    shared_with,
    tell,
)


class Scene:
    """A seller, its customer, and a company with which the customer shares orders for two purposes."""

    def __init__(self, app: Flask, house: House) -> None:
        self.house = house
        self.seller = company(house, "Llibreria Far")
        self.reader = company(house, "Mercat Verd")
        tell(
            house,
            self.seller.vendor_id,
            an_order("1", "c", line("Lamp", 100, category="Home"), line("Toy", 250, category="Toys"), day=1),
            an_order("2", "c", line("Book", 700, status="OrderInTransit"), line("Pen", 50), day=2),
        )
        self.customer = found(house, self.seller, "c", "ana@example.org")
        self.care = shared_with(app, self.reader, self.customer, CARE)
        self.taste = shared_with(app, self.reader, self.customer, SUGGESTIONS)
        self.own = own(app, self.seller)

    def order(self, number: str) -> OrderView:
        """An order as its customer sees it."""
        return next(order for order in list_of(self.house, self.customer) if order.number == number)

    def do(self, verb: Any, number: str, place: int | None = None, actor: Actor | None = None) -> None:
        """Marks an order, or the line at a place of it."""
        order = self.order(number)
        line_id = None if place is None else order.lines[place].id
        with self.house.writing(actor or self.customer) as unit:
            verb(unit, order_id=order.id, line_id=line_id)


@pytest.fixture
def scene(app: Flask, house: House) -> Scene:
    """The scene on this engine."""
    return Scene(app, house)


def names(reader: Reader) -> list[list[str]]:
    """The names of the lines that a company reads, order by order."""
    return [[one["name"] for one in order["lines"]] for order in reader.walk()]


def test_a_hidden_line_is_gone_at_once_and_the_total_follows(scene: Scene) -> None:
    assert names(scene.care) == [["Book", "Pen"], ["Lamp", "Toy"]]
    scene.do(hide, "1", 1)
    assert names(scene.care) == [["Book", "Pen"], ["Lamp"]]
    assert scene.care.walk()[1]["total"] == {"amount": 100, "currency": "EUR"}
    scene.do(show, "1", 1)
    assert scene.care.walk()[1]["total"] == {"amount": 350, "currency": "EUR"}


def test_the_status_follows_the_lines_that_are_left(scene: Scene) -> None:
    assert scene.care.walk()[0]["status"] == "OrderInTransit"
    assert len(scene.care.walk(status="OrderInTransit")) == 1
    scene.do(hide, "2", 0)
    assert scene.care.walk()[0]["status"] == "OrderDelivered"
    assert scene.care.walk(status="OrderInTransit") == []
    assert len(scene.care.walk(status="OrderDelivered")) == 2


def test_an_order_without_a_line_to_show_is_not_there(scene: Scene) -> None:
    scene.do(hide, "2", 0)
    scene.do(hide, "2", 1)
    assert names(scene.care) == [["Lamp", "Toy"]]


def test_a_hidden_order_is_gone_and_comes_back_with_its_hidden_lines_still_hidden(scene: Scene) -> None:
    scene.do(hide, "1", 0)
    scene.do(hide, "1")
    assert names(scene.care) == [["Book", "Pen"]]
    scene.do(show, "1")
    assert names(scene.care) == [["Book", "Pen"], ["Toy"]]


def test_a_gift_tells_no_taste_and_stays_for_other_purposes(scene: Scene) -> None:
    scene.do(mark_gift, "1", 1)
    assert names(scene.taste) == [["Book", "Pen"], ["Lamp"]]
    assert scene.taste.walk()[1]["total"] == {"amount": 100, "currency": "EUR"}
    assert names(scene.care) == [["Book", "Pen"], ["Lamp", "Toy"]]
    scene.do(unmark_gift, "1", 1)
    assert names(scene.taste) == [["Book", "Pen"], ["Lamp", "Toy"]]


def test_the_seller_reads_the_same_bytes_whatever_the_customer_says(scene: Scene) -> None:
    before = [(scene.own.get(path).data, scene.own.get(path).headers["ETag"]) for path in _OWN]
    scene.do(hide, "1", 0)
    scene.do(hide, "2")
    scene.do(mark_gift, "1", 1)
    assert [(scene.own.get(path).data, scene.own.get(path).headers["ETag"]) for path in _OWN] == before


_OWN = ("/api/v1/orders", "/api/v1/orders/1", "/api/v1/orders/2")


def test_the_seller_finds_no_mark_by_reading_its_own_orders_under_a_permission(app: Flask, scene: Scene) -> None:
    reader = shared_with(app, scene.seller, scene.customer, SUGGESTIONS)
    before = reader.get().data
    scene.do(hide, "1", 0)
    scene.do(hide, "2")
    scene.do(mark_gift, "1", 1)
    assert reader.get().data == before


def test_what_is_done_already_is_not_done_or_noted_again(scene: Scene) -> None:
    order = scene.order("1")
    for verb in (hide, mark_gift):
        for expected in (1, 0):
            with scene.house.writing(scene.customer) as unit:
                verb(unit, order_id=order.id, line_id=order.lines[0].id)
                assert len(unit.facts) == expected


def test_nobody_marks_another_customers_orders(scene: Scene) -> None:
    other = person(scene.house, "joan@example.org")
    for verb in (hide, show, mark_gift, unmark_gift):
        with pytest.raises(NotFound):
            scene.do(verb, "1", 0, actor=other)
    with pytest.raises(NotFound):
        scene.do(hide, "1", actor=other)


def test_a_line_of_another_order_is_not_found(scene: Scene) -> None:
    one, two = scene.order("1"), scene.order("2")
    for line_id in (two.lines[0].id, new_id()):
        for verb in (hide, mark_gift):
            with pytest.raises(NotFound), scene.house.writing(scene.customer) as unit:
                verb(unit, order_id=one.id, line_id=line_id)


def test_each_permission_shows_its_own_fields_alone(app: Flask, scene: Scene) -> None:
    expected = {
        ("orders.header",): {"id", "sub", "seller", "status", "placed_at", "total"},
        ("orders.line",): {"id", "sub", "lines"},
        ("orders.line.category",): {"id", "sub", "lines"},
    }
    line_fields = {
        ("orders.line",): {"id", "name", "quantity", "unit_price", "amount", "status"},
        ("orders.line.category",): {"id", "category"},
    }
    for index, (datatypes, fields) in enumerate(expected.items()):
        reader = shared_with(app, company(scene.house, f"Shop {index}"), scene.customer, CARE, *datatypes)
        for order in reader.walk():
            assert set(order) == fields
            assert all(set(one) == line_fields[datatypes] for one in order.get("lines", ()))


def test_a_filter_cannot_tell_what_the_permission_does_not(app: Flask, scene: Scene) -> None:
    reader = shared_with(app, company(scene.house, "Casa Lumen"), scene.customer, CARE, "orders.line")
    for query in ({"status": "OrderDelivered"}, {"placed_from": "2026-03-02T00:00:00Z"}):
        answer = reader.get(**query)
        assert (answer.status_code, answer.json["reason"]) == (403, "not-granted")


def test_two_companies_know_the_same_order_by_different_ids(app: Flask, scene: Scene) -> None:
    other = shared_with(app, company(scene.house, "Casa Lumen"), scene.customer, CARE)
    ours = {order["id"] for order in scene.care.walk()} | {one["id"] for o in scene.care.walk() for one in o["lines"]}
    theirs = {order["id"] for order in other.walk()} | {one["id"] for o in other.walk() for one in o["lines"]}
    assert len(ours) == len(theirs) == 6
    assert not ours & theirs
