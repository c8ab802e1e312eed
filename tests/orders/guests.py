"""Somebody without an account who withdraws from a contract, as a browser without a script does it; and their company."""

import re
from email.message import EmailMessage
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.service import send_link
from portal.vendors.reads import VendorView, vendor_of
from tests import people
from tests.oauth.cast import Program
from tests.orders.cast import company

GUEST = "gina@example.org"
_TOKEN = re.compile(r"/withdrawals/([\w-]+)")
_SIGNED = re.compile(r"^eyJ[\w.-]+(?:\n[\w.-]+)*$", re.MULTILINE)


class Shop:
    """A company, and whoever comes to its public page."""

    def __init__(self, app: Flask, house: House, name: str = "Llibreria Far") -> None:
        self.app, self.house = app, house
        self.seller: Program = company(house, name)
        with house.reading() as unit:
            self.vendor: VendorView = vendor_of(unit, self.seller.vendor_id)

    def asks(self, email: str, browser: FlaskClient | None = None) -> Any:
        """Somebody writes an address on the company's page; gives the answer. A job does the rest."""
        return people.post(browser or self.app.test_client(), f"/withdraw/{self.vendor.slug}", email=email)

    def link(self, email: str = GUEST) -> str:
        """The token of a link that was mailed there."""
        with self.house.writing(SYSTEM) as unit:
            token = send_link(unit, company=text_of(self.vendor.id), email=email)
        assert token is not None
        return token

    def declares(self, token: str, number: str, words: str | None = None, **more: str) -> Any:
        """Both steps; gives the answer to the second."""
        browser, path = self.app.test_client(), f"/withdrawals/{token}"
        said = {"name": "Gina Roca", "number": number, "scope": "all" if words is None else "some", "words": words or "", **more}
        shown = people.post(browser, path, **said)
        assert shown.status_code == 200, shown.text
        assert "Confirm withdrawal" in shown.text
        return people.post(browser, f"{path}/confirm", page="/sign-in", **said)

    def declares_at_once(self, token: str, number: str) -> Any:
        """The second step alone, as whoever presses it again does."""
        said = {"name": "Gina Roca", "number": number, "scope": "all", "words": ""}
        return people.post(self.app.test_client(), f"/withdrawals/{token}/confirm", page="/sign-in", **said)

    def rows(self) -> list[Any]:
        """The table, as it stands."""
        with self.house.reading() as unit:
            return list(unit.connection.execute(select(GuestWithdrawal.__table__).order_by(GuestWithdrawal.id)))




def letters(house: House, to: str = GUEST) -> list[EmailMessage]:
    """What is in somebody's mailbox, the newest first."""
    people.do_jobs(house)
    return people.mails(house, to)


def token_in(letter: EmailMessage) -> str:
    """The token of the link in a letter."""
    found = _TOKEN.search(letter.get_content())
    assert found is not None
    return found[1]


def signed_in_letter(letter: EmailMessage) -> str:
    """The signed receipt in a letter, put together."""
    found = _SIGNED.search(letter.get_content().replace("\r\n", "\n"))
    assert found is not None, letter.get_content()
    return "".join(found[0].split())

