"""What the guard counts as written: rows that changed and stayed changed."""

import pytest
from sqlalchemy import insert, update

from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import Unexplained
from portal.vendors.models import Vendor


def vendor_row(name: str, at: object) -> dict[str, object]:
    return {
        "id": new_id(),
        "name": name,
        "slug": name,
        "card": {},
        "mode": "live",
        "admitted_by": "test",
        "admitted_at": at,
    }


def test_a_conditional_update_that_matched_nothing_needs_no_fact(house: House) -> None:
    with house.writing() as unit:
        matched = update(Vendor).where(Vendor.id == new_id()).values(name="x")
        assert unit.connection.execute(matched).rowcount == 0


def test_what_a_savepoint_took_back_needs_no_fact(house: House) -> None:
    with house.writing() as unit:
        place = unit.connection.begin_nested()
        unit.connection.execute(insert(Vendor).values(vendor_row("a", unit.at)))
        place.rollback()


def test_what_was_written_before_a_savepoint_still_needs_one(house: House) -> None:
    with pytest.raises(Unexplained), house.writing() as unit:
        unit.connection.execute(insert(Vendor).values(vendor_row("a", unit.at)))
        place = unit.connection.begin_nested()
        unit.connection.execute(insert(Vendor).values(vendor_row("b", unit.at)))
        place.rollback()


def test_what_a_released_savepoint_wrote_needs_one(house: House) -> None:
    with pytest.raises(Unexplained), house.writing() as unit, unit.connection.begin_nested():
        unit.connection.execute(insert(Vendor).values(vendor_row("a", unit.at)))


def test_an_update_that_gives_its_rows_back_needs_one(house: House) -> None:
    with pytest.raises(Unexplained), house.writing() as unit:
        made = insert(Vendor).values(vendor_row("a", unit.at)).returning(Vendor.id)
        assert unit.connection.execute(made).scalar_one()
