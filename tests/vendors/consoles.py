"""Companies with staff, and their browsers before the console."""

from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.vendors.reads import VendorView
from portal.vendors.service import admit
from tests import people

OWNER = "olivia@shop.example"


def company(house: House, name: str = "Shop", mode: str = "live") -> VendorView:
    """A company that an operator let in."""
    with house.writing(SYSTEM) as unit:
        return admit(unit, name=name, mode=mode)


def staff(house: House, shop: VendorView, email: str = OWNER, rank: str = "owner") -> bytes:
    """Somebody who acts for it, with a second step."""
    return people.somebody(house, email, "staff", vendor_id=shop.id, rank=rank)


def at_work(app: Flask, house: House, shop: VendorView, email: str = OWNER, rank: str = "owner") -> FlaskClient:
    """The same, signed in."""
    staff(house, shop, email, rank)
    client = app.test_client()
    people.sign_in(client, email)
    return client
