"""Files of WooCommerce and Odoo: each field to its place, what is wrong named, nothing by halves, nothing twice."""

import copy
import csv
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.cli import cli
from portal.kernel.db import Base
from portal.kernel.errors import Invalid
from portal.kernel.house import House
from portal.kernel.money import MOST, currencies, exponent
from portal.kernel.unit import SYSTEM, Actor
from portal.links.reads.invitations import questions_of
from portal.links.service import connect, end
from portal.orders.importing import import_file
from portal.orders.maps import odoo, woocommerce
from portal.orders.maps.odoo_table import CSV_NAMES
from portal.orders.maps.reading import Reading
from portal.orders.maps.rows import Field, Row, minor
from portal.orders.shapes import OrderIn, parse
from tests.grants.cast import person
from tests.oauth.cast import Program
from tests.orders.cast import company, list_of
from tests.orders.test_putting import read_back
from tests.processes import ROOT

FILES = Path(__file__).with_name("files")
WOO, ODOO = Reading("woocommerce"), Reading("odoo")


def rows_of(name: str) -> list[Row]:
    """The rows of one of our own files."""
    reading = WOO if name.startswith("woo") else ODOO
    return reading.rows((FILES / name).read_bytes())


def taken(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """The orders of a file by number; the first of those with the same."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.order is not None:
            found.setdefault(row.order["number"], row.order)
    return found


@cache
def _sample(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FILES / name).read_text())
    return found


def sample(name: str) -> list[dict[str, Any]]:
    """What stands in a file, to be changed."""
    return copy.deepcopy(_sample(name))


def amounts(order: dict[str, Any]) -> list[tuple[int, int]]:
    """How many pieces and what they cost, line by line."""
    return [(line["quantity"], line["amount"]) for line in order["lines"]]


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
    order = copy.deepcopy(data.draw(st.sampled_from(_sample(name)[2:12])))
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


# The page


def _page(name: str) -> list[list[str]]:
    """The cells of the tables of a section of the page that hold code."""
    text = (ROOT / "docs" / "shops.md").read_text().partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip("`") for cell in row] for row in rows]


@pytest.mark.parametrize(("name", "house_map"), [("WooCommerce", woocommerce), ("Odoo", odoo)])
def test_the_page_says_of_each_field_and_state_what_the_code_makes_of_it(name: str, house_map: Any) -> None:
    rows = _page(name)
    ours = 2 if name == "Odoo" else 1
    fields = [Field(row[0], row[ours]) for row in rows if len(row) > 2]
    assert fields == list(house_map.MAP)
    if name == "Odoo":
        assert {row[0]: row[1] for row in rows if len(row) > 2 and row[1]} == CSV_NAMES
    states = {row[0]: row[1] for row in rows if len(row) == 2}
    assert states == {**house_map.STATUSES, **dict.fromkeys(house_map.NO_ORDERS, "no order")}


def test_a_line_of_the_page_that_says_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(woocommerce, "MAP", (*woocommerce.MAP, Field("billing.phone", "phone")))
    with pytest.raises(AssertionError):
        test_the_page_says_of_each_field_and_state_what_the_code_makes_of_it("WooCommerce", woocommerce)


def _changed(order: dict[str, Any], path: str) -> None:
    """Takes a field out of an order, or makes it another."""
    *way, last = re.findall(r"\w+|\[\w+\]", path)
    target: Any = order
    for step in way:
        if step.startswith("["):
            target = next(one["value"] for one in target if one["key"] == step[1:-1])
        else:
            target = target[step] if isinstance(target, dict) else target[0][step]
    target = target[0] if isinstance(target, list) else target
    value = target[last]
    if isinstance(value, dict):
        target[last] = {**value, "display_name": "Something else", "id": 9999}
    elif isinstance(value, list):
        target[last] = [9999, "Something else"]
    elif last.endswith(("_gmt", "date_order", "_date", "date_done")):
        target[last] = "2026-01-01T01:01:01"
    else:
        others = {"status": "on-hold", "state": "cancel", "delivery_status": "full", "currency_id": "USD", "currency": "USD"}
        target[last] = others.get(last) or (f"{value}9" if isinstance(value, str) else value + 7)


RICH = {"woocommerce.json": ("1005", "1008", "1017", "1004", "1007"), "odoo.json": ("S00013", "S00017", "S00016")}


@pytest.mark.parametrize("name", list(RICH))
def test_each_field_of_a_map_makes_a_difference(name: str) -> None:
    """A map that names a field which is not read would be a table of wishes."""
    house_map, reading = (woocommerce, WOO) if name.startswith("woo") else (odoo, ODOO)
    key = "number" if name.startswith("woo") else "name"
    found = {order[key]: order for order in reversed(sample(name))}
    unread = [field.theirs for field in house_map.MAP if not any(_matters(reading, found[n], field.theirs) for n in RICH[name])]
    assert unread == []


def _matters(reading: Reading, order: dict[str, Any], path: str) -> bool:
    before, after = copy.deepcopy(order), copy.deepcopy(order)
    if path.endswith(("price_subtotal", "price_tax")):
        del before["order_line"][0]["price_total"], after["order_line"][0]["price_total"]
    if path.endswith("].product_id"):
        before["order_line"][0]["name"] = after["order_line"][0]["name"] = False
    if path.endswith(("custom_tracking_provider", "custom_tracking_link")) and len(_parcels(order)) > 1:
        before, after = ({**one, "meta_data": [{**one["meta_data"][0], "value": _parcels(one)[1:]}]} for one in (before, after))
    try:
        _changed(after, path)
    except (KeyError, IndexError, TypeError, StopIteration):
        return False
    one, other = (reading.rows(json.dumps([order]).encode())[0] for order in (before, after))
    return (one.order, one.email, one.shipments, one.wrong) != (other.order, other.email, other.shipments, other.wrong)


def _parcels(order: dict[str, Any]) -> list[Any]:
    first = (order.get("meta_data") or [{}])[0]
    return first["value"] if isinstance(first.get("value"), list) else []


# Taken in


@pytest.fixture
def shop(house: House) -> Program:
    """The company whose files they are."""
    return company(house, "Botiga Inventada")


def everything(house: House) -> dict[str, list[Any]]:
    """Each row of each table but those of the log and of clocks."""
    house.lead()
    tables = [table for table in Base.metadata.sorted_tables if not table.name.startswith(("heartbeats", "log_"))]
    return {table.name: _rows(house, table) for table in tables}


def _rows(house: House, table: Any) -> list[str]:
    with house.reading() as unit:
        return sorted(map(repr, unit.connection.execute(select(table))))


def entries(house: House) -> int:
    """How many entries the log has."""
    house.lead()
    with house.reading() as unit:
        return len(unit.connection.execute(select(Base.metadata.tables["log_entries"].c.idx)).all())


@pytest.mark.parametrize(
    ("name", "new", "bad"),
    [("woocommerce.json", 20, 10), ("odoo.json", 9, 7), ("odoo_calls.json", 9, 5), ("odoo.csv", 9, 6)],
)
def test_a_file_comes_in_and_a_second_run_changes_nothing(
    house: House, shop: Program, name: str, new: int, bad: int, capsys: pytest.CaptureFixture[str]
) -> None:
    reading = WOO if name.startswith("woo") else ODOO
    assert import_file(house, SYSTEM, FILES / name, "Botiga Inventada", reading) == 1
    first = capsys.readouterr().out.splitlines()
    before, count = everything(house), entries(house)
    assert import_file(house, SYSTEM, FILES / name, "Botiga Inventada", reading) == 1
    second = capsys.readouterr().out.splitlines()
    assert everything(house) == before
    assert entries(house) == count
    rest = f"{bad} bad, 2 passed over that are no orders."
    assert first == [*first[:-1], f"{new} new, 0 changed, 0 as before, {rest}"]
    assert second == [*first[:-1], f"0 new, 0 changed, {new} as before, {rest}"]
    assert len(first) >= bad + 1
    assert len(read_back(house, shop, limit=50)) == new


def test_what_was_taken_in_reads_back_as_the_shop_has_it(house: House, shop: Program) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    orders = {order["number"]: order for order in read_back(house, shop, limit=50)}
    assert orders["1009"]["total"] == {"amount": 6270, "currency": "JPY"}
    assert orders["1007"]["status"] == "OrderReturned" and orders["1007"]["total"]["amount"] == 0
    assert orders["1008"]["status"] == "OrderDelivered" and orders["1008"]["total"]["amount"] == 9800
    assert [one["tracking"] for one in orders["1005"]["shipments"]] == ["PX00001111ES", "77"]
    assert orders["1005"]["customer"].startswith("guest-") and "convidada" not in orders["1005"]["customer"]
    assert orders["1015"]["customer"] == "guest-1015"


def test_a_bad_address_costs_the_order_nothing_and_is_named(
    house: House, shop: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    out = capsys.readouterr().out
    assert "the e-mail address is none: the order was taken without it" in out
    assert "nobody at home" not in out and "@" not in out


def test_whoever_proves_the_address_finds_their_orders_guests_too(house: House, shop: Program) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    for address, numbers in (("ona@example.org", {"1001", "1004", "1013"}), ("convidada@example.org", {"1005"})):
        customer = _proved(house, address)
        assert {order.number for order in list_of(house, customer)} == numbers


def test_news_of_the_shop_change_what_they_are_about_and_nothing_else(
    house: House, shop: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_file(house, SYSTEM, FILES / "woocommerce.json", "Botiga Inventada", WOO)
    orders = [order for order in sample("woocommerce.json") if order["number"] in ("1001", "1004", "1005")][:3]
    orders[0] |= {"status": "processing", "date_paid_gmt": "2026-02-10T09:00:00"}
    orders[2]["meta_data"][0]["value"].append({"tracking_provider": "seur", "tracking_number": "S3", "tracking_id": "third"})
    path = tmp_path / "tonight.json"
    path.write_text(json.dumps(orders))
    capsys.readouterr()
    assert import_file(house, SYSTEM, path, "Botiga Inventada", WOO) == 0
    assert capsys.readouterr().out == "0 new, 2 changed, 1 as before, 0 bad.\n"
    read = {order["number"]: order for order in read_back(house, shop, limit=50)}
    assert (read["1001"]["status"], read["1005"]["version"], len(read["1005"]["shipments"])) == ("OrderProcessing", 1, 3)


def test_a_parcel_that_cannot_be_told_any_more_is_named_and_holds_up_nothing(
    house: House, shop: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = next(order for order in sample("woocommerce.json") if order["number"] == "1004")
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([order]))
    import_file(house, SYSTEM, path, "Botiga Inventada", WOO)
    customer = _proved(house, "ona@example.org")
    with house.writing(customer) as unit:
        end(unit, link_id=list_of(house, customer)[0].link_id)
    parcel = {"id": 1, "key": "_wc_shipment_tracking_items", "value": [{"tracking_number": "1", "tracking_id": "1"}]}
    path.write_text(json.dumps([{**order, "status": "completed", "meta_data": [parcel]}]))
    capsys.readouterr()
    import_file(house, SYSTEM, path, "Botiga Inventada", WOO)
    out = capsys.readouterr().out
    assert "line 1: a parcel was not taken: The customer ended the connection with you." in out
    assert out.endswith("0 new, 1 changed, 0 as before, 0 bad.\n")


def _proved(house: House, address: str) -> Actor:
    """Somebody who proved this address, and says that what was found by it is theirs."""
    customer = person(house, address)
    with house.reading(customer) as unit:
        asked = questions_of(unit)
    for question in asked:
        with house.writing(customer) as unit:
            connect(unit, link_id=question.link_id)
    return customer


# The command


def command(house: House, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """What the command says."""
    house.close()
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    return CliRunner().invoke(cli, ["import", "orders", *arguments, "--vendor", "Botiga Inventada"])


def test_the_command_reads_a_shops_own_states(
    house: House, shop: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order = next(order for order in sample("woocommerce.json") if order["status"] == "shipped")
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(order))
    done = command(house, monkeypatch, str(path), "--format", "woocommerce", "--status", "shipped=OrderInTransit")
    assert (done.exit_code, done.stdout) == (0, "1 new, 0 changed, 0 as before, 0 bad.\n")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "prestashop"), "not one of 'timelines', 'woocommerce', 'odoo'"),
        (("--format", "woocommerce", "--status", "shipped"), "--status"),
        (("--format", "woocommerce", "--status", "shipped=Sent"), "OrderInTransit"),
        (("--status", "shipped=OrderInTransit"), "--format woocommerce or odoo"),
        (("--zone", "Europe/Madrid"), "--format odoo"),
        (("--format", "odoo", "--zone", "Madrid"), "no time zone"),
    ],
)
def test_a_slip_in_the_command_is_said_before_anything_is_read(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    path = tmp_path / "orders.json"
    path.write_text("[]")
    done = CliRunner().invoke(cli, ["import", "orders", str(path), "--vendor", "X", *arguments])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_the_files_hold_what_nobody_lives_behind() -> None:
    """Invented, and seen to be: addresses of example domains alone."""
    for path in FILES.iterdir():
        text = path.read_text()
        assert set(re.findall(r"@([\w.-]+\.\w+)", text)) <= {"example.org", "Exämple.org"}
        assert set(re.findall(r"https://([\w.-]+)", text)) <= {"botiga.example", "pep.example", "fluvia.example"}
    assert len(list(csv.reader(io.StringIO((FILES / "odoo.csv").read_text())))) > 20
