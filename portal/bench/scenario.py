"""What is measured on: fifty customers with twelve sealed attributes each, all shared with one company."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask

from portal.accounts.passwords import hash_password
from portal.accounts.reads import actor_of_account
from portal.accounts.service import register, verify_address
from portal.customers.service import set_attributes
from portal.demo.cast import Ask, Company
from portal.demo.vendor import Program, details_of, pkce
from portal.grants.choices import everything
from portal.grants.details import stored
from portal.grants.service import ask, claim_request, give
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.unit import SYSTEM, Actor
from portal.oauth.ask import AuthorizationAsk
from portal.oauth.scopes import PROFILE_READ
from portal.oauth.service import issue_code, make_client, open_authorization
from portal.vendors.service import admit, allow_purpose

CUSTOMERS = 50
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
_REDIRECT = "https://measured.example/connected"


@dataclass(frozen=True)
class Scenario:
    """Requests ready to send, and what the log appends with."""

    reads: list[str]
    token: str
    profiles: str
    holder: bytes
    vendor_id: bytes


def build(house: House, app: Flask) -> Scenario:
    """Makes customers, company, permissions and tokens through the services."""
    with house.writing(SYSTEM) as unit:
        vendor = admit(unit, name="Measured")
        allow_purpose(unit, vendor_id=vendor.id, purpose=PURPOSE, datatypes=TWELVE)
        client, secret = make_client(unit, vendor.id, "Measured", redirect_uris=[_REDIRECT], scopes=[PROFILE_READ])
    program = Program(app, _COMPANY, vendor.id, id_from(client), secret)
    actors = _people(house)
    tokens = [_connected(house, program, actor) for actor in actors]
    own = program.own_token(PROFILE_READ)
    holder = actors[0].holder_id
    assert holder is not None
    return Scenario(
        reads=[_get("/api/v1/profile", token) for token in tokens],
        token=_token_request(program),
        profiles=_get(f"/api/v1/profiles?{urlencode({'purpose': PURPOSE, 'limit': CUSTOMERS})}", own),
        holder=holder,
        vendor_id=vendor.id,
    )


def _people(house: House) -> list[Actor]:
    hashed = hash_password(secrets.token_urlsafe(12))
    actors = []
    for number in range(CUSTOMERS):
        with house.writing(SYSTEM) as unit:
            made = register(unit, email=f"measured-{number}@example.org", password_hash=hashed)
            assert made is not None
            verify_address(unit, token=made.token)
        with house.reading() as unit:
            actor = actor_of_account(unit, made.account_id)
        assert actor.customer_id is not None
        with house.writing(actor) as unit:
            set_attributes(unit, customer_id=actor.customer_id, values=TWELVE)
        actors.append(actor)
    house.lead()
    return actors


def _connected(house: House, program: Program, actor: Actor) -> str:
    """A customer's yes to everything, and the access token that comes of it."""
    verifier, challenge = pkce()
    documents = details_of(program.company, house.settings.origin)
    with house.writing(SYSTEM) as unit:
        request = ask(unit, vendor_id=program.vendor_id, details=documents, client_id=program.client_row)
        open_authorization(unit, _authorization(program, documents, challenge), request.id)
    with house.writing(actor) as unit:
        claimed = claim_request(unit, request_id=request.id)
        grant = give(unit, request_id=request.id, choices=everything(stored(claimed.details)))
        address = issue_code(unit, request_id=request.id, grant=grant)
    program.redeem(parse_qs(urlsplit(address).query)["code"][0], verifier, _REDIRECT)
    return program.access


def _authorization(program: Program, documents: list[dict[str, Any]], challenge: str) -> AuthorizationAsk:
    return AuthorizationAsk(
        client_id=program.client_row,
        client_name=program.client_id,
        vendor_id=program.vendor_id,
        redirect_uri=_REDIRECT,
        state=None,
        scope=PROFILE_READ,
        details=documents,
        code_challenge=challenge,
        ui_locales=(),
    )


def _get(path: str, token: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"


def _token_request(program: Program) -> str:
    body = urlencode({"grant_type": "client_credentials", "scope": PROFILE_READ})
    pair = base64.b64encode(f"{program.client_id}:{program.secret}".encode()).decode()
    return (
        f"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {pair}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
