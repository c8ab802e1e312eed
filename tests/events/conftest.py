"""What the tests of this room stand on: a house that may call this machine, where their receivers are."""

from collections.abc import Iterator

import pytest

from portal.events.jobs import Postman
from portal.kernel.house import House, use_house
from tests.conftest import HouseMaker
from tests.events.listening import a_postman


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
