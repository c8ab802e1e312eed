"""``POST /api/v1/orders?dry_run=true``: what a call would do, to the word, and nothing of it."""

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.kernel.db import Base
from portal.kernel.house import House
from portal.links.service import end
from tests.oauth.cast import bearing
from tests.orders.cast import an_order, found, line, list_of
from tests.prove.sizes import size
from tests.vendor_api.test_orders import PATH, Shop

_CLOCKWORK = {"heartbeats"}
"""What a process writes of itself, whatever is asked of it."""


@pytest.fixture
def shop(app: Flask, house: House) -> Shop:
    """The shop on this engine."""
    return Shop(app, house)


def foreseen(shop: Shop, *orders: Any, query: str = "dry_run=true", **headers: str) -> Any:
    """What a call would do, asked without a key."""
    return shop.client.post(f"{PATH}?{query}", json={"orders": list(orders)}, headers=bearing(shop.token, **headers))


def everything(house: House) -> dict[str, int]:
    """How many rows each table has."""
    house.lead()
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _CLOCKWORK]
    return {table.name: _counted(house, table) for table in tables}


def _counted(house: House, table: Any) -> int:
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(table)).scalar_one()


def a_past(shop: Shop) -> list[dict[str, Any]]:
    """Orders told, one customer gone, and what a company may send next: each way in which it is taken or refused."""
    shop.put(an_order("1", "c", line("Lamp", 100)), an_order("2", "c", line("A", 1), line("B", 2)), an_order("3", "gone"))
    shop.put(an_order("4", "gone", status="OrderInTransit"), an_order("12", "c"), key="k-2")
    customer = found(shop.house, shop.program, "gone", "ana@example.org")
    with shop.house.writing(customer) as unit:
        end(unit, link_id=list_of(shop.house, customer)[0].link_id)
    bare = {name: value for name, value in an_order("1", "c", total=7).items() if name != "lines"}
    return [
        an_order("1", "c", line("Lamp", 100)),
        an_order("1", "c", line("Lamp", 200)),
        an_order("2", "c", line("A", 1)),
        an_order("2", "c", line("A", 1), line("B", 2), line("C", 3)),
        an_order("3", "gone"),
        an_order("4", "gone"),
        an_order("5", "gone"),
        an_order("6", "nobody yet"),
        an_order("12", "nobody yet"),
        an_order("7", "c", colour="red"),
        an_order("8", "c", if_match='"x"'),
        an_order("9", "nobody yet", if_match="*"),
        an_order("1", "c", line("Lamp", 300), if_match='"x"'),
        an_order("2", "c", line("A", 1), line("B", 2), if_none_match="*"),
        an_order("10", "c", if_none_match="*"),
        {**bare, "currency": "CHF"},
        bare,
        {"number": "11"},
        7,
    ]


def test_each_item_is_answered_as_the_call_itself_would_and_nothing_is_written(shop: Shop) -> None:
    items = a_past(shop)
    before = everything(shop.house)
    answer = foreseen(shop, *[one for one in items if isinstance(one, dict)])
    assert answer.status_code == 200
    assert answer.json["dry_run"] is True
    assert everything(shop.house) == before
    done = shop.put(*[one for one in items if isinstance(one, dict)], key="in-earnest").json
    assert answer.json["results"] == done["results"]
    assert {one["outcome"] for one in done["results"]} == {"created", "updated", "unchanged", "refused"}
    reasons = {one.get("reason") for one in done["results"]}
    assert reasons >= {"repeated", "line-missing", "not-connected", "customer-differs", "unknown-field", "absent"}
    assert everything(shop.house) != before


EXAMPLES = size(test=12, prove=150)


@pytest.mark.slow
def test_whatever_is_sent_the_dry_run_says_what_the_call_then_does(shop: Shop) -> None:
    items = a_past(shop)
    keys = iter(range(1_000_000))

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(items[:-1]), min_size=1, max_size=9))
    def held(some: list[Any]) -> None:
        said = foreseen(shop, *some).json["results"]
        assert said == foreseen(shop, *some).json["results"]
        assert said == shop.put(*some, key=f"key-{next(keys)}").json["results"]

    held()


def test_five_hundred_are_looked_through_as_they_would_be_taken_fifty_by_fifty(shop: Shop) -> None:
    wrong = an_order("A", "c", colour="red")
    orders = [wrong, *(an_order(str(n), f"c{n % 7}") for n in range(497)), an_order("A", "c"), an_order("3", "c3")]
    said = foreseen(shop, *orders).json["results"]
    assert [said[place]["outcome"] for place in (0, 1, 498, 499)] == ["refused", "created", "created", "refused"]
    assert said[499]["reason"] == "repeated"
    assert said == shop.put(*orders, key="real").json["results"]
    assert {one["outcome"] for one in foreseen(shop, *orders[1:498]).json["results"]} == {"unchanged"}


@pytest.mark.parametrize("query", ["dry_run=1", "dry_run=yes", "dry_run=", "dryrun=true", "dry_run=true&dry_run=true", "Dry_run=true"])
def test_a_slip_in_the_question_never_becomes_a_write(shop: Shop, query: str) -> None:
    answer = foreseen(shop, an_order("1", "c"), query=query, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json["reason"]) == (400, "bad-parameter")
    assert shop.get().json["orders"] == []


def test_without_the_question_a_key_is_needed_as_before(shop: Shop) -> None:
    for query in ("", "dry_run=false"):
        answer = foreseen(shop, an_order("1", "c"), query=query)
        assert (answer.status_code, answer.json["reason"]) == (400, "key-needed")


def test_a_key_that_comes_along_is_not_used_up(shop: Shop) -> None:
    body = json.dumps({"orders": [an_order("1", "c")]}).encode()
    headers = bearing(shop.token, **{"Idempotency-Key": "k", "Content-Type": "application/json"})

    def send(query: str) -> Any:
        return shop.client.post(f"{PATH}{query}", data=body, headers=headers)

    assert send("?dry_run=true").json["results"] == [{"number": "1", "outcome": "created"}]
    assert send("").json["results"] == [{"number": "1", "outcome": "created"}]
    assert send("?dry_run=true").json["results"] == [{"number": "1", "outcome": "unchanged"}]


def test_who_may_not_write_is_told_nothing(app: Flask, shop: Shop) -> None:
    assert shop.client.post(f"{PATH}?dry_run=true", json={"orders": [{}]}).status_code == 401
    answer = foreseen(shop)
    assert (answer.status_code, answer.json["reason"]) == (422, "invalid")
