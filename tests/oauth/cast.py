"""Programs of companies, and the way from a request to tokens; made through the services and the real endpoints."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.audit.models import LogEntry
from portal.grants.choices import everything
from portal.grants.details import stored
from portal.grants.models import Grant
from portal.grants.reads import request_of
from portal.grants.service import ask, claim_request, give
from portal.kernel.house import House
from portal.kernel.unit import STRANGER, SYSTEM, Actor
from portal.oauth.engine import validate_authorization
from portal.oauth.service import issue_code, make_client, open_authorization
from tests.grants.cast import company, detail

BACK = "https://books.example/connected"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-43-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
STATE = "opaque state of the program"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Program:
    """A company's program with its secret."""

    vendor_id: bytes
    client_id: str
    secret: str

    @property
    def basic(self) -> dict[str, str]:
        """The header by which it proves itself."""
        return {"Authorization": "Basic " + base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()}


def program(house: House, name: str = "Librería del Mar", redirects: tuple[str, ...] = (BACK,)) -> Program:
    """A company with one program."""
    vendor = company(house, name)
    return program_of(house, vendor.id, name, redirects)


def program_of(house: House, vendor_id: bytes, name: str, redirects: tuple[str, ...] = (BACK,)) -> Program:
    """One more program of a company."""
    with house.writing(SYSTEM) as unit:
        return Program(vendor_id, *make_client(unit, vendor_id, name, redirect_uris=redirects))


def authorize_url(house: House, made: Program, *details: Mapping[str, Any], **changes: str | None) -> str:
    """The address that the program sends the browser to; ``None`` leaves a parameter out."""
    parameters = {
        "response_type": "code",
        "client_id": made.client_id,
        "redirect_uri": BACK,
        "state": STATE,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "authorization_details": json.dumps(list(details) or [detail(house)]),
        **changes,
    }
    return "/authorize?" + urlencode({name: value for name, value in parameters.items() if value is not None})


def answered(url: str) -> dict[str, str]:
    """The parameters that an address carries."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def yes(app: Flask, made: Program, customer: Actor, *details: Mapping[str, Any], **changes: str | None) -> str:
    """The customer says yes to all of it; gives the address that leads back to the program."""
    return consented(app, made, customer, *details, **changes)[0]


def consented(
    app: Flask, made: Program, customer: Actor, *details: Mapping[str, Any], **changes: str | None
) -> tuple[str, Grant]:
    """The same, with the permission."""
    return _consented(app, authorize_url(app.extensions["house"], made, *details, **changes), customer)


def consent_to(app: Flask, url: str, customer: Actor) -> str:
    """The customer says yes to whatever the address asks; gives the address that leads back."""
    return _consented(app, url, customer)[0]


def _consented(app: Flask, url: str, customer: Actor) -> tuple[str, Grant]:
    house: House = app.extensions["house"]
    with app.test_request_context(url) as context, house.reading() as unit:
        asked = validate_authorization(unit, context.request)
    with house.writing(STRANGER) as unit:
        request = ask(unit, vendor_id=asked.vendor_id, client_id=asked.client_id, details=asked.details)
        open_authorization(unit, asked, request.id)
    with house.writing(customer) as unit:
        claim_request(unit, request_id=request.id)
    with house.writing(customer) as unit:
        choices = everything(stored(request_of(unit, request.id).details))
        grant = give(unit, request_id=request.id, choices=choices)
        return issue_code(unit, request_id=request.id, grant=grant), grant


def redeem(client: FlaskClient, made: Program, code: str, **changes: str) -> TestResponse:
    """Sends a code to the token endpoint."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return client.post("/oauth/token", data={**form, **changes}, headers=made.basic)


def connect(app: Flask, made: Program, customer: Actor, *details: Mapping[str, Any], **changes: str | None) -> Any:
    """The whole way; gives the token answer."""
    back = yes(app, made, customer, *details, **changes)
    answer = redeem(app.test_client(), made, answered(back)["code"])
    assert answer.status_code == 200, answer.text
    return answer.json


def refresh(client: FlaskClient, made: Program, token: str, **more: str) -> TestResponse:
    """Sends a refresh token to the token endpoint."""
    return client.post(
        "/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token, **more}, headers=made.basic
    )


def own_token(client: FlaskClient, made: Program, scope: str | None = None) -> str:
    """A token of the company's own."""
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    answer = client.post("/oauth/token", data=form, headers=made.basic)
    assert answer.status_code == 200, answer.text
    token: str = answer.json["access_token"]
    return token


def bearing(token: str, **headers: str) -> dict[str, str]:
    """The headers of a request with a token."""
    return {"Authorization": f"Bearer {token}", **headers}


def profile(client: FlaskClient, token: str, **headers: str) -> TestResponse:
    """Reads the profile behind a token."""
    return client.get("/api/v1/profile", headers=bearing(token, **headers))


def active(client: FlaskClient, made: Program, token: str) -> bool:
    """What introspection says of a token."""
    answer = client.post("/oauth/introspect", data={"token": token}, headers=made.basic)
    assert answer.status_code == 200, answer.text
    return bool(answer.json["active"])


def entries(house: House, event: str | None = None) -> list[dict[str, Any]]:
    """What the log holds."""
    house.lead()
    with house.reading() as unit:
        bodies = unit.connection.execute(select(LogEntry.body).order_by(LogEntry.idx)).scalars().all()
    found = [json.loads(body) for body in bodies]
    return [entry for entry in found if event in (None, entry["event"])]
