"""A write that is said again changes nothing, and goes on where it stopped."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.kernel import clock
from portal.kernel.errors import BadRequest, Conflict, Invalid
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.oauth.models import Client
from portal.oauth.service import repeats
from tests.oauth.cast import program


@pytest.fixture
def mine(house: House) -> dict[str, Any]:
    """Whose request, and to where."""
    shop = program(house)
    with house.reading() as unit:
        row_id = unit.connection.execute(select(Client.id).where(Client.client_id == shop.client_id)).scalar_one()
    return {"client_id": row_id, "route": "orders", "key": "first", "request": b"{}"}


def test_a_request_is_in_one_hand_at_a_time(house: House, mine: dict[str, Any]) -> None:
    with house.writing(SYSTEM) as unit:
        run = repeats.begin(unit, **mine)
    with pytest.raises(Conflict) as busy, house.writing(SYSTEM) as unit:
        repeats.begin(unit, **mine)
    assert (busy.value.reason, busy.value.retry_after) == ("in-progress", 1)
    with house.writing(SYSTEM) as unit:
        repeats.release(unit, run)
    with house.writing(SYSTEM) as unit:
        assert repeats.begin(unit, **mine).done == 0


def test_it_goes_on_where_it_stopped(house: House, mine: dict[str, Any]) -> None:
    with house.writing(SYSTEM) as unit:
        run = repeats.begin(unit, **mine)
    with house.writing(SYSTEM) as unit:
        run = repeats.advance(unit, run, [{"number": "1"}, {"number": "2"}])
    with clock.moved(repeats.HELD * 2), house.writing(SYSTEM) as unit:
        again = repeats.begin(unit, **mine)
    assert (again.done, again.results) == (2, [{"number": "1"}, {"number": "2"}])


def test_whoever_was_overtaken_does_nothing(house: House, mine: dict[str, Any]) -> None:
    with house.writing(SYSTEM) as unit:
        slow = repeats.begin(unit, **mine)
    with clock.moved(repeats.HELD * 2):
        with house.writing(SYSTEM) as unit:
            fast = repeats.begin(unit, **mine)
        with house.writing(SYSTEM) as unit:
            repeats.advance(unit, fast, ["done"])
        with pytest.raises(Conflict), house.writing(SYSTEM) as unit:
            repeats.advance(unit, slow, ["done twice"])
    with clock.moved(repeats.HELD * 4), house.writing(SYSTEM) as unit:
        assert repeats.begin(unit, **mine).results == ["done"]


def test_the_same_answer_is_given_again_for_a_week(house: House, mine: dict[str, Any]) -> None:
    with house.writing(SYSTEM) as unit:
        repeats.finish(unit, repeats.begin(unit, **mine), status=200, answer=b'{"results":[]}')
    with clock.moved(timedelta(days=6)), house.writing(SYSTEM) as unit:
        again = repeats.begin(unit, **mine)
        assert (again.status, again.answer) == (200, b'{"results":[]}')
    with clock.moved(timedelta(days=8)), house.writing(SYSTEM) as unit:
        assert repeats.begin(unit, **mine).status is None


def test_a_key_stands_for_one_request_of_one_program_at_one_address(house: House, mine: dict[str, Any]) -> None:
    with house.writing(SYSTEM) as unit:
        repeats.finish(unit, repeats.begin(unit, **mine), status=200, answer=b"mine")
    with pytest.raises(Invalid) as other, house.writing(SYSTEM) as unit:
        repeats.begin(unit, **mine | {"request": b"{ }"})
    assert other.value.reason == "key-reused"
    shop = program(house, "Floristería")
    with house.writing(SYSTEM) as unit:
        row_id = unit.connection.execute(select(Client.id).where(Client.client_id == shop.client_id)).scalar_one()
        for different in ({"client_id": row_id}, {"route": "elsewhere"}, {"key": "second"}):
            assert repeats.begin(unit, **mine | different).status is None


@pytest.mark.parametrize("key", [None, "", "é", "a" * 256, "a b", "a\nb", '"'])
def test_a_key_is_needed_and_is_plain(house: House, mine: dict[str, Any], key: str | None) -> None:
    with pytest.raises(BadRequest) as needed, house.writing(SYSTEM) as unit:
        repeats.begin(unit, **mine | {"key": key})
    assert needed.value.reason == "key-needed"
