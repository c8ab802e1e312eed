"""What the guard counts as written: rows that changed and stayed changed."""

import json
import threading
from contextlib import suppress

import pytest
from sqlalchemy import insert, select, update

from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.log_queue import QueuedFact
from portal.kernel.unit import Nested, Unexplained
from portal.vendors.models import Vendor
from tests.kernel.noted import Answered, Noted, Unrelated


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


def _events(house: House) -> list[str]:
    with house.reading() as unit:
        rows = unit.connection.execute(select(QueuedFact.entry).order_by(QueuedFact.id)).scalars()
        return [json.loads(row)["event"] for row in rows]


def test_what_was_noted_in_a_savepoint_that_was_taken_back_did_not_happen(house: House) -> None:
    with house.writing() as unit:
        unit.note(Unrelated())
        with suppress(KeyError), unit.connection.begin_nested():
            unit.note(Noted())
            with unit.connection.begin_nested():
                unit.note(Noted())
            raise KeyError
        with unit.connection.begin_nested():
            unit.note(Answered(step=1))
            place = unit.connection.begin_nested()
            unit.note(Noted())
            place.rollback()
        unit.note(Unrelated())
    assert _events(house) == ["test.unrelated", "test.answered", "test.unrelated"]


def test_a_savepoint_of_one_unit_takes_nothing_from_another(house: House) -> None:
    with suppress(ZeroDivisionError), house.writing() as unit:
        unit.note(Noted())
        unit.connection.begin_nested()
        raise ZeroDivisionError
    with house.writing() as unit:
        unit.note(Unrelated())
        unit.connection.begin_nested().rollback()
    assert _events(house) == ["test.unrelated"]


def test_a_writing_unit_within_another_is_refused_and_neither_is_kept(house: House) -> None:
    entered = []
    with pytest.raises(Nested), house.writing() as unit:
        unit.note(Unrelated())
        with house.writing() as inner:
            entered.append(inner)
    with pytest.raises(Nested), house.writing() as unit:
        unit.note(Unrelated())
        house.lead()
    assert entered == []
    assert _events(house) == []
    with house.writing() as unit:
        unit.note(Answered(step=2))
    assert _events(house) == ["test.answered"]


def test_units_of_several_threads_take_turns(house: House) -> None:
    def write() -> None:
        with house.writing() as unit:
            unit.note(Unrelated())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_events(house)) == 4


def test_an_update_that_gives_its_rows_back_needs_one(house: House) -> None:
    with pytest.raises(Unexplained), house.writing() as unit:
        made = insert(Vendor).values(vendor_row("a", unit.at)).returning(Vendor.id)
        assert unit.connection.execute(made).scalar_one()
