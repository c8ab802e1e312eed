"""The CSV that Odoo's list of orders exports, made for taking it in again: columns have the names of fields. Pure.

The first row of an order holds what is said of it, those below it its further lines alone.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from portal.kernel.errors import Invalid
from portal.orders.maps.documents import Item

CSV_NAMES = {
    "name": "name",
    "partner_id.id": "partner_id/.id",
    "partner_id.email": "partner_id/email",
    "state": "state",
    "delivery_status": "delivery_status",
    "currency_id": "currency_id",
    "amount_total": "amount_total",
    "date_order": "date_order",
    "effective_date": "effective_date",
    "commitment_date": "commitment_date",
    "order_line[].id": "order_line/.id",
    "order_line[].name": "order_line/name",
    "order_line[].product_id": "order_line/product_id",
    "order_line[].product_id.categ_id": "order_line/product_id/categ_id",
    "order_line[].product_uom_qty": "order_line/product_uom_qty",
    "order_line[].product_uom_id": "order_line/product_uom_id",
    "order_line[].price_total": "order_line/price_total",
    "order_line[].price_subtotal": "order_line/price_subtotal",
    "order_line[].price_tax": "order_line/price_tax",
    "order_line[].qty_delivered": "order_line/qty_delivered",
}
"""Fields that a CSV has, by their names in JSON."""
_NEEDED = ("name", "state", "date_order", "currency_id", "amount_total", "order_line/product_uom_qty")
_OF_ORDERS = ("state", "delivery_status", "amount_total", "date_order", "effective_date", "commitment_date")
_OF_LINES = ("name", "product_uom_qty", "price_total", "price_subtotal", "price_tax", "qty_delivered", "display_type")
_NO = frozenset({"", "False", "FALSE", "false", "0"})

Cells = Mapping[str, str]


def table_of(text: str) -> list[Item]:
    """The orders of a table, shaped as the API has them. Invalid where it is no such table."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns, groups, line = list[str](), list[tuple[int, list[Cells]]](), 1
    try:
        for cells in reader:
            if not columns:
                columns = _columns(cells)
            elif any(cells):
                _take(groups, line, columns, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("unreadable", f"Line {line}: this is not CSV ({error}).") from None
    if not columns:
        raise Invalid("unreadable", "The file is empty.")
    return [_order(begin, rows) for begin, rows in groups]


def _columns(cells: Sequence[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    missing = [name for name in _NEEDED if name not in columns]
    if not {"partner_id/.id", "partner_id/id"} & set(columns):
        missing.append("partner_id/.id")
    if "order_line/price_total" not in columns and not {"order_line/price_subtotal", "order_line/price_tax"} <= set(columns):
        missing.append("order_line/price_total")
    if missing:
        told = "Export it anew with “I want to update data (import-compatible export)” ticked and these fields chosen."
        raise Invalid("unreadable", f"Line 1: there is no column {', '.join(missing)}. {told}")
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise Invalid("unreadable", f"Line 1: the column {', '.join(twice)} stands there twice.")
    return columns


def _take(groups: list[tuple[int, list[Cells]]], line: int, columns: Sequence[str], cells: Sequence[str]) -> None:
    """Puts a row to its order: one that names none, or the very one above, goes on with that."""
    row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    is_whole = len(cells) == len(columns)
    above = groups[-1][1][0] if groups else None
    if above is not None and is_whole and row["name"] in ("", above.get("name")):
        groups[-1][1].append(row)
    else:
        groups.append((line, [row if is_whole else {"cells": str(len(cells)), "columns": str(len(columns))}]))


def _order(line: int, rows: Sequence[Cells]) -> Item:
    first = rows[0]
    if "cells" in first:
        return Item(line, wrong=f"{first['cells']} cells instead of {first['columns']}")
    order: dict[str, Any] = {name: first[name] for name in _OF_ORDERS if first.get(name)}
    order["name"] = first["name"] or None
    partner = first.get("partner_id/.id") or first.get("partner_id/id")
    order["partner_id"] = {"id": partner, "email": first.get("partner_id/email")}
    order["currency_id"] = first["currency_id"]
    order["order_line"] = [_line(row, place) for place, row in enumerate(rows, 1) if _has_line(row)]
    return Item(line, order)


def _has_line(row: Cells) -> bool:
    return any(value for name, value in row.items() if name.startswith("order_line/"))


def _line(row: Cells, place: int) -> dict[str, Any]:
    def of(name: str) -> str | None:
        return row.get(f"order_line/{name}") or None

    line: dict[str, Any] = {name: value for name in _OF_LINES if (value := of(name)) is not None}
    line["id"] = of(".id") or of("id") or place
    line["product_id"] = {"display_name": of("product_id") or of("product_id/name"), "categ_id": of("product_id/categ_id")}
    line["product_uom_id"] = of("product_uom_id") or of("product_uom")
    line["is_delivery"] = row.get("order_line/is_delivery", "") not in _NO
    if line.get("display_type") in _NO:
        del line["display_type"]
    return line
