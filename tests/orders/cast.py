"""Sellers, readers and their customers for the tests of orders; made through services, as real ones are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.links.reads import link_by_number
from portal.links.service import accept_invitation, invite
from portal.oauth.service import make_client
from portal.orders.reads import OrderView, orders_of
from portal.orders.service import Result, put_all
from portal.vendors import service as vendors
from tests.grants.cast import detail, person
from tests.oauth.cast import BACK, Program, connect, own_token

SUGGESTIONS = "https://w3id.org/dpv#ProvideProductRecommendations"
CARE = "https://w3id.org/dpv#CustomerCare"
ORDERS = ("orders.header", "orders.line", "orders.line.category")
DAY = timedelta(days=1)
_numbers = count(1)


def company(house: House, name: str) -> Program:
    """A company with a program, which may ask for orders for two purposes."""
    with house.writing(SYSTEM) as unit:
        made = vendors.admit(unit, name=name)
        for purpose in (SUGGESTIONS, CARE):
            vendors.allow_purpose(unit, vendor_id=made.id, purpose=purpose, datatypes=(*ORDERS, "profile.name"))
        return Program(made.id, *make_client(unit, made.id, name, redirect_uris=(BACK,)))


def line(name: str | None = None, amount: int | None = 1000, **more: Any) -> dict[str, Any]:
    """A line as a company sends it."""
    return {"name": name or f"Thing {next(_numbers)}", "amount": amount, **more}


def an_order(number: str, customer: str, *lines: dict[str, Any], day: int = 1, **more: Any) -> dict[str, Any]:
    """An order as a company sends it, delivered, placed on a day of March 2026."""
    order = {"number": number, "customer": customer, "status": "OrderDelivered", "currency": "EUR"}
    return {**order, "placed_at": f"2026-03-{day:02}T10:00:00Z", "lines": list(lines or (line(),)), **more}


def tell(house: House, vendor_id: bytes, *orders: dict[str, Any]) -> list[Result]:
    """The company tells orders; gives what became of each."""
    batches = put_all(house.reading, house.writing, vendor_id=vendor_id, orders=orders)
    return [result for batch in batches for result in batch]


def outcomes(results: Sequence[Result]) -> list[str]:
    """The words for what became of each; a refusal by its reason."""
    return [result.refusal.reason if result.refusal else result.outcome for result in results]


def found(house: House, seller: Program, number: str, email: str) -> Actor:
    """A new customer who took an invitation, and with it the orders told under ``number``."""
    customer = person(house, email)
    join(house, seller, number, customer)
    return customer


def join(house: House, seller: Program, number: str, customer: Actor) -> None:
    """A customer takes the invitation of one more company."""
    with house.writing(SYSTEM) as unit:
        link = link_by_number(unit, seller.vendor_id, number)
        assert link is not None
        secret = invite(unit, link_id=link.id)
    with house.writing(customer) as unit:
        assert customer.customer_id is not None
        accept_invitation(unit, secret=secret, customer_id=customer.customer_id)


def list_of(house: House, customer: Actor) -> list[OrderView]:
    """All of a customer's orders, as the customer sees them."""
    assert customer.customer_id is not None
    with house.reading(customer) as unit:
        return orders_of(unit, customer.customer_id, limit=1000)[0]


@dataclass(frozen=True)
class Reader:
    """A company that reads what customers share with it."""

    client: FlaskClient
    token: str

    def get(self, path: str = "/api/v1/orders", **query: str) -> Any:
        """What it is answered."""
        return self.client.get(path, query_string=query, headers={"Authorization": f"Bearer {self.token}"})

    def walk(self, **query: str) -> list[dict[str, Any]]:
        """All orders of a list, page by page."""
        seen: list[dict[str, Any]] = []
        while True:
            answer = self.get(**query)
            assert answer.status_code == 200, answer.text
            seen += answer.json["orders"]
            if answer.json["next"] is None:
                return seen
            query["cursor"] = answer.json["next"]


def own(app: Flask, program: Program) -> Reader:
    """The company with a token of its own."""
    client = app.test_client(use_cookies=False)
    return Reader(client, own_token(client, program))


def shared_with(app: Flask, reader: Program, customer: Actor, purpose: str = CARE, *datatypes: str) -> Reader:
    """The company with the token that this customer's permission gave it."""
    house: House = app.extensions["house"]
    asked = detail(house, purpose, datatypes or ORDERS, required=())
    token = connect(app, reader, customer, asked)["access_token"]
    return Reader(app.test_client(use_cookies=False), token)
