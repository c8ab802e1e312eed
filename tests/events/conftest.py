"""What the tests of this room stand on: a house that may call this machine, where their receivers are."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from portal.events.jobs import Postman
from portal.kernel.house import House, use_house
from portal.kernel.unit import Actor
from tests.conftest import HouseMaker
from tests.events.following import PHONE, Follower
from tests.events.listening import a_postman
from tests.grants.cast import person
from tests.oauth.cast import Program, program


@pytest.fixture
def house(make_house: HouseMaker, engine_name: str) -> Iterator[House]:
    """A house on a fresh database; the test runs once on each engine."""
    made = make_house(engine_name, calls_to_self=True)
    with use_house(made):
        yield made


@pytest.fixture
def postman(house: House) -> Iterator[Postman]:
    """What tells companies what happened."""
    with a_postman(house) as made:
        yield made


@pytest.fixture
def shop(house: House) -> Program:
    """A company with a program."""
    return program(house)


@pytest.fixture
def follower(client: FlaskClient, shop: Program, ana: Actor) -> Follower:
    """Its program, which has asked once."""
    return Follower(client, shop)


@pytest.fixture
def ana(house: House) -> Actor:
    """A customer."""
    return person(house, given_name="Ana", family_name="Vila", phone=PHONE)
