"""A customer before a browser and companies with their programs: nothing here reaches behind a door."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.oauth.service import make_client
from portal.vendors.service import admit, allow_purpose
from tests.grants.cast import DELIVERY, SUGGESTIONS, detail, person, signed_in
from tests.oauth.cast import BACK, CHALLENGE, STATE, Program, answered, bearing, own_token, redeem, refresh
from tests.orders.cast import an_order, join, line
from tests.plain_browser import Browser, Pair

PROFILE = {
    "given_name": "Anastasia",
    "family_name": "Vila",
    "phone": "+34 612 345 678",
    "birth_date": "1986-04-12",
    "tastes": ["herons", "quays"],
    "address": {"street": "Carrer Nou 5", "postal_code": "17001", "city": "Girona", "country": "ES"},
}
PERSONAL = (b"Anastasia", b"Vila", b"ana@example.org", b"612345678", b"612 345 678", b"Carrer Nou", b"Girona", b"herons")
NAMES = (
    "profile.name",
    "profile.email",
    "profile.phone",
    "profile.address",
    "profile.birth_date",
    "profile.tastes",
    "orders.header",
    "orders.line",
    "orders.line.category",
)


class Inside:
    """Carries a browser's requests to the application, and stops where the way leads out of it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def fetch(self, method: str, address: str, sent: list[Pair]) -> tuple[str, int, str]:
        """One request, and wherever it leads."""
        query, form = (sent, None) if method.lower() == "get" else ([], _as_form(sent))
        for _ in range(8):
            answer = self.client.open(address, method=method.upper(), query_string=query or None, data=form)
            if answer.status_code not in (301, 302, 303, 307):
                return address, answer.status_code, answer.text
            method, query, form, address = "get", [], None, answer.headers["Location"]
            if urlsplit(address).netloc not in ("", "localhost"):
                return address, answer.status_code, ""
        raise AssertionError(f"no end of redirects at {address}")


def _as_form(sent: list[Pair]) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for name, value in sent:
        form.setdefault(name, []).append(value)
    return form


@dataclass
class Customer:
    """Somebody with a profile, signed in."""

    app: Flask
    actor: Actor
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = Browser(Inside(signed_in(self.app, self.actor)))

    def shares(self, company: "Company", *ticked: str, purpose: str = DELIVERY) -> "Company":
        """Says yes to the company's request, with these optional lines ticked."""
        page = self.browser.open(company.request(purpose))
        for label in ticked:
            page.tick(f"{label} optional")
        return company.take(page.press(f"Share with {company.name}").address)

    def stops(self, company: "Company") -> None:
        """One confirmed step."""
        self.at(company).follow("Stop sharing").press("Stop sharing")

    def at(self, company: "Company") -> Browser:
        """The page of what this company has."""
        return self.browser.open("/sharing").follow(f"See or change {company.name}")

    def preview(self, company: "Company") -> list[bytes]:
        """What the page says that the company would get, each answer as its bytes."""
        return technical(self.at(company).follow("See what they see now"))


def technical(page: Browser) -> list[bytes]:
    """The technical views of a page, without the line breaks that make them readable."""
    views = re.findall(r"<pre[^>]*>(.*?)</pre>", page.source, re.DOTALL)
    found = [json.loads(one) for view in views for one in unescape(view).split("\n\n")]
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() for one in found]


@dataclass
class Company:
    """A company and its program."""

    app: Flask
    name: str
    program: Program
    token: str = ""
    renewal: str = ""

    def __post_init__(self) -> None:
        self.http = self.app.test_client(use_cookies=False)

    @property
    def house(self) -> House:
        """Where it was let in."""
        house: House = self.app.extensions["house"]
        return house

    def request(self, purpose: str = DELIVERY) -> str:
        """The address to which it sends the browser, asking for all that it may: the name is required for delivery."""
        required = ("profile.name",) if purpose == DELIVERY else ()
        parameters = {
            "response_type": "code",
            "client_id": self.program.client_id,
            "redirect_uri": BACK,
            "state": STATE,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "authorization_details": json.dumps([detail(self.house, purpose, NAMES, required)]),
        }
        return "/authorize?" + urlencode(parameters)

    def take(self, back: str) -> "Company":
        """Takes the code that the browser brought back."""
        assert back.startswith(BACK), back
        return self._keep(redeem(self.http, self.program, answered(back)["code"]))

    def renew(self) -> TestResponse:
        """Asks for a fresh token, as its program does twice an hour."""
        answer = refresh(self.http, self.program, self.renewal)
        if answer.status_code == 200:
            self._keep(answer)
        return answer

    def _keep(self, answer: TestResponse) -> "Company":
        assert answer.status_code == 200, answer.text
        self.token, self.renewal = answer.json["access_token"], answer.json["refresh_token"]
        return self

    def read(self, path: str = "profile", *, etag: str | None = None, **query: str) -> TestResponse:
        """A read with the customer's token."""
        known = {"If-None-Match": etag} if etag else {}
        return self.http.get(f"/api/v1/{path}", query_string=query, headers=bearing(self.token, **known))

    def own_read(self, path: str, **query: str) -> TestResponse:
        """A read with a token of its own."""
        token = own_token(self.http, self.program)
        return self.http.get(f"/api/v1/{path}", query_string=query, headers=bearing(token))

    def tells(self, *orders: Mapping[str, Any]) -> None:
        """Tells the portal about orders."""
        token = own_token(self.http, self.program)
        headers = bearing(token, **{"Idempotency-Key": "-".join(str(order["number"]) for order in orders)})
        answer = self.http.post("/api/v1/orders", json={"orders": orders}, headers=headers)
        assert {one["outcome"] for one in answer.json["results"]} <= {"created", "updated"}, answer.text

    def sold(self, ana: Customer, number: str, name: str, amount: int = 1000) -> None:
        """An order of a customer's, found by an invitation where the two had nothing to do with each other yet."""
        self.tells(an_order(number, f"{self.name} 7", line(name, amount)))
        if f"order {number}" not in ana.browser.open("/orders").text:
            join(self.house, self.program, f"{self.name} 7", ana.actor)


def customer(app: Flask, email: str = "ana@example.org") -> Customer:
    """Somebody with a whole profile."""
    return Customer(app, person(app.extensions["house"], email, **PROFILE))


def company(app: Flask, name: str) -> Company:
    """A company that may ask for all there is, for delivery and for suggestions."""
    house: House = app.extensions["house"]
    with house.writing(SYSTEM) as unit:
        made = admit(unit, name=name, card={"country": "ES", "privacy_contact": "privacy@books.example"})
        for purpose in (DELIVERY, SUGGESTIONS):
            allow_purpose(unit, vendor_id=made.id, purpose=purpose, datatypes=NAMES, may_require=("profile.name",))
        program = Program(made.id, *make_client(unit, made.id, name, redirect_uris=(BACK,)))
    return Company(app, name, program)
