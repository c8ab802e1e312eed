"""Who shares with the company that is measured: made through the services, as real ones are."""

import re
import secrets
from itertools import count
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
    actors = [_made(house, number, hashed, values) for number in range(CUSTOMERS)]
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


def _made(house: House, number: int, password_hash: str, values: dict[str, Any]) -> Actor:
    with house.writing(SYSTEM) as unit:
        made = register(unit, email=_email(number), password_hash=password_hash)
        assert made is not None
        verify_address(unit, token=made.token)
    actor = _here(house, made.account_id)
    assert actor.customer_id is not None
    with house.writing(actor) as unit:
        set_attributes(unit, customer_id=actor.customer_id, values=values)
    return actor


class Newcomers:
    """Customers who share with nobody yet, each in a browser that has just signed in: made so many at a time."""

    def __init__(self, house: House, app: Flask, values: dict[str, Any]) -> None:
        self._house, self._app, self._values = house, app, values
        self._numbers = count(CUSTOMERS)
        # Nobody signs in with it: their sessions are begun by the service.
        self._unused = hash_password(secrets.token_urlsafe(12))

    def cookies(self, many: int) -> list[str]:
        """The header ``Cookie`` of each browser."""
        made = [self._cookie(_made(self._house, next(self._numbers), self._unused, self._values)) for _ in range(many)]
        # What they did so far is not left for the server under measure to append.
        self._house.lead()
        return made

    def _cookie(self, actor: Actor) -> str:
        assert actor.id is not None
        assert actor.holder_id is not None
        with self._house.writing(actor) as unit:
            secret = start_session(unit, account_id=actor.id, holder_id=actor.holder_id)
        browser = self._app.test_client()
        with browser.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"], kept.permanent = secret, True, True
        # A page with a form: from here on the cookie stays as it is.
        assert browser.get("/language").status_code == 200
        cookie = browser.get_cookie("session")
        assert cookie is not None
        return f"session={cookie.value}"


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
