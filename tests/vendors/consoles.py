"""Companies with staff, and their browsers before the console."""

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import service as accounts
from portal.kernel.house import House
from portal.kernel.mail import newest_mails
from portal.kernel.unit import SYSTEM
from portal.vendors.reads import VendorView
from portal.vendors.service import admit, invite_staff
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


def begin_sandbox(client: FlaskClient, slug: str) -> None:
    """Somebody of a company presses for its sandbox, so that the pages of it have people and letters to show."""
    page = f"/console/{slug}/sandbox"
    assert people.post(client, f"{page}/begin", page).status_code == 200


def asked_to_join(house: House, shop: VendorView, owner: bytes, email: str = "new@shop.example", rank: str = "agent") -> str:
    """Somebody is asked to act for it; gives the secret of the link that they got."""
    with house.writing(people.actor(house, owner, "staff")) as unit:
        invite_staff(unit, vendor=shop, email=email, rank=rank)
    # From the outbox: a worker that runs beside the test may be about to take it from there, or have done so.
    with house.reading() as unit:
        body = next(mail.body for mail in newest_mails(unit) if mail.to == email)
    return people.path_in(body).rpartition("/")[2]


def of_two(house: House, *, demonstration: bool = False) -> str:
    """Somebody who acts for two companies, and chooses each time; gives the address."""
    email = "both@shop.example"
    account_id = people.register(house, email, demonstration=demonstration)
    for name in ("Amber Lane", "Zinc Alley"):
        with house.writing(SYSTEM) as unit:
            shop = admit(unit, name=name)
            accounts.grant_role(unit, account_id=account_id, role="staff", vendor_id=shop.id, rank="owner")
    if not demonstration:
        people.equip(house, email, account_id)
    return email
