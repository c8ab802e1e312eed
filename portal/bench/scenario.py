"""What is measured on: fifty customers with twelve sealed attributes each, all shared with one company."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask

from portal.bench.bringing import Bringing
from portal.bench.keyed import Keyed, build_keyed
from portal.bench.people import CUSTOMERS, Newcomers, connect, make_people, signed_in
from portal.bench.telling import Telling
from portal.customers.service import set_attribute
from portal.demo.cast import Ask, Company
from portal.demo.vendor import Program, details_of
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.unit import SYSTEM, Actor
from portal.oauth.scopes import CUSTOMERS_WRITE, GRANTS_READ, ORDERS_WRITE, PROFILE_READ
from portal.oauth.service import make_client
from portal.vendors.service import admit, allow_purpose

EVENTS = 500
WALKERS = 8
TWELVE: dict[str, Any] = {
    "profile.given_name": "Maria",
    "profile.family_name": "Soler Vidal",
    "profile.nickname": "Mia",
    "profile.birth_date": "1979-11-02",
    "profile.phone": "+34612345678",
    "profile.language": "ca",
    "profile.tastes": ["Walking", "Novels"],
    "profile.nationality": "ES",
    "profile.occupation": "Carpenter",
    "profile.employer": "Fusteria Soler",
    "profile.contact_hours": "morning",
    "profile.address": {"street": "Carrer Nou 3", "postal_code": "17001", "city": "Girona", "country": "ES"},
}
PURPOSE = "https://w3id.org/dpv#CustomerCare"
_COMPANY = Company("measured", "Measured", {}, (Ask(PURPOSE, (), tuple(TWELVE)),))
_SCOPES = (PROFILE_READ, GRANTS_READ, CUSTOMERS_WRITE, ORDERS_WRITE)
_REDIRECT = "https://measured.example/connected"


@dataclass(frozen=True)
class Scenario:
    """Requests ready to send, and what the log appends with."""

    reads: list[str]
    token: str
    introspections: list[str]
    profiles: str
    changes: str
    keyed: Keyed
    bringing: Bringing
    telling: Telling
    # The way of customers who connect for the first time, made for so many; and that of those who do again and again.
    first_walk: Callable[[int], Mapping[str, Any]]
    walk: dict[str, Any]
    holder: bytes
    vendor_id: bytes


def build(house: House, app: Flask) -> Scenario:
    """Makes customers, company, permissions and tokens through the services."""
    with house.writing(SYSTEM) as unit:
        vendor = admit(unit, name="Measured")
        allow_purpose(unit, vendor_id=vendor.id, purpose=PURPOSE, datatypes=TWELVE)
        client, secret = make_client(unit, vendor.id, "Measured", redirect_uris=[_REDIRECT], scopes=_SCOPES)
    program = Program(app, _COMPANY, vendor.id, id_from(client), secret)
    actors = make_people(house, TWELVE)
    with house.writing(SYSTEM) as unit:
        bank = admit(unit, name="Measured with keys")
        allow_purpose(unit, vendor_id=bank.id, purpose=PURPOSE, datatypes=TWELVE)
    keyed = build_keyed(house, app, _COMPANY, bank.id, _REDIRECT, actors)
    tokens = [_connected(house, program, actor) for actor in actors]
    own = program.own_token(PROFILE_READ)
    follower = program.own_token(GRANTS_READ)
    _change(house, actors)
    walk, newcomers = _walk(house, app, keyed), Newcomers(house, app, TWELVE)
    holder = actors[0].holder_id
    assert holder is not None
    return Scenario(
        reads=[_get("/api/v1/profile", token) for token in tokens],
        token=_post(program, "/oauth/token", {"grant_type": "client_credentials", "scope": PROFILE_READ}),
        introspections=[_post(program, "/oauth/introspect", {"token": token}) for token in tokens],
        profiles=_get(f"/api/v1/profiles?{urlencode({'purpose': PURPOSE, 'limit': CUSTOMERS})}", own),
        changes=_get(f"/api/v1/changes?start=oldest&limit={EVENTS}", follower),
        keyed=keyed,
        bringing=Bringing(program.own_token(CUSTOMERS_WRITE)),
        telling=Telling(program.own_token(ORDERS_WRITE)),
        first_walk=lambda many: {**walk, "cookies": newcomers.cookies(many), "once": True},
        walk=walk,
        holder=holder,
        vendor_id=vendor.id,
    )


def _walk(house: House, app: Flask, keyed: Keyed) -> dict[str, Any]:
    """What :mod:`portal.bench.flow` has to know: the program, what it asks, and browsers of customers."""
    return {
        "origin": house.settings.origin,
        "client_id": keyed.signer.client_id,
        "key": keyed.signer.key.as_dict(private=True),
        "redirect": _REDIRECT,
        "details": details_of(_COMPANY, house.settings.origin),
        "walkers": WALKERS,
        "once": False,
        "cookies": [signed_in(app, number) for number in range(WALKERS)],
    }


def _connected(house: House, program: Program, actor: Actor) -> str:
    """The access token that comes of a customer's yes."""
    address, verifier = connect(
        house, program.company, program.vendor_id, program.client_row, program.client_id, _REDIRECT, actor
    )
    program.redeem(parse_qs(urlsplit(address).query)["code"][0], verifier, _REDIRECT)
    return program.access


def _change(house: House, actors: list[Actor]) -> None:
    """Something to follow: as many events as a page of the feed has."""
    for number in range(EVENTS // len(actors)):
        for actor in actors:
            assert actor.customer_id is not None
            with house.writing(actor) as unit:
                set_attribute(unit, customer_id=actor.customer_id, path="profile.nickname", value=f"Mia {number}")
    house.lead()


def _get(path: str, token: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"


def _post(program: Program, path: str, form: dict[str, str]) -> str:
    body = urlencode(form)
    pair = base64.b64encode(f"{program.client_id}:{program.secret}".encode()).decode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {pair}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
