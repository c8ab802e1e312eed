"""However sessions end, nothing that was held before opens anything after: a thousand trials of each end at full size.

Tokens of companies are no part of a session: they stand on a permission, and tests/oauth/test_ended.py tells what ends them.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import service, totp
from portal.accounts.reads import Person, actor_of_account, email_of, factors_of, password_hash_of, person_of, roles_of
from portal.customers.service import erase
from portal.kernel.house import House
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import SYSTEM, Unit
from tests import people
from tests.accounts.held import ALL, HERE, REMEMBERED, SIGNED_IN, Held, hold, taken
from tests.oauth.cast import connect, profile, program, refresh
from tests.prove.sizes import size

ROUNDS = size(test=3, prove=1_000)
NEW = "another quiet harbour"


def _person(unit: Unit, held: Held) -> Person:
    person = person_of(unit, held.here)
    assert person is not None
    unit.actor = person.acting()
    return person


def _signs_out(unit: Unit, held: Held, _trial: int) -> None:
    service.sign_out(unit, session_id=_person(unit, held).session_id, account_id=held.account_id)


def _changes_password(unit: Unit, held: Held, _trial: int) -> None:
    _person(unit, held)
    old = password_hash_of(unit, held.account_id)
    service.change_password(
        unit, account_id=held.account_id, old_hash=old, password_hash=people.hashed(NEW)
    )


def _resets_password(unit: Unit, held: Held, _trial: int) -> None:
    token = service.send_reset(unit, email=email_of(unit, held.account_id))
    assert token is not None
    service.reset_password(unit, token=token, password_hash=people.hashed(NEW))


def _moves(unit: Unit, held: Held, _trial: int) -> None:
    token = service.ask_to_change_address(
        unit,
        account_id=held.account_id,
        session_id=_person(unit, held).session_id,
        email=f"{text_of(new_id()).lower()}@example.org",
    )
    service.change_address(unit, token=token)


def _changes_second_step(unit: Unit, held: Held, trial: int) -> None:
    """An app is added, its codes are made anew, it is removed, and so on."""
    mine = {"account_id": held.account_id, "session_id": _person(unit, held).session_id}
    if trial % 3 == 0:
        mark = service.begin_app(unit, account_id=held.account_id)
        begun = service.find_challenge(unit, mark=mark, purpose="app")
        assert begun is not None and begun.secret is not None
        code = totp.code_at(begun.secret, totp.step_of(unit.at))
        assert service.add_app(unit, begun=begun, session_id=mine["session_id"], code=code, name="A phone")
    elif trial % 3 == 1:
        service.make_codes(unit, **mine)
    else:
        (app,) = factors_of(unit, held.account_id)
        service.remove_factor(unit, factor_id=app.id, **mine)


def _is_given_or_loses_a_role(unit: Unit, held: Held, trial: int) -> None:
    """As ``freehold officer add`` and ``remove`` do it."""
    if trial % 2 == 0:
        service.grant_role(unit, account_id=held.account_id, role="officer")
    else:
        (role,) = (role for role in roles_of(unit, held.account_id) if role.role == "officer")
        service.end_role(unit, role_id=role.id)


def _ends_all(unit: Unit, held: Held, _trial: int) -> None:
    service.end_sessions(unit, account_id=held.account_id, reason="asked")


def _is_erased(unit: Unit, held: Held, _trial: int) -> None:
    customer_id = actor_of_account(unit, held.account_id).customer_id
    assert customer_id is not None
    erase(unit, customer_id=customer_id)


ERASING = "erasing the account"
ENDS: dict[str, tuple[Callable[[Unit, Held, int], None], frozenset[str]]] = {
    "signing out": (_signs_out, frozenset({HERE})),
    "another password": (_changes_password, ALL),
    "a password by mail": (_resets_password, ALL),
    "another address": (_moves, ALL),
    "another second step": (_changes_second_step, ALL),
    "a role that an operator gave or took": (_is_given_or_loses_a_role, SIGNED_IN),
    "ending them from elsewhere": (_ends_all, SIGNED_IN),
    ERASING: (_is_erased, ALL),
}
"""How sessions end, and what of before is worthless then. Nobody locks an account; erasing is what closes one for good."""


@pytest.mark.parametrize("end", ENDS)
def test_nothing_that_was_held_before_is_taken_after(
    house: House, app: Flask, end: str, figure: Callable[..., float]
) -> None:
    act, ends = ENDS[end]
    account_id, accepted = b"", 0
    people.hashed(NEW)  # Once and here: nothing slow belongs into a unit.
    for trial in range(ROUNDS):
        if not account_id or end == ERASING:
            account_id = people.register(house, f"ana{trial}@example.org")
        held = hold(house, app, account_id)
        before = held.answers()
        assert taken(before) == ALL, before
        with house.writing(SYSTEM) as unit:
            act(unit, held, trial)
        after = held.answers()
        accepted += len(taken(after) & {*ends, REMEMBERED})
        assert taken(after) >= ALL - ends, f"nothing else ends with it: {after}"
    name = f"old cookies, links and half-done sign-ins taken after {end}, of {ROUNDS} trials, {house.engine.dialect.name}"
    assert figure(name, accepted, goal=0, better="equal") == 0


@pytest.mark.parametrize("end", [end for end in ENDS if end != ERASING])
def test_what_a_customer_shares_with_a_company_does_not_hang_on_their_sessions(
    house: House, app: Flask, client: FlaskClient, end: str
) -> None:
    account_id, shop = people.register(house, "ana@example.org"), program(house)
    people.hashed(NEW)
    tokens = connect(app, shop, people.actor(house, account_id))
    held = hold(house, app, account_id)
    with house.writing(SYSTEM) as unit:
        ENDS[end][0](unit, held, 0)
    assert profile(client, tokens["access_token"]).status_code == 200
    assert refresh(client, shop, tokens["refresh_token"]).status_code == 200
