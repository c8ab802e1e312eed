"""News of orders in the feed: of those that are shared, and not a trace of what is hidden."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.orders.reads import OrderView
from portal.orders.service import hide, mark_gift, show, unmark_gift
from tests.events.following import Follower
from tests.grants.cast import detail
from tests.oauth.cast import Program, bearing, consented
from tests.orders.cast import CARE, ORDERS, SUGGESTIONS, an_order, company, found, line, list_of, tell


@pytest.fixture
def seller(house: House) -> Program:
    """Who tells orders."""
    return company(house, "Librería del Mar")


@pytest.fixture
def reader(house: House) -> Program:
    """Who is shown them."""
    return company(house, "Banca Transilvania")


@pytest.fixture
def ana(house: House, seller: Program) -> Actor:
    """A customer of the seller."""
    tell(house, seller.vendor_id, an_order("0", "7", day=1))
    return found(house, seller, "7", "ana@example.org")


def follow(app: Flask, house: House, client: FlaskClient, reader: Program, ana: Actor, purpose: str = CARE) -> Follower:
    """The reader is given the orders, and has asked for news."""
    consented(app, reader, ana, detail(house, purpose, ORDERS, ()))
    return Follower(client, reader)


def first_order(house: House, ana: Actor) -> OrderView:
    return next(order for order in list_of(house, ana) if order.number == "1")


def test_a_new_order_and_its_news_are_told_to_whoever_is_shown_it(
    app: Flask, house: House, client: FlaskClient, seller: Program, reader: Program, ana: Actor
) -> None:
    follower = follow(app, house, client, reader, ana)
    mine = Follower(client, seller)
    told = an_order("1", "7", line("Ulysses", 900, number="a"))
    tell(house, seller.vendor_id, told)
    (event,) = follower.news()
    assert event["type"] == "order.changed"
    read = client.get("/api/v1/orders", query_string={"purpose": CARE, "basis": "grant"}, headers=bearing(follower.token))
    assert event["order_id"] in [order["id"] for order in read.json["orders"]]
    tell(house, seller.vendor_id, told)
    assert follower.news() == []
    tell(house, seller.vendor_id, an_order("1", "7", line("Ulysses", 950, number="a")))
    assert [again["order_id"] for again in follower.news()] == [event["order_id"]]
    # What a company wrote itself is no news to it.
    assert mine.news() == []


def test_news_of_what_is_hidden_are_told_to_nobody(
    app: Flask, house: House, client: FlaskClient, seller: Program, reader: Program, ana: Actor
) -> None:
    tell(house, seller.vendor_id, an_order("1", "7", line("Ulysses", 900, number="a"), line("Emma", 800, number="b")))
    follower = follow(app, house, client, reader, ana)
    order = first_order(house, ana)
    emma = next(one for one in order.lines if one.name == "Emma")
    before = follower.cursor
    with house.writing(ana) as unit:
        hide(unit, order_id=order.id, line_id=emma.id)
    tell(house, seller.vendor_id, an_order("1", "7", line("Ulysses", 900, number="a"), line("Emma", 850, number="b")))
    assert follower.news() == []
    assert follower.cursor == before
    with house.writing(ana) as unit:
        hide(unit, order_id=order.id)
    tell(house, seller.vendor_id, an_order("1", "7", line("Ulysses", 950, number="a"), line("Emma", 850, number="b")))
    assert follower.news() == []
    with house.writing(ana) as unit:
        show(unit, order_id=order.id)
    assert {event["type"] for event in follower.news()} == {"order.changed"}


def test_a_gift_says_nothing_to_whoever_reads_for_tastes(
    app: Flask, house: House, client: FlaskClient, seller: Program, reader: Program, ana: Actor
) -> None:
    tell(house, seller.vendor_id, an_order("1", "7", line("Ulysses", 900, number="a")))
    follower = follow(app, house, client, reader, ana, SUGGESTIONS)
    order = first_order(house, ana)
    with house.writing(ana) as unit:
        mark_gift(unit, order_id=order.id, line_id=order.lines[0].id)
    tell(house, seller.vendor_id, an_order("1", "7", line("Ulysses", 950, number="a")))
    assert follower.news() == []
    with house.writing(ana) as unit:
        unmark_gift(unit, order_id=order.id, line_id=order.lines[0].id)
    assert [event["type"] for event in follower.news()] == ["order.changed", "order.changed"]
