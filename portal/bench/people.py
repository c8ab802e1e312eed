"""Who shares with the company that is measured: made through the services, as real ones are."""

import re
import secrets
from typing import Any

from flask import Flask

from portal.accounts.passwords import hash_password
from portal.accounts.reads import actor_of_account, person_of
from portal.accounts.service import register, start_session, verify_address
from portal.customers.service import set_attributes
from portal.demo.cast import Company
from portal.demo.vendor import details_of, pkce
from portal.grants.choices import everything
from portal.grants.details import stored
from portal.grants.service import ask, claim_request, give
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.oauth.ask import AuthorizationAsk
from portal.oauth.scopes import PROFILE_READ
from portal.oauth.service import issue_code, open_authorization

CUSTOMERS = 50
PASSWORD = secrets.token_urlsafe(12)
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


def make_people(house: House, values: dict[str, Any]) -> list[Actor]:
    """Customers with these values in their profiles."""
    hashed = hash_password(PASSWORD)
    actors = []
    for number in range(CUSTOMERS):
        with house.writing(SYSTEM) as unit:
            made = register(unit, email=_email(number), password_hash=hashed)
            assert made is not None
            verify_address(unit, token=made.token)
        actor = _here(house, made.account_id)
        assert actor.customer_id is not None
        with house.writing(actor) as unit:
            set_attributes(unit, customer_id=actor.customer_id, values=values)
        actors.append(actor)
    house.lead()
    return actors


def _here(house: House, account_id: bytes) -> Actor:
    """Somebody who has just signed in: what is sensitive is read by the yes of whoever proved who they are."""
    with house.reading() as unit:
        actor = actor_of_account(unit, account_id)
    assert actor.holder_id is not None
    with house.writing(actor) as unit:
        person = person_of(unit, start_session(unit, account_id=account_id, holder_id=actor.holder_id))
    assert person is not None
    return actor._replace(session_id=person.session_id)


def _email(number: int) -> str:
    return f"measured-{number}@example.org"


def signed_in(app: Flask, number: int) -> str:
    """The header ``Cookie`` of a browser in which one of them signed in."""
    browser = app.test_client()
    found = _CSRF.search(browser.get("/sign-in").text)
    assert found is not None
    form = {"csrf_token": found[1], "email": _email(number), "password": PASSWORD}
    assert browser.post("/sign-in", data=form).status_code == 303
    # A page with a form: from here on the cookie stays as it is.
    assert browser.get("/").status_code == 200
    cookie = browser.get_cookie("session")
    assert cookie is not None
    return f"session={cookie.value}"


def connect(
    house: House, company: Company, vendor_id: bytes, client_row: bytes, client_id: str, redirect: str, actor: Actor
) -> tuple[str, str]:
    """A customer's yes to everything: the address that carries the code, and the verifier that goes with it."""
    verifier, challenge = pkce()
    documents = details_of(company, house.settings.origin)
    asked = AuthorizationAsk(
        client_id=client_row,
        client_name=client_id,
        vendor_id=vendor_id,
        redirect_uri=redirect,
        state=None,
        scope=PROFILE_READ,
        details=documents,
        code_challenge=challenge,
        ui_locales=(),
    )
    with house.writing(SYSTEM) as unit:
        request = ask(unit, vendor_id=vendor_id, details=documents, client_id=client_row)
        open_authorization(unit, asked, request.id)
    with house.writing(actor) as unit:
        claimed = claim_request(unit, request_id=request.id)
        grant = give(unit, request_id=request.id, choices=everything(stored(claimed.details)))
        return issue_code(unit, request_id=request.id, grant=grant), verifier
