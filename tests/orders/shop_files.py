"""Files of WooCommerce and Odoo that we made up, and what stands in them."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from portal.orders.maps.reading import Reading
from portal.orders.maps.rows import Row

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
