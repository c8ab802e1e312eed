"""A customer who shares with a company that listens, and how what it is told stands."""

from typing import Any

from flask import Flask

from portal.events.reads import DeliveryView, EndpointView, deliveries_of, endpoint_of
from portal.kernel.house import House
from portal.kernel.mail import MailView, newest_mails
from portal.kernel.unit import Actor
from tests.events.following import asks
from tests.grants.cast import DELIVERY
from tests.oauth.cast import Program, consented


def shares(app: Flask, shop: Program, who: Actor, *names: str) -> Any:
    """A customer's yes; gives the permission."""
    house: House = app.extensions["house"]
    return consented(app, shop, who, asks(house, DELIVERY, *(names or ("profile.name", "profile.phone"))))[1]


def standing(house: House, endpoint: EndpointView) -> list[DeliveryView]:
    """The deliveries of an endpoint, the oldest event first."""
    with house.reading() as unit:
        return sorted(deliveries_of(unit, endpoint.id), key=lambda one: one.idx or 0)


def states(house: House, endpoint: EndpointView) -> list[str]:
    """How they stand."""
    return [one.state for one in standing(house, endpoint)]


def letters(house: House, to: str) -> list[MailView]:
    """What was written to an address."""
    with house.reading() as unit:
        return [mail for mail in newest_mails(unit) if mail.to == to]


def now(house: House, endpoint: EndpointView) -> EndpointView:
    """The endpoint as it is now."""
    with house.reading() as unit:
        return endpoint_of(unit, endpoint.vendor_id, endpoint.id)
