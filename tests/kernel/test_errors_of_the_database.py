"""What the database refuses is told without what was bound."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from portal.kernel.house import House
from portal.vendors.models import Vendor


def test_an_error_of_the_database_does_not_repeat_what_was_bound(house: House) -> None:
    with pytest.raises(DBAPIError) as caught, house.writing() as unit:
        unit.connection.execute(insert(Vendor).values(id=b"x" * 16, name="Ana Puig", slug=None, mode="live"))
    assert "Ana Puig" not in str(caught.value)
