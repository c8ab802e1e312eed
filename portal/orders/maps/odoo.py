"""Orders of Odoo (``sale.order`` with its lines): JSON as its external API gives it, or the CSV that its list exports.

Amounts are with tax: a line costs its ``price_total``. Times say no zone: the API's are UTC, the CSV's those of whoever
exported it. What is still a quotation is no order.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any

from portal.kernel.errors import Invalid
from portal.orders.maps.documents import Item, array_at, items_of, text_of
from portal.orders.maps.odoo_table import table_of
from portal.orders.maps.parcels import bounded, handed_over, parcel
from portal.orders.maps.rows import (
    BadRow,
    Field,
    Row,
    about,
    added_up,
    currency_of,
    decimal,
    measured,
    minor,
    moment,
    number,
    records,
    word,
    words,
)

STATUSES = {
    "sale": "OrderProcessing",
    "done": "OrderProcessing",
    "cancel": "OrderCancelled",
    # As a list exports them, in English.
    "Sales Order": "OrderProcessing",
    "Locked": "OrderProcessing",
    "Cancelled": "OrderCancelled",
}
NO_ORDERS = frozenset({"draft", "sent", "Quotation", "Quotation Sent"})
"""What stands among the orders and is none yet."""
ZONE = UTC
_CAME = frozenset({"full", "Fully Delivered"})
MAP = (
    Field("name", "number"),
    Field("partner_id.id", "customer"),
    Field("partner_id.email", "email"),
    Field("state", "status"),
    Field("delivery_status", "status"),
    Field("currency_id", "currency"),
    Field("amount_total", "total"),
    Field("date_order", "placed_at"),
    Field("effective_date", "shipped_at"),
    Field("commitment_date", "promised_at"),
    Field("order_line[].id", "lines[].number"),
    Field("order_line[].name", "lines[].name"),
    Field("order_line[].product_id", "lines[].name"),
    Field("order_line[].product_id.categ_id", "lines[].category"),
    Field("order_line[].product_uom_qty", "lines[].quantity"),
    Field("order_line[].product_uom_id", "lines[].name"),
    Field("order_line[].price_total", "lines[].amount"),
    Field("order_line[].price_subtotal", "lines[].amount"),
    Field("order_line[].price_tax", "lines[].amount"),
    Field("order_line[].qty_delivered", "lines[].status"),
    Field("picking_ids[].name", "shipments[].number"),
    Field("picking_ids[].carrier_id", "shipments[].carrier"),
    Field("picking_ids[].carrier_tracking_ref", "shipments[].tracking"),
    Field("picking_ids[].carrier_tracking_url", "shipments[].tracking_url"),
    Field("picking_ids[].date_done", "shipments[].events[].at"),
)
NAMES = {
    "number": "name",
    "customer": "partner_id",
    "placed_at": "date_order",
    "shipped_at": "effective_date",
    "promised_at": "commitment_date",
    "lines": "order_line",
}
"""Our members in their words, where they are others."""


def read(data: bytes, statuses: Mapping[str, str], zone: tzinfo) -> list[Row]:
    """The rows of a file; ``statuses`` are words for states in another language, ``zone`` that of its times."""
    text = text_of(data)
    items = _documents(text) if text.lstrip()[:1] in ("[", "{") else table_of(text)
    known = {**STATUSES, **statuses}
    return [
        Row(item.line, wrong=item.wrong) if item.wrong else _row(item.line, item.value, known, zone) for item in items
    ]


def _documents(text: str) -> list[Item]:
    """Orders with their lines within, or two lists of records side by side, as two calls give them."""
    items = items_of(text)
    if len(items) > 1 or not isinstance(items[0].value, dict) or "name" in items[0].value:
        return items
    whole: Any = items[0].value
    while isinstance(whole, dict) and "sale.order" not in whole and (inner := whole.get("result", whole.get("records"))):
        whole = inner
    by_id: dict[Any, Any] = {}
    if isinstance(whole, dict):
        lines = whole.get("sale.order.line")
        found = [one for one in lines if isinstance(one, dict)] if isinstance(lines, list) else []
        by_id = {one["id"]: one for one in found if isinstance(one.get("id"), int)}
        whole = whole.get("sale.order")
    if not isinstance(whole, list):
        raise Invalid("unreadable", "The file holds neither a list of orders nor an answer of the API with one.")
    return [Item(line, _with_lines(order, by_id)) for line, order in zip(_begins(text, whole), whole, strict=True)]


def _begins(text: str, orders: list[Any]) -> list[int]:
    """The lines in which the orders of an answer begin."""
    found = _ANSWER.search(text)
    items = array_at(text, found.end() - 1) if found else []
    return [item.line for item in items] if [item.value for item in items] == orders else [1] * len(orders)


_ANSWER = re.compile(r'"(?:sale\.order|records|result)"\s*:\s*\[')


def _with_lines(order: Any, by_id: Mapping[Any, Any]) -> Any:
    if not isinstance(order, dict) or not isinstance(order.get("order_line"), list):
        return order
    lines = [by_id.get(line, line) if isinstance(line, int) else line for line in order["order_line"]]
    return {**order, "order_line": lines}


def _row(line: int, order: Any, statuses: Mapping[str, str], zone: tzinfo) -> Row:
    if not isinstance(order, dict):
        return Row(line, wrong="not an order")
    try:
        if word(order.get("state")) in NO_ORDERS - statuses.keys():
            return Row(line, is_none=True)
        shipments = tuple(_shipments(order, zone))
        told = _order(order, statuses, zone)
        return Row(line, told, email=_email(order), shipments=shipments, about=about(order.get("name")))
    except BadRow as wrong:
        return Row(line, wrong=f"{about(order.get('name'))}{wrong}")


def _order(order: Mapping[str, Any], statuses: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    state = word(order.get("state"))
    if state not in statuses:
        raise BadRow(f"state: not one of {', '.join(statuses)}")
    currency = currency_of(_called(order.get("currency_id")), "currency_id")
    placed = moment(order.get("date_order"), "date_order", zone)
    if placed is None:
        raise BadRow("date_order: missing")
    told = {
        "number": number(order.get("name"), "name"),
        "customer": number(_id_of(order.get("partner_id")), "partner_id"),
        "currency": currency,
        "placed_at": placed,
        "shipped_at": moment(order.get("effective_date"), "effective_date", zone),
        "promised_at": moment(order.get("commitment_date"), "commitment_date", zone),
        "lines": _lines(order, currency, statuses[state]),
    }
    return {name: value for name, value in told.items() if value is not None}


def _lines(order: Mapping[str, Any], currency: str, status: str) -> list[dict[str, Any]]:
    given = order.get("order_line")
    if isinstance(given, list) and any(isinstance(line, int) for line in given):
        raise BadRow("order_line: ids alone: export the lines with their fields, or beside the orders as sale.order.line")
    bought = [item for item in records(given, "order_line") if not item.get("display_type")]
    made = [line for item in bought if (line := _line(item, currency)) is not None]
    if not made:
        raise BadRow("order_line: empty")
    told = added_up(made, minor(order.get("amount_total"), currency, "amount_total"), "amount_total", "price_total of order_line")
    return list(_settled(told, status, is_full=word(order.get("delivery_status")) in _CAME))


def _line(item: Mapping[str, Any], currency: str) -> dict[str, Any] | None:
    """A line; None for one of nothing, such as a down payment that the invoice will have."""
    quantity = decimal(item.get("product_uom_qty", 1), "order_line.product_uom_qty")
    amount = _cost(item, currency)
    if quantity == 0 and amount == 0:
        return None
    unit = _called(item.get("product_uom_id")) or _called(item.get("product_uom"))
    product = item.get("product_id")
    pieces, name = measured(quantity, unit, words(item.get("name")) or words(_called(product)))
    line: dict[str, Any] = {"number": number(item.get("id"), "order_line.id"), "quantity": pieces, "amount": amount}
    line |= {} if name is None else {"name": name}
    category = words(_called(product.get("categ_id"))) if isinstance(product, dict) else None
    return {**line, **({} if category is None else {"category": category}), "came": _came(item, quantity)}


def _cost(item: Mapping[str, Any], currency: str) -> int:
    if item.get("price_total") not in (None, ""):
        return minor(item["price_total"], currency, "order_line.price_total")
    if item.get("price_subtotal") in (None, "") or item.get("price_tax") in (None, ""):
        raise BadRow("order_line.price_total: missing, and not price_subtotal with price_tax either")
    return sum(minor(item[name], currency, f"order_line.{name}") for name in ("price_subtotal", "price_tax"))


def _came(item: Mapping[str, Any], quantity: Decimal) -> bool | None:
    """Whether all of it was handed over; None for what nobody hands over, and where it is not said."""
    done = item.get("qty_delivered")
    if item.get("is_delivery") or quantity <= 0 or done is None or done is False or done == "":
        return None
    return decimal(done, "order_line.qty_delivered") >= quantity


def _settled(lines: Sequence[dict[str, Any]], status: str, *, is_full: bool) -> Iterator[dict[str, Any]]:
    """Each line with its own status: what was handed over came. Freight and the like came with all the rest."""
    goods = [line.get("came") for line in lines if line.get("came") is not None]
    all_came = is_full or (bool(goods) and all(goods))
    for line in lines:
        came = line.pop("came", None)
        came = all_came if came is None else came or is_full
        yield {**line, "status": "OrderDelivered" if came and status == "OrderProcessing" else status}


def _shipments(order: Mapping[str, Any], zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Transfers that are done, where the export has more of them than their ids."""
    given = order.get("picking_ids")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return
    for picking in bounded(given, "picking_ids"):
        done = moment(picking.get("date_done"), "picking_ids.date_done", zone)
        if done is not None:
            told = {
                "number": number(picking.get("name"), "picking_ids.name"),
                "carrier": words(_called(picking.get("carrier_id"))),
                "tracking": picking.get("carrier_tracking_ref"),
                "tracking_url": picking.get("carrier_tracking_url"),
                "events": handed_over(done),
            }
            yield parcel(told, "picking_ids")


def _email(order: Mapping[str, Any]) -> str | None:
    partner = order.get("partner_id")
    found = partner.get("email") if isinstance(partner, dict) else None
    return found.strip() or None if isinstance(found, str) else None


def _id_of(record: Any) -> Any:
    """The id of a record that another one refers to: ``[7, "Ana"]``, ``{"id": 7, …}`` or 7."""
    if isinstance(record, list):
        return record[0] if record else None
    return record.get("id") if isinstance(record, dict) else record


def _called(record: Any) -> str | None:
    """What a record is called: ``[1, "EUR"]``, ``{"display_name": "EUR"}`` or ``EUR``."""
    if isinstance(record, list):
        record = record[1] if len(record) > 1 else None
    if isinstance(record, dict):
        record = record.get("display_name") or record.get("name")
    return record if isinstance(record, str) else None
