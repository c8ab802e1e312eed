"""A write that is said again changes nothing, and goes on where it stopped."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.kernel import clock
from portal.kernel.errors import BadRequest, Conflict, Invalid
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Unit
from portal.oauth.models import Client
from portal.oauth.service import repeats
from portal.orders.service import Result, put_all
from tests.oauth.cast import Program, bearing, own_token, program
from tests.orders.cast import an_order


def _row_of(house: House, shop: Program) -> bytes:
    with house.reading() as unit:
        found: bytes = unit.connection.execute(select(Client.id).where(Client.client_id == shop.client_id)).scalar_one()
    return found


@pytest.fixture
def mine(house: House) -> dict[str, Any]:
    """Whose request, and to where."""
    return {"client_id": _row_of(house, program(house)), "route": "orders", "key": "first", "request": b"{}"}


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
    row_id = _row_of(house, shop)
    with house.writing(SYSTEM) as unit:
        for different in ({"client_id": row_id}, {"route": "elsewhere"}, {"key": "second"}):
            assert repeats.begin(unit, **mine | different).status is None


@pytest.mark.parametrize("key", [None, "", "é", "a" * 256, "a b", "a\nb", '"'])
def test_a_key_is_needed_and_is_plain(house: House, mine: dict[str, Any], key: str | None) -> None:
    with pytest.raises(BadRequest) as needed, house.writing(SYSTEM) as unit:
        repeats.begin(unit, **mine | {"key": key})
    assert needed.value.reason == "key-needed"


def test_what_was_refused_and_put_right_is_taken_whether_or_not_the_work_was_interrupted(
    house: House, client: FlaskClient
) -> None:
    wrong, right = an_order("A", "c1"), an_order("A", "c1")
    del wrong["placed_at"]
    orders = [wrong, *(an_order(str(n), "c1") for n in range(59)), right, right]
    body = json.dumps({"orders": orders}).encode()

    def sent(shop: Program) -> list[Any]:
        headers = bearing(own_token(client, shop), **{"Idempotency-Key": "k"})
        answer = client.post("/api/v1/orders", data=body, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json["results"])

    whole, cut = program(house), program(house, "Floristería")
    with house.writing(SYSTEM) as unit:
        run = repeats.begin(unit, client_id=_row_of(house, cut), route="orders", key="k", request=body)

    def keep(unit: Unit, results: Sequence[Result]) -> None:
        repeats.advance(unit, run, [result.as_json() for result in results])

    next(iter(put_all(house.reading, house.writing, vendor_id=cut.vendor_id, orders=orders, note=keep)))
    # There the process ended: fifty were done.
    with clock.moved(repeats.HELD * 2):
        again = sent(cut)
    assert again == sent(whole)
    assert [again[place]["outcome"] for place in (0, 60, 61)] == ["refused", "created", "refused"]
    assert again[61]["reason"] == "repeated"
