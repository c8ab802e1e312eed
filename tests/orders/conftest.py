"""What several modules of orders begin with."""

import pytest

from portal.kernel.house import House
from tests.oauth.cast import Program
from tests.orders.cast import company


@pytest.fixture
def insurer(house: House) -> Program:
    """The company that tells of a claim."""
    return company(house, "Mutua del Cap")
