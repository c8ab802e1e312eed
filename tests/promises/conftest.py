"""Who the promises are about."""

import pytest
from flask import Flask

from tests.promises.cast import Company, Customer, company, customer


@pytest.fixture
def ana(app: Flask) -> Customer:
    """A customer."""
    return customer(app)


@pytest.fixture
def bookshop(app: Flask) -> Company:
    """A company that asks and reads."""
    return company(app, "Llibreria Far")


@pytest.fixture
def florist(app: Flask) -> Company:
    """Another one."""
    return company(app, "Flors Roca")
