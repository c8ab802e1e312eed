"""The page on files of WooCommerce and Odoo says what the code does, and each field matters."""

import copy
import json
import re
from typing import Any

import pytest

from portal.orders.maps import odoo, woocommerce
from portal.orders.maps.odoo_table import CSV_NAMES
from portal.orders.maps.reading import Reading
from portal.orders.maps.rows import Field
from tests.orders.shop_files import ODOO, WOO, sample
from tests.processes import ROOT


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
