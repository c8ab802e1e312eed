"""However it ends what a company was given, no access or refresh token of before is taken after: a thousand trials each."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.customers.service import erase
from portal.grants.service import revoke
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor, Unit
from portal.oauth.service import block_client
from portal.vendors.service import block, unblock
from tests.grants.cast import person
from tests.oauth.cast import Program, active, answered, consented, profile, program, program_of, redeem, refresh
from tests.prove.sizes import size

ROUNDS = size(test=3, prove=1_000)


@dataclass(frozen=True)
class Given:
    """What a customer gave a company's program, and the tokens for it."""

    customer: Actor
    program: Program
    grant_id: bytes
    access: str
    renewal: str


def _stops(unit: Unit, given: Given) -> None:
    unit.actor = given.customer
    revoke(unit, grant_id=given.grant_id)


def _is_erased(unit: Unit, given: Given) -> None:
    assert given.customer.customer_id is not None
    erase(unit, customer_id=given.customer.customer_id)


def _blocks_the_program(unit: Unit, given: Given) -> None:
    block_client(unit, client_id=given.program.client_id)


def _shuts_the_company_out(unit: Unit, given: Given) -> None:
    block(unit, vendor_id=given.program.vendor_id)


SHUT_OUT = "an operator who shuts the company out"
BLOCKED = "an operator who blocks the program"
ENDS: dict[str, Callable[[Unit, Given], None]] = {
    "a customer who stops": _stops,
    "a customer who is erased": _is_erased,
    BLOCKED: _blocks_the_program,
    SHUT_OUT: _shuts_the_company_out,
}


def _give(house: House, app: Flask, made: Program, trial: int) -> Given:
    ana = person(house, f"ana{trial}@example.org", given_name="Ana")
    back, grant = consented(app, made, ana)
    tokens = redeem(app.test_client(), made, answered(back)["code"]).json
    return Given(ana, made, grant.id, tokens["access_token"], tokens["refresh_token"])


def _taken(client: FlaskClient, given: Given) -> int:
    read = profile(client, given.access).status_code == 200
    renewed = refresh(client, given.program, given.renewal).status_code == 200
    return read + renewed


@pytest.mark.parametrize("end", ENDS)
def test_no_token_of_before_is_taken_after(
    house: House, app: Flask, client: FlaskClient, end: str, figure: Callable[..., float]
) -> None:
    shop, accepted = program(house), 0
    given = _give(house, app, shop, 0)
    for trial in range(ROUNDS):
        assert profile(client, given.access).status_code == 200
        assert active(client, given.program, given.renewal)
        with house.writing(SYSTEM) as unit:
            ENDS[end](unit, given)
        accepted += _taken(client, given)
        if end == SHUT_OUT:
            # What customers gave the company stays as it is, should it be let in again: the same tokens are tried anew.
            with house.writing(SYSTEM) as unit:
                unblock(unit, vendor_id=shop.vendor_id)
        else:
            made = program_of(house, shop.vendor_id, f"Till {trial}") if end == BLOCKED else shop
            given = _give(house, app, made, trial + 1)
    name = f"access and refresh tokens taken after {end}, of {ROUNDS} trials, {house.engine.dialect.name}"
    assert figure(name, accepted, goal=0, better="equal") == 0
