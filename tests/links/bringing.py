"""A company that brings its customers, and what comes of it: through the API, the jobs and the pages, as it really goes."""

import re
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.jobs import run_due
from portal.kernel.mail import MailView, newest_mails
from portal.links import jobs
from portal.links.models import Invitation
from tests.oauth.cast import bearing, own_token
from tests.orders.cast import company
from tests.people import post

PATH = "/api/v1/invitations"


class Bringer:
    """A company's program that invites."""

    def __init__(self, app: Flask, house: House, name: str = "Llibreria Far") -> None:
        self.app, self.house = app, house
        self.program = company(house, name)
        self.client = app.test_client(use_cookies=False)
        self._token = (clock.now(), own_token(self.client, self.program))
        self._keys = 0

    @property
    def vendor_id(self) -> bytes:
        """Whose program it is."""
        return self.program.vendor_id

    @property
    def token(self) -> str:
        """A token of the company's own, a new one where the clock has gone on."""
        if clock.now() - self._token[0] > timedelta(minutes=2):
            self._token = (clock.now(), own_token(self.client, self.program))
        return self._token[1]

    def send(self, *items: Any, key: str | None = None) -> Any:
        """The whole answer to these invitations."""
        self._keys += 1
        headers = bearing(self.token, **{"Idempotency-Key": key or f"k-{self._keys}"})
        return self.client.post(PATH, json={"invitations": list(items)}, headers=headers)

    def invite(self, *items: Any, key: str | None = None) -> list[dict[str, Any]]:
        """What became of each."""
        answer = self.send(*items, key=key)
        assert answer.status_code == 200, answer.text
        return list(answer.json["results"])

    def states(self, *items: Any) -> list[str]:
        """The words for it."""
        return [one["state"] for one in self.invite(*items)]

    def get(self, **query: str) -> Any:
        """A page of the report."""
        return self.client.get(PATH, query_string=query, headers=bearing(self.token))

    def report(self, **query: str) -> dict[str, str]:
        """How each number stands, over all pages."""
        found: dict[str, str] = {}
        while True:
            answer = self.get(**query)
            assert answer.status_code == 200, answer.text
            found |= {one["number"]: one["state"] for one in answer.json["invitations"]}
            if answer.json["next"] is None:
                return found
            query["cursor"] = answer.json["next"]

    def withdraw(self, number: str) -> Any:
        """Takes one back."""
        return self.client.delete(f"{PATH}/{number}", headers=bearing(self.token))


def by_mail(number: str, email: str, **more: Any) -> dict[str, Any]:
    """An invitation that we are to mail."""
    return {"number": number, "email": email, "deliver": "mail", **more}


def press(browser: FlaskClient, path: str) -> TestResponse:
    """Presses a button that leads there, as somebody does who is on a page of ours."""
    return post(browser, path, "/")


def letters(house: House) -> list[MailView]:
    """The invitations that were mailed, once all that is due has been done; the oldest first."""
    run_due(house)
    for _ in jobs.send_invitations(house):
        pass
    with house.reading() as unit:
        found = [mail for mail in newest_mails(unit, 5_000) if "/invitations/" in mail.body]
    return sorted(found, key=lambda mail: mail.id)


def link_in(mail: MailView) -> str:
    """The path of the invitation that a letter brings."""
    found = re.search(r"^https?://\S+(/invitations/\S+)$", mail.body, re.M)
    assert found is not None, mail.body
    return found[1]


def count(house: House) -> int:
    """How many invitations there are."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(Invitation)).scalar_one()
