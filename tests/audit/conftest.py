"""What several modules of the record begin with."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.kernel.house import House
from tests.audit.desk import Desk
from tests.audit.small_facts import a_varied_log
from tests.audit.small_logs import Log
from tests.audit.story import Story


@pytest.fixture
def desk(house: House, client: FlaskClient) -> Desk:
    """Otto at the desk."""
    return Desk(house, client)


@pytest.fixture(scope="module")
def log(make_module_house: Callable[[str], House], engine_name: str) -> Log:
    """A sound log on each engine."""
    house = make_module_house(engine_name)
    return Log(house, a_varied_log(house))


@pytest.fixture
def story(house: House, client: FlaskClient) -> Story:
    """Ana, signed in, and two companies."""
    return Story(house, client)
