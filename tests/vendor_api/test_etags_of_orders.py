"""Orders are told where they still are as their company saw them: ``If-Match``, ``If-None-Match``, and by item."""

import json
from itertools import count as count_from
from typing import Any

import pytest
from flask import Flask

from portal.kernel.etags import tag_of
from portal.kernel.house import House
from portal.orders.service import hide, mark_gift, put_all, show, unmark_gift
from portal.orders.service import ship as told_of
from portal.orders.shipment_shapes import ShipmentIn
from tests.oauth.cast import bearing
from tests.oauth.racing import PROCESSES, THREADS, race
from tests.orders.cast import an_order, found, line, list_of
from tests.prove.sizes import size
from tests.vendor_api.test_orders import PATH, Shop, count


@pytest.fixture
def shop(app: Flask, house: House) -> Shop:
    """The shop on this engine."""
    return Shop(app, house)


_keys = count_from(1)


class Told:
    """One order that a shop tells by its own address."""

    def __init__(self, shop: Shop, number: str = "1") -> None:
        self.shop, self.path, self.number = shop, f"{PATH}/{number}", number

    def put(self, order: dict[str, Any], key: str | None = None, **headers: str) -> Any:
        """Tells it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = bearing(self.shop.token, **{"Idempotency-Key": key or f"key-{next(_keys)}"}, **named)
        return self.shop.client.put(self.path, json=order, headers=sent)

    @property
    def tag(self) -> str:
        """The ETag that reading it gives."""
        answer = self.shop.get(self.path)
        assert answer.status_code == 200
        return str(answer.headers["ETag"])


@pytest.fixture
def told(shop: Shop) -> Told:
    """An order that there is."""
    one = Told(shop)
    assert one.put(an_order("1", "c", line("Lamp", 100))).status_code == 201
    return one


def refused(answer: Any) -> tuple[int, str]:
    """Status and reason of a problem."""
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["reason"]


def test_one_order_is_told_by_its_own_address_made_then_changed_then_left_alone(shop: Shop) -> None:
    told = Told(shop, "A/1 x")
    made = told.put(an_order("A/1 x", "c", line("Lamp", 100)))
    assert (made.status_code, made.json["outcome"]) == (201, "created")
    assert made.json["etag"] == told.tag
    changed = told.put(an_order("A/1 x", "c", line("Lamp", 200)))
    assert (changed.status_code, changed.json["outcome"], changed.json["etag"]) == (200, "updated", told.tag)
    same = told.put(an_order("A/1 x", "c", line("Lamp", 200)))
    assert (same.status_code, same.json) == (200, {"number": "A/1 x", "outcome": "unchanged", "etag": told.tag})
    assert "ETag" not in changed.headers, "what was stored is not what was sent, byte by byte (RFC 9110, 9.3.4)"


def test_an_order_that_was_seen_is_changed_and_one_that_moved_is_not(told: Told) -> None:
    tag = told.tag
    assert tag.startswith('"') and not tag.startswith("W/")
    assert told.put(an_order("1", "c", line("Lamp", 200)), If_Match=tag).status_code == 200
    late = told.put(an_order("1", "c", line("Lamp", 300)), If_Match=tag)
    assert refused(late) == (412, "changed")
    assert late.json["fields" if "fields" in late.json else "detail"]
    assert told.shop.get(told.path).json["total"]["amount"] == 200
    assert told.put(an_order("1", "c", line("Lamp", 300)), If_Match=f'"other", {told.tag}').status_code == 200


def test_an_order_is_made_only_where_there_is_none_and_changed_only_where_there_is_one(told: Told) -> None:
    other = Told(told.shop, "2")
    assert refused(other.put(an_order("2", "c"), If_Match="*")) == (412, "absent")
    assert refused(other.put(an_order("2", "new"), If_Match='"x"')) == (412, "absent")
    assert count(told.shop.house) == 1
    assert other.put(an_order("2", "c"), If_None_Match="*").status_code == 201
    assert refused(other.put(an_order("2", "c"), If_None_Match="*")) == (412, "exists")
    assert refused(other.put(an_order("2", "c"), If_None_Match=other.tag)) == (412, "exists")
    assert other.put(an_order("2", "c", line("New", 5), line("More", 5)), If_None_Match='"x"').status_code == 200
    assert other.put(an_order("2", "c", line("New", 5), line("More", 6)), If_Match="*").status_code == 200


def test_nobody_has_to_say_what_they_saw(told: Told) -> None:
    assert told.put(an_order("1", "c", line("Lamp", 999))).status_code == 200


def test_a_weak_tag_is_never_good_enough_for_a_write(told: Told) -> None:
    assert refused(told.put(an_order("1", "c", line("Lamp", 5)), If_Match=f"W/{told.tag}")) == (412, "changed")
    assert refused(told.put(an_order("1", "c", line("Lamp", 5)), If_None_Match=f"W/{told.tag}")) == (412, "exists")


@pytest.mark.parametrize("header", ["If_Match", "If_None_Match"])
@pytest.mark.parametrize("value", ["", "x", '"x', 'x"', '"x" "y"', "*,*", '"a",', "w/\"x\"", '"' + "x" * 1000 + '"'])
def test_a_condition_that_cannot_be_read_is_refused_and_never_left_out(told: Told, header: str, value: str) -> None:
    assert refused(told.put(an_order("1", "c", line("Lamp", 5)), **{header: value})) == (400, "bad-etag")
    assert told.shop.get(told.path).json["version"] == 1


def test_a_condition_of_many_orders_stands_with_each_and_not_above_them(told: Told) -> None:
    headers = bearing(told.shop.token, **{"Idempotency-Key": "k", "If-Match": told.tag})
    answer = told.shop.client.post(PATH, json={"orders": [an_order("1", "c")]}, headers=headers)
    assert refused(answer) == (400, "condition-in-header")


def test_each_order_of_many_says_what_must_be_so_of_it(told: Told) -> None:
    tag = told.tag
    first = told.shop.put(
        an_order("1", "c", line("Lamp", 5), if_match=tag),
        an_order("2", "c", if_none_match="*"),
        an_order("3", "c", if_match="*"),
        an_order("4", "c", if_match="x"),
        key="many",
    ).json["results"]
    assert [one.get("reason", one["outcome"]) for one in first] == ["updated", "created", "absent", "invalid"]
    second = told.shop.put(
        an_order("1", "c", line("Lamp", 6), if_match=tag), an_order("2", "c", if_none_match="*"), key="again"
    ).json["results"]
    assert [(one["outcome"], one["reason"], one["field"]) for one in second] == [
        ("refused", "changed", "if_match"),
        ("refused", "exists", "if_none_match"),
    ]


def test_a_list_says_the_tag_that_each_order_has_by_itself(told: Told) -> None:
    Told(told.shop, "2").put(an_order("2", "c", line("A"), promised_at="2026-03-05T00:00:00Z"))
    listed = {one["number"]: one["etag"] for one in told.shop.get().json["orders"]}
    assert listed == {number: Told(told.shop, number).tag for number in ("1", "2")}


def test_companies_tags_of_the_same_value_are_not_alike(house: House) -> None:
    value = an_order("1", "c", line("Lamp", 100))
    with house.reading() as unit:
        assert tag_of(unit, b"one", value) == tag_of(unit, b"one", dict(value)) != tag_of(unit, b"other", value)


def test_what_the_customer_does_unseen_moves_no_tag_and_what_the_company_sees_moves_it(told: Told) -> None:
    house = told.shop.house
    customer = found(house, told.shop.program, "c", "ana@example.org")
    tags = [told.tag]
    [order] = list_of(house, customer)
    for verb in (hide, show):
        for line_id in (None, order.lines[0].id):
            with house.writing(customer) as unit:
                verb(unit, order_id=order.id, line_id=line_id)
            tags.append(told.tag)
    for mark in (mark_gift, unmark_gift):
        with house.writing(customer) as unit:
            mark(unit, order_id=order.id, line_id=order.lines[0].id)
        tags.append(told.tag)
    assert len(set(tags)) == 1
    with house.writing() as unit:
        told_of(unit, vendor_id=told.shop.program.vendor_id, number="1", shipment=ShipmentIn(number="S"))
    assert told.tag != tags[0]
    assert refused(told.put(an_order("1", "c", line("Lamp", 1)), If_Match=tags[0])) == (412, "changed")


def test_news_of_a_shipment_while_an_order_is_made_ready_are_seen_before_it_is_written(told: Told) -> None:
    """Between the look at the order and its writing a parcel is told of: the ETag that was named is not its any more."""
    house, vendor_id, opened = told.shop.house, told.shop.program.vendor_id, []
    order = an_order("1", "c", line("Lamp", 5), if_match=told.tag)

    def writing() -> Any:
        if not opened:
            opened.append(1)
            with house.writing() as unit:
                told_of(unit, vendor_id=vendor_id, number="1", shipment=ShipmentIn(number="S"))
        return house.writing()

    [[result]] = put_all(house.reading, writing, vendor_id=vendor_id, orders=[order])
    assert result.refusal is not None and result.refusal.reason == "changed"
    assert told.shop.get(told.path).json["version"] == 1


def test_a_request_said_again_is_answered_alike_though_the_order_has_moved_by_it(told: Told) -> None:
    tag, order = told.tag, an_order("1", "c", line("Lamp", 5))
    first = told.put(order, key="k", If_Match=tag)
    again = told.put(order, key="k", If_Match=tag)
    assert (again.status_code, again.data) == (first.status_code, first.data) == (200, again.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert refused(told.put(order, key="k", If_Match='"other"')) == (422, "key-reused")


def test_what_was_refused_may_be_said_again_with_its_key_and_is_looked_at_anew(told: Told) -> None:
    order = an_order("2", "c")
    other = Told(told.shop, "2")
    assert refused(other.put(order, key="k", If_Match="*")) == (412, "absent")
    other.put(order)
    assert other.put(order, key="k", If_Match="*").json["outcome"] == "unchanged"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (an_order("2", "c"), "number-differs"),
        (an_order("1", "d"), "customer-differs"),
        (an_order("1", "c", colour="red"), "unknown-field"),
        (an_order("1", "c", if_match="*"), "unknown-field"),
        ({"number": "1"}, "missing"),
        ({}, "missing"),
    ],
)
def test_one_order_is_refused_with_the_reasons_of_many(told: Told, order: dict[str, Any], reason: str) -> None:
    answer = told.put(order)
    assert refused(answer) == (422, reason)
    assert answer.json["fields"]


def test_an_order_that_is_no_order_is_a_clear_no(told: Told) -> None:
    headers = bearing(told.shop.token, **{"Idempotency-Key": "k", "Content-Type": "application/json"})
    for body, status in ((b"[]", 422), (b"{", 400), (b'{"number": "1", "number": "1"}', 400)):
        assert told.shop.client.put(told.path, data=body, headers=headers).status_code == status
    assert told.shop.client.put(f"{PATH}/{'x' * 65}", json={}, headers=headers).status_code == 404
    assert refused(told.shop.client.put(told.path, json=an_order("1", "c"), headers=bearing(told.shop.token)))[1] == "key-needed"


ROUNDS = size(test=4, prove=40)


def test_of_writers_who_saw_the_same_order_exactly_one_wins_in_processes_of_their_own(house: House, shop: Shop) -> None:
    """Eight at once, from two processes: by the address, among many, and with the same words as well as others."""
    shop.put(*(an_order(str(n), "c", line("Lamp", 1)) for n in range(ROUNDS)))
    writers = PROCESSES * THREADS
    rounds = [[_attempt(shop, n, who, Told(shop, str(n)).tag) for who in range(writers)] for n in range(ROUNDS)]
    for answers in race(house, rounds):
        said = [_said(status, answer) for status, answer in answers]
        assert sorted(set(said)) == ["changed", "updated"], said
        assert said.count("updated") == 1
    assert {one["version"] for one in shop.get().json["orders"]} == {2}


def test_of_those_who_make_the_same_order_exactly_one_does(house: House, shop: Shop) -> None:
    writers = PROCESSES * THREADS
    rounds = [[_attempt(shop, n, who, None) for who in range(writers)] for n in range(ROUNDS)]
    for answers in race(house, rounds):
        said = [_said(status, answer) for status, answer in answers]
        assert sorted(said) == ["created"] + ["exists"] * (writers - 1)
    assert count(house) == ROUNDS


def _attempt(shop: Shop, number: int, who: int, tag: str | None) -> dict[str, Any]:
    """One writer's request: every second one among many. Two of them say the very same."""
    order = an_order(str(number), "c", line("Lamp", 100 + who // 2))
    condition = {"if_none_match": "*"} if tag is None else {"if_match": tag}
    headers = bearing(shop.token, **{"Idempotency-Key": f"{number}-{who}", "Content-Type": "application/json"})
    if who % 2:
        sent = {"orders": [{**order, **condition}]}
        return {"path": PATH, "method": "POST", "data": json.dumps(sent), "headers": headers}
    [(name, value)] = condition.items()
    named = {"If-Match" if name == "if_match" else "If-None-Match": value}
    return {"path": f"{PATH}/{number}", "method": "PUT", "data": json.dumps(order), "headers": {**headers, **named}}


def _said(status: int, answer: Any) -> str:
    if "results" in answer:
        answer = answer["results"][0]
    elif status not in (200, 201):
        assert status == 412, answer
    return str(answer.get("reason") or answer["outcome"])


def test_the_description_tells_of_conditions_and_of_what_they_are_answered_with(shop: Shop) -> None:
    paths = shop.client.get("/api/v1/openapi.json").json["paths"]
    one, many = paths["/api/v1/orders/{number}"]["put"], paths["/api/v1/orders"]["post"]
    told = {(item["name"], item["in"]): item["required"] for item in one["parameters"] + many["parameters"]}
    assert told[("If-Match", "header")] is told[("If-None-Match", "header")] is told[("dry_run", "query")] is False
    assert one["responses"]["412"]["content"].keys() == {"application/problem+json"}
    assert "428" not in one["responses"]
    assert one["tags"] == many["tags"] == ["orders"]
