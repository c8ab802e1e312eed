"""What several modules of the record begin with."""

import pytest
from flask.testing import FlaskClient

from portal.kernel.house import House
from tests.audit.desk import Desk


@pytest.fixture
def desk(house: House, client: FlaskClient) -> Desk:
    """Otto at the desk."""
    return Desk(house, client)
