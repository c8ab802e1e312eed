"""However sessions end, no cookie of before opens anything: thousands of trials at full size."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import service
from portal.accounts.reads import actor_of_account, email_of, password_hash_of, person_of
from portal.kernel.house import House
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import SYSTEM, Unit
from tests import people
from tests.prove.sizes import size

ROUNDS = size(test=3, prove=1_000)


def _browser(app: Flask, secret: str) -> FlaskClient:
    """A browser that bears the cookie of a session."""
    client = app.test_client()
    with client.session_transaction() as held:
        held["_user_id"], held["_fresh"] = secret, True
    client.set_cookie("remember_token", secret)
    return client


def _signs_out(unit: Unit, account_id: bytes, secret: str) -> None:
    person = person_of(unit, secret)
    assert person is not None
    service.sign_out(unit, session_id=person.session_id, account_id=account_id)


def _changes_password(unit: Unit, account_id: bytes, secret: str) -> None:
    person = person_of(unit, secret)
    assert person is not None
    unit.actor = person.acting()
    service.change_password(
        unit, account_id=account_id, old_hash=password_hash_of(unit, account_id), password_hash=people.hashed("another one")
    )


def _resets_password(unit: Unit, account_id: bytes, _secret: str) -> None:
    token = service.send_reset(unit, email=email_of(unit, account_id))
    assert token is not None
    service.reset_password(unit, token=token, password_hash=people.hashed("another one"))


def _moves(unit: Unit, account_id: bytes, secret: str) -> None:
    person = person_of(unit, secret)
    assert person is not None
    email = f"{text_of(new_id()).lower()}@example.org"
    token = service.ask_to_change_address(unit, account_id=account_id, session_id=person.session_id, email=email)
    assert token is not None
    service.change_address(unit, token=token)


def _gets_a_role(unit: Unit, account_id: bytes, _secret: str) -> None:
    service.end_role(unit, role_id=service.grant_role(unit, account_id=account_id, role="operator"))


def _ends_all(unit: Unit, account_id: bytes, _secret: str) -> None:
    service.end_sessions(unit, account_id=account_id, reason="asked")


def _is_closed(unit: Unit, account_id: bytes, _secret: str) -> None:
    service.close(unit, account_id=account_id)


ENDS: dict[str, Callable[[Unit, bytes, str], None]] = {
    "signing out": _signs_out,
    "another password": _changes_password,
    "a password by mail": _resets_password,
    "another address": _moves,
    "a role": _gets_a_role,
    "ending them from elsewhere": _ends_all,
    "closing the account": _is_closed,
}


@pytest.mark.parametrize("end", ENDS)
def test_no_cookie_of_before_is_taken_after(
    house: House, app: Flask, end: str, figure: Callable[..., float]
) -> None:
    account_id, accepted = b"", 0
    for n in range(ROUNDS):
        if not account_id or end == "closing the account":
            account_id = people.register(house, f"ana{n}@example.org")
        with house.reading() as unit:
            holder_id = actor_of_account(unit, account_id).holder_id or b""
        with house.writing(SYSTEM) as unit:
            secret = service.start_session(unit, account_id=account_id, holder_id=holder_id)
        browser, copy = _browser(app, secret), _browser(app, secret)
        assert browser.get("/account").status_code == 200
        with house.writing(SYSTEM) as unit:
            ENDS[end](unit, account_id, secret)
        accepted += sum(each.get("/account").status_code == 200 for each in (browser, copy))
    name = f"cookies taken after {end}, of {ROUNDS} trials, {house.engine.dialect.name}"
    assert figure(name, accepted, goal=0, better="equal") == 0
