"""Files of WooCommerce and Odoo: each field to its place, and what is wrong named."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Invalid
from portal.kernel.money import MOST, currencies, exponent
from portal.orders.maps import woocommerce
from portal.orders.maps.reading import Reading
from portal.orders.maps.rows import minor
from portal.orders.shapes import OrderIn, parse
from tests.orders.shop_files import FILES, ODOO, WOO, amounts, rows_of, sample, taken

# WooCommerce


def test_an_order_of_woocommerce_is_read_whole() -> None:
    row = next(row for row in rows_of("woocommerce.json") if row.order and row.order["number"] == "1004")
    assert row.email == "ona@example.org"
    assert row.order == {
        "number": "1004",
        "customer": "41",
        "status": "OrderProcessing",
        "currency": "EUR",
        "placed_at": "2026-02-03T09:15:59+00:00",
        "approved_at": "2026-02-03T09:16:10+00:00",
        "lines": [
            {"number": "10041", "name": "Beeswax candle", "quantity": 3, "amount": 1800, "status": "OrderProcessing"},
            {"number": "10042", "name": "Matches", "quantity": 1, "amount": 121, "status": "OrderProcessing"},
            {"number": "10048", "name": "Correos 48 h", "quantity": 1, "amount": 500, "status": "OrderProcessing"},
        ],
    }


def test_every_state_of_woocommerce_has_its_place_and_what_is_no_order_is_passed_over() -> None:
    orders, rows = taken(rows_of("woocommerce.json")), rows_of("woocommerce.json")
    read = {number: parse({"customer": "x", **order}) for number, order in orders.items()}
    assert all(isinstance(order, OrderIn) for order in read.values())
    said = {one["status"] for one in sample("woocommerce.json")}
    assert said == {*woocommerce.STATUSES, "checkout-draft", "trash", "shipped"}
    assert orders["1007"]["status"] == "OrderReturned"
    assert sum(row.is_none for row in rows) == 2


def test_refunds_are_lines_and_what_was_paid_back_whole_is_returned() -> None:
    orders = taken(rows_of("woocommerce.json"))
    assert amounts(orders["1007"]) == [(1, 10000), (1, -10000)]
    assert {line["status"] for line in orders["1007"]["lines"]} == {"OrderReturned"}
    assert amounts(orders["1008"]) == [(1, 10000), (2, 600), (1, -300), (1, -500)]
    assert [line["status"] for line in orders["1008"]["lines"]] == ["OrderDelivered"] * 2 + ["OrderReturned"] * 2
    assert [line["name"] for line in orders["1008"]["lines"][2:]] == ["Refund", "Late"]


def test_currencies_have_as_many_digits_as_iso_4217_gives_them() -> None:
    orders = taken(rows_of("woocommerce.json"))
    assert amounts(orders["1009"]) == [(2, 5280), (1, 990)]
    assert amounts(orders["1010"]) == [(1, 1650)], "a shop may write two decimals where there are none"
    assert (amounts(orders["1011"]), amounts(orders["1012"])) == ([(3, 7125)], [(1, 239880)])
    assert amounts(orders["1019"]) == [(1, 9999999999999)]


def test_names_are_put_on_one_line_and_lose_what_nobody_sees() -> None:
    order = taken(rows_of("woocommerce.json"))["1014"]
    family, spaces, long = (line["name"] for line in order["lines"])
    assert family == "Family \U0001f468\u200d\U0001f469\u200d\U0001f467 mug with trick"
    assert (spaces, len(long), long[-1]) == ("Two lines and spaces", 200, "…")
    assert taken(rows_of("woocommerce.json"))["1001"]["lines"][0]["name"] == "Olive oil & vinegar set"


def test_what_rounding_leaves_is_a_line_of_its_own_and_more_than_that_is_refused() -> None:
    order = taken(rows_of("woocommerce.json"))["1016"]
    assert [(line["number"], line["amount"]) for line in order["lines"]][-1] == ("rounding", -1)
    assert sum(amount for _, amount in amounts(order)) == 605
    [one] = [order for order in sample("woocommerce.json") if order["number"] == "1016"]
    for total, is_taken in (("6.02", False), ("6.03", True), ("6.06", True), ("6.09", True), ("6.10", False)):
        [row] = WOO.rows(json.dumps([{**one, "total": total}]).encode())
        assert (row.order is not None) is is_taken, total


def test_parcels_come_with_the_order_they_belong_to() -> None:
    row = next(row for row in rows_of("woocommerce.json") if row.order and row.order["number"] == "1005")
    assert row.shipments == (
        {
            "number": "9f1c0b6a5d4e3f2a1b0c9d8e7f6a5b4c",
            "carrier": "correos",
            "tracking": "PX00001111ES",
            "events": [{"kind": "handed-over", "at": "2026-02-05T00:00:00+00:00"}],
        },
        {
            "number": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "carrier": "Furgoneta d'en Pep",
            "tracking": "77",
            "tracking_url": "https://pep.example/t/77",
            "events": [{"kind": "handed-over", "at": "2026-02-06T00:00:00+00:00"}],
        },
    )


WRONG = {
    "1022": "status: not one of pending, on-hold, failed, processing, completed, cancelled, refunded",
    "1023": "currency: not a currency of ISO 4217",
    "1024": "total: not the sum of line_items, shipping_lines and fee_lines with their taxes",
    "1025": "line_items.total: more decimals than JPY has",
    "1026": "line_items.total: too large",
    "1027": "line_items: empty",
    "1028": "refunds: more than the total",
    "1029": "date_created_gmt: there is no such day or hour",
    "1030": "_wc_shipment_tracking_items: date_shipped: not a time",
}


def test_what_is_wrong_in_a_row_of_woocommerce_is_said_with_its_line_and_number() -> None:
    text = (FILES / "woocommerce.json").read_text().splitlines()
    found = {row.line: row.wrong for row in rows_of("woocommerce.json") if row.wrong}
    assert list(found.values()) == [f"order {number}: {why}" for number, why in WRONG.items()]
    for line, why in found.items():
        # An order begins in the line that is named.
        assert text[line - 1].strip() == "{" and why is not None
        assert f'"id": {why.split()[1].strip(":")},' in text[line]


def test_an_order_a_line_reads_alike_and_a_spoilt_line_spoils_itself_alone() -> None:
    orders = sample("woocommerce.json")
    lines = "\n".join(json.dumps(order) for order in orders)
    assert [row.order for row in WOO.rows(lines.encode())] == [row.order for row in rows_of("woocommerce.json")]
    [first, second, third] = WOO.rows(f"{json.dumps(orders[0])}\n\n{{\"id\": 7,\n{json.dumps(orders[1])}\n".encode())
    assert (first.wrong, second.line, second.wrong, third.line, third.wrong) == (None, 3, "this is not JSON", 4, None)


# Odoo


def test_an_order_of_odoo_is_read_whole() -> None:
    row = next(row for row in rows_of("odoo.json") if row.order and row.order["number"] == "S00013")
    assert row.email == "marta@example.org"
    assert row.order == {
        "number": "S00013",
        "customer": "201",
        "currency": "EUR",
        "placed_at": "2026-02-03T09:15:00+00:00",
        "shipped_at": "2026-02-09T15:30:00+00:00",
        "promised_at": "2026-02-10T12:00:00+00:00",
        "lines": [
            {
                "number": "1301",
                "name": "[FURN_7800] Desk Combination Black-brown, 140 cm",
                "category": "All / Saleable",
                "quantity": 1,
                "amount": 54450,
                "status": "OrderDelivered",
            },
            {
                "number": "1302",
                "name": "Cable tray",
                "category": "All / Saleable",
                "quantity": 2,
                "amount": 3630,
                "status": "OrderProcessing",
            },
        ],
    }
    assert row.shipments == (
        {
            "number": "WH/OUT/00005",
            "carrier": "Transports Fluvià",
            "tracking": "TF123456",
            "tracking_url": "https://fluvia.example/t/123456",
            "events": [{"kind": "handed-over", "at": "2026-02-09T15:30:00+00:00"}],
        },
    )


def test_all_three_forms_of_odoo_say_the_same_orders() -> None:
    whole = taken(rows_of("odoo.json"))
    calls = taken(rows_of("odoo_calls.json"))
    table = taken(rows_of("odoo.csv"))
    without = [{name: value for name, value in line.items() if name != "category"} for line in whole["S00013"]["lines"]]
    assert calls["S00013"]["lines"] == without, "a classic read names no category"
    assert whole.keys() == table.keys() == calls.keys()
    assert {number: amounts(order) for number, order in whole.items()} == {n: amounts(o) for n, o in calls.items()}
    del whole["S00020"], table["S00020"]
    assert whole == table


def test_quotations_are_no_orders_and_states_follow_what_was_handed_over() -> None:
    orders = taken(rows_of("odoo.json"))
    assert sum(row.is_none for row in rows_of("odoo.json")) == 2
    said = {number: {line["status"] for line in order["lines"]} for number, order in orders.items()}
    assert said["S00014"] == said["S00021"] == {"OrderDelivered"}
    assert (said["S00015"], said["S00016"]) == ({"OrderCancelled"}, {"OrderProcessing"})


def test_measures_discounts_and_lines_of_nothing_of_odoo() -> None:
    orders = taken(rows_of("odoo.json"))
    assert [line["name"] for line in orders["S00017"]["lines"]] == ["2.5 kg · Tomatoes", "1.5 Hours · Gardening"]
    assert amounts(orders["S00018"]) == [(3, 4029), (1, -403)]
    assert amounts(orders["S00019"]) == [(1, 1234567890123)]
    assert amounts(orders["S00020"]) == [(1, 4029)], "40.290000000000006 is 40.29"


WRONG_OF_ODOO = {
    "S00022": "state: not one of sale, done, cancel, Sales Order, Locked, Cancelled",
    "S00023": "currency_id: not a currency of ISO 4217",
    "S00024": "amount_total: not the sum of price_total of order_line",
    "S00025": "partner_id: missing",
    "S00026": "order_line: ids alone: export the lines with their fields, or beside the orders as sale.order.line",
    "S00027": "order_line.price_total: more decimals than JPY has",
}


def test_what_is_wrong_in_a_row_of_odoo_is_said_with_its_line_and_number() -> None:
    text = (FILES / "odoo_calls.json").read_text().splitlines()
    assert [row.wrong for row in rows_of("odoo.json") if row.wrong] == [f"order {n}: {why}" for n, why in WRONG_OF_ODOO.items()]
    for row in rows_of("odoo_calls.json"):
        assert text[row.line - 1].strip() == "{"
        assert row.order is None or row.order["number"] in text[row.line + 1]
    assert {row.wrong for row in rows_of("odoo.csv") if row.wrong} < {f"order {n}: {why}" for n, why in WRONG_OF_ODOO.items()}


def test_times_of_a_table_are_those_of_whoever_exported_it() -> None:
    here = Reading("odoo", zone=ZoneInfo("Europe/Madrid"))
    assert taken(here.rows((FILES / "odoo.csv").read_bytes()))["S00013"]["placed_at"] == "2026-02-03T08:15:00+00:00"


def test_answers_of_the_api_are_read_out_of_their_envelopes() -> None:
    orders, whole = sample("odoo.json"), taken(rows_of("odoo.json"))
    for envelope in (
        {"jsonrpc": "2.0", "id": 1, "result": orders},
        {"jsonrpc": "2.0", "id": 1, "result": {"length": len(orders), "records": orders}},
        {"length": len(orders), "records": orders},
    ):
        assert taken(ODOO.rows(json.dumps(envelope).encode())) == whole


# What is no such file


@pytest.mark.parametrize("reading", [WOO, ODOO], ids=["woocommerce", "odoo"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\xff\xfe[\x00]\x00", "not UTF-8"),
        (b"[\n{},\n{", "Line 3: this is not JSON"),
        (b"[{}", "not whole"),
        (b"[{}, ", "not JSON"),
        (b"[{} {}]", "not whole"),
        (b"[{}] [{}]", "behind the end"),
        (b"{\n", "Line 1: this is not JSON"),
        (b'[{"a": NaN}]', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'[{"a": ' + b"9" * 10_000 + b"}]", "not JSON"),
    ],
)
def test_what_is_no_file_of_orders_is_said_so(reading: Reading, data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        reading.rows(data)
    assert said in (refused.value.detail or "") or "no column" in (refused.value.detail or "")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name,state\n", "no column date_order, currency_id, amount_total, order_line/product_uom_qty, partner_id/.id"),
        (b"%PDF-1.7\n", "no column name"),
        (b'{"length": 0}', "neither a list of orders"),
        (b'{"error": {"code": 200}}', "neither a list of orders"),
    ],
)
def test_what_is_no_export_of_odoo_is_said_so(data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        ODOO.rows(data)
    assert said in (refused.value.detail or "")


def test_a_row_of_a_table_with_too_many_cells_is_named_and_its_order_is_not_taken_without_it() -> None:
    lines = (FILES / "odoo.csv").read_text().splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("S00017"))
    lines[at + 1] += ",more"
    wrong = {row.line: row.wrong for row in ODOO.rows("\n".join(lines).encode()) if row.wrong}
    assert wrong[at + 2] == "23 cells instead of 22"
    assert wrong[at + 1] == "order S00017: amount_total: not the sum of price_total of order_line"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_whatever_stands_in_a_field_a_row_is_taken_or_refused_and_never_a_fault(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["woocommerce.json", "odoo.json"]))
    order = data.draw(st.sampled_from(sample(name)[2:12]))
    target: Any = order
    while isinstance(target, dict) and data.draw(st.booleans()):
        nested = [value for value in target.values() if isinstance(value, dict | list) and value]
        if not nested:
            break
        inner = data.draw(st.sampled_from(nested))
        target = inner[0] if isinstance(inner, list) else inner
    if isinstance(target, dict):
        target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_JSON)
    text = json.dumps(order, allow_nan=True)
    reading = WOO if name.startswith("woo") else ODOO
    try:
        [row] = reading.rows(f"[{text}]".encode("utf-8", "surrogatepass"))
    except Invalid:
        return
    assert (row.order is None) == (row.wrong is not None or row.is_none)
    if row.order is not None:
        parse({"customer": "x", **row.order})


@given(st.sampled_from(sorted(currencies())), st.integers(-MOST, MOST))
def test_an_amount_comes_through_its_writing_to_the_last_unit(currency: str, units: int) -> None:
    digits = exponent(currency)
    sign, whole = "-" if units < 0 else "", abs(units)
    written = f"{sign}{whole // 10**digits}" + (f".{whole % 10**digits:0{digits}d}" if digits else "")
    assert minor(written, currency, "total") == units
    if whole < 10**12:
        assert minor(float(written), currency, "total") == units, "as a binary fraction, as Odoo writes it"
