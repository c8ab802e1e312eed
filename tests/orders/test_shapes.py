"""What a company may send as an order, and the reason for each thing that is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.orders.shapes import LINES, OrderIn, Refusal, parse
from portal.orders.statuses import RANK, STATUSES, status_of

GOOD: dict[str, Any] = {
    "number": "A-1",
    "customer": "C 1",
    "status": "OrderDelivered",
    "placed_at": "2026-03-01T10:00:00+01:00",
    "currency": "EUR",
    "lines": [{"name": "Lamp", "amount": 1000}, {"name": "Bulb", "quantity": 3, "unit_price": 200}],
}


def without(name: str) -> dict[str, Any]:
    """A good order that lacks a member."""
    return {member: value for member, value in GOOD.items() if member != name}


def test_an_order_is_read_with_its_times_in_utc_and_its_amounts_counted() -> None:
    order = parse(GOOD)
    assert isinstance(order, OrderIn)
    assert order.placed_at.isoformat() == "2026-03-01T09:00:00+00:00"
    assert [line.cost for line in order.all_lines()] == [1000, 600]
    assert [line.number for line in order.all_lines()] == ["1", "2"]


def test_an_order_told_without_lines_has_one_without_a_name_worth_the_total() -> None:
    order = parse(without("lines") | {"total": 4200})
    assert isinstance(order, OrderIn)
    [line] = order.all_lines()
    assert (line.number, line.name, line.cost, line.status) == ("1", None, 4200, "OrderDelivered")


@pytest.mark.parametrize(
    ("order", "reason", "field"),
    [
        ("not an order", "invalid", None),
        ([], "invalid", None),
        (None, "invalid", None),
        (without("number"), "missing", "number"),
        (without("customer"), "missing", "customer"),
        (without("status"), "status-needed", "status"),
        (without("currency"), "currency-needed", "currency"),
        (GOOD | {"colour": "red"}, "unknown-field", "colour"),
        (GOOD | {"number": ""}, "invalid", "number"),
        (GOOD | {"number": "x" * 65}, "invalid", "number"),
        (GOOD | {"number": "tab\there"}, "invalid", "number"),
        (GOOD | {"number": "línea"}, "invalid", "number"),
        (GOOD | {"number": 7}, "invalid", "number"),
        (GOOD | {"number": "A-1\n"}, "invalid", "number"),
        (GOOD | {"status": "Delivered"}, "unknown-status", "status"),
        (GOOD | {"placed_at": "2026-03-01T10:00:00"}, "zone-needed", "placed_at"),
        (GOOD | {"placed_at": "yesterday"}, "invalid", "placed_at"),
        (GOOD | {"placed_at": "2026-02-30T10:00:00Z"}, "invalid", "placed_at"),
        (GOOD | {"placed_at": "1969-12-31T23:59:59Z"}, "date-out-of-range", "placed_at"),
        (GOOD | {"placed_at": "0001-01-01T00:00:00+14:00"}, "date-out-of-range", "placed_at"),
        (GOOD | {"placed_at": "9999-12-31T23:59:59-14:00"}, "date-out-of-range", "placed_at"),
        (GOOD | {"placed_at": "2199-01-01T00:00:00Z"}, "date-in-future", "placed_at"),
        (GOOD | {"currency": "EURO"}, "invalid", "currency"),
        (GOOD | {"currency": "ABC"}, "unknown-currency", "currency"),
        (GOOD | {"total": 1}, "total-differs", "total"),
        (GOOD | {"lines": [{"name": "x" * 201, "amount": 1}]}, "invalid", "lines.0.name"),
        (GOOD | {"lines": [{"name": "a\u0000b", "amount": 1}]}, "invalid", "lines.0.name"),
        (GOOD | {"lines": [{"name": "Lamp\u202e pmaL", "amount": 1}]}, "odd-character", "lines.0.name"),
        (GOOD | {"lines": [{"category": "\u200bLight", "amount": 1}]}, "odd-character", "lines.0.category"),
        (GOOD | {"lines": [{"amount": 1.5}]}, "invalid", "lines.0.amount"),
        (GOOD | {"lines": [{"amount": "1"}]}, "invalid", "lines.0.amount"),
        (GOOD | {"lines": [{"amount": True}]}, "invalid", "lines.0.amount"),
        (GOOD | {"lines": [{"amount": 10**14}]}, "too-large", "lines.0.amount"),
        (GOOD | {"lines": [{"unit_price": 10**12, "quantity": 1_000_000}]}, "amount-too-large", "lines"),
        (GOOD | {"lines": [{"quantity": 0, "amount": 1}]}, "too-small", "lines.0.quantity"),
        (GOOD | {"lines": [{"quantity": 1_000_001, "amount": 1}]}, "too-large", "lines.0.quantity"),
        (GOOD | {"lines": [{"quantity": -1, "amount": 1}]}, "too-small", "lines.0.quantity"),
        (GOOD | {"lines": [{"amount": 10**13}] * 2}, "amount-too-large", "lines"),
        (GOOD | {"lines": [{"amount": 5}, {"amount": -6}]}, "total-negative", "total"),
        (without("lines") | {"total": -1}, "total-negative", "total"),
        (GOOD | {"lines": [{"amount": 1, "currency": "EUR"}, {"amount": 1, "currency": "USD"}]}, "mixed-currencies", "lines"),
        (GOOD | {"lines": [{"amount": 1}, {}]}, "amount-needed", "lines"),
        (GOOD | {"channel": "pigeon"}, "unknown-word", "channel"),
        (GOOD | {"seller_of_record": "a\u202eb"}, "odd-character", "seller_of_record"),
        (GOOD | {"lines": [{"number": "2", "amount": 1}, {"amount": 1}]}, "repeated-line", "lines"),
        (GOOD | {"lines": [{"amount": 1}] * (LINES + 1)}, "too-many-lines", "lines"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason_and_field(order: Any, reason: str, field: str | None) -> None:
    refused = parse(order)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.field) == (reason, field)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(OrderIn.model_fields)), _JSON) | _JSON)
def test_nothing_that_json_can_say_gets_past_the_reader_in_another_way(sent: Any) -> None:
    assert isinstance(parse(sent), OrderIn | Refusal)


@given(st.text(min_size=8, max_size=40, alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)))
def test_a_refusal_never_repeats_what_was_sent(secret: str) -> None:
    for member in ("number", "customer", "status", "placed_at", "currency"):
        assert secret not in str(parse(GOOD | {member: secret}))


@given(st.lists(st.sampled_from(STATUSES), min_size=1))
def test_an_order_stands_where_its_least_settled_line_stands(lines: list[str]) -> None:
    assert RANK[status_of(lines)] == min(RANK[status] for status in lines)
