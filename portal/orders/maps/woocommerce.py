"""Orders of WooCommerce, as version 3 of its REST API gives them (``/wp-json/wc/v3/orders``): an array, or an object a line.

Amounts are with tax: a line costs its ``total`` and its ``total_tax``, whether or not the shop's prices include it.
"""

import html
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from portal.orders.maps.documents import items_of, text_of
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
    "pending": "OrderPaymentDue",
    "on-hold": "OrderPaymentDue",
    "failed": "OrderProblem",
    "processing": "OrderProcessing",
    "completed": "OrderDelivered",
    "cancelled": "OrderCancelled",
    "refunded": "OrderReturned",
}
NO_ORDERS = frozenset({"checkout-draft", "auto-draft", "trash"})
"""What stands among the orders and is none: a basket that was left, what was thrown away."""
_TRACKING = "_wc_shipment_tracking_items"
MAP = (
    Field("number", "number"),
    Field("customer_id", "customer"),
    Field("billing.email", "email"),
    Field("status", "status"),
    Field("currency", "currency"),
    Field("total", "total"),
    Field("date_created_gmt", "placed_at"),
    Field("date_paid_gmt", "approved_at"),
    Field("date_completed_gmt", "delivered_at"),
    Field("line_items[].id", "lines[].number"),
    Field("line_items[].name", "lines[].name"),
    Field("line_items[].quantity", "lines[].quantity"),
    Field("line_items[].total", "lines[].amount"),
    Field("line_items[].total_tax", "lines[].amount"),
    Field("shipping_lines[].id", "lines[].number"),
    Field("shipping_lines[].method_title", "lines[].name"),
    Field("shipping_lines[].total", "lines[].amount"),
    Field("shipping_lines[].total_tax", "lines[].amount"),
    Field("fee_lines[].id", "lines[].number"),
    Field("fee_lines[].name", "lines[].name"),
    Field("fee_lines[].total", "lines[].amount"),
    Field("fee_lines[].total_tax", "lines[].amount"),
    Field("refunds[].id", "lines[].number"),
    Field("refunds[].reason", "lines[].name"),
    Field("refunds[].total", "lines[].amount"),
    Field(f"meta_data[{_TRACKING}][].tracking_id", "shipments[].number"),
    Field(f"meta_data[{_TRACKING}][].tracking_provider", "shipments[].carrier"),
    Field(f"meta_data[{_TRACKING}][].custom_tracking_provider", "shipments[].carrier"),
    Field(f"meta_data[{_TRACKING}][].tracking_number", "shipments[].tracking"),
    Field(f"meta_data[{_TRACKING}][].custom_tracking_link", "shipments[].tracking_url"),
    Field(f"meta_data[{_TRACKING}][].date_shipped", "shipments[].events[].at"),
)
NAMES = {
    "customer": "customer_id",
    "placed_at": "date_created_gmt",
    "approved_at": "date_paid_gmt",
    "delivered_at": "date_completed_gmt",
    "lines": "line_items",
}
"""Our members in their words, where they are others."""
_PARTS = (("line_items", "name"), ("shipping_lines", "method_title"), ("fee_lines", "name"))


def read(data: bytes, statuses: Mapping[str, str]) -> list[Row]:
    """The rows of a file; ``statuses`` are words of the shop's own beside those that WooCommerce has."""
    known = {**STATUSES, **statuses}
    return [
        Row(item.line, wrong=item.wrong) if item.wrong else _row(item.line, item.value, known)
        for item in items_of(text_of(data))
    ]


def _row(line: int, order: Any, statuses: Mapping[str, str]) -> Row:
    if not isinstance(order, dict):
        return Row(line, wrong="not an order")
    try:
        if word(order.get("status")) in NO_ORDERS - statuses.keys():
            return Row(line, is_none=True)
        shipments = tuple(_shipments(order))
        return Row(line, _order(order, statuses), email=_email(order), shipments=shipments, about=about(order.get("number")))
    except BadRow as wrong:
        return Row(line, wrong=f"{about(order.get('number'))}{wrong}")


def _order(order: Mapping[str, Any], statuses: Mapping[str, str]) -> dict[str, Any]:
    status = word(order.get("status"))
    if status not in statuses:
        raise BadRow(f"status: not one of {', '.join(statuses)}")
    currency = currency_of(order.get("currency"), "currency")
    placed = moment(order.get("date_created_gmt"), "date_created_gmt", UTC)
    if placed is None:
        raise BadRow("date_created_gmt: missing")
    told = {
        "number": number(order.get("number", order.get("id")), "number"),
        "status": statuses[status],
        "currency": currency,
        "placed_at": placed,
        "approved_at": moment(order.get("date_paid_gmt"), "date_paid_gmt", UTC),
        "delivered_at": moment(order.get("date_completed_gmt"), "date_completed_gmt", UTC),
        "lines": _lines(order, currency, statuses[status]),
        **_customer(order),
    }
    return {name: value for name, value in told.items() if value is not None}


def _customer(order: Mapping[str, Any]) -> dict[str, str]:
    """Their number; a guest with an address has none, and is known by that."""
    given = number(order.get("customer_id", 0), "customer_id")
    if given != "0":
        return {"customer": given}
    return {} if _email(order) else {"customer": f"guest-{number(order.get('id', order.get('number')), 'id')}"}


def _email(order: Mapping[str, Any]) -> str | None:
    billing = order.get("billing")
    found = billing.get("email") if isinstance(billing, dict) else None
    return found.strip() or None if isinstance(found, str) else None


def _lines(order: Mapping[str, Any], currency: str, status: str) -> list[dict[str, Any]]:
    bought = [
        _line(item, part, named, currency) for part, named in _PARTS for item in records(order.get(part), part)
    ]
    if not bought:
        raise BadRow("line_items: empty")
    total = minor(order.get("total"), currency, "total")
    lines = added_up(bought, total, "total", "line_items, shipping_lines and fee_lines with their taxes")
    refunds = [_refund(item, currency, status) for item in records(order.get("refunds"), "refunds")]
    left = total + sum(item["amount"] for item in refunds)
    if left < 0:
        raise BadRow("refunds: more than the total")
    is_given_back = bool(refunds) and left == 0 and status != "OrderCancelled"
    return [*({**line, "status": "OrderReturned" if is_given_back else status} for line in lines), *refunds]


def _line(item: Mapping[str, Any], part: str, named: str, currency: str) -> dict[str, Any]:
    amount = sum(minor(item.get(name, "0"), currency, f"{part}.{name}") for name in ("total", "total_tax"))
    pieces, name = measured(decimal(item.get("quantity", 1), f"{part}.quantity"), None, _named(item.get(named)))
    return _told(number(item.get("id"), f"{part}.id"), name, pieces, amount)


def _refund(item: Mapping[str, Any], currency: str, status: str) -> dict[str, Any]:
    amount = minor(item.get("total"), currency, "refunds.total")
    if amount > 0:
        raise BadRow("refunds.total: more than nothing")
    line = _told(f"refund-{number(item.get('id'), 'refunds.id')}", _named(item.get("reason")) or "Refund", 1, amount)
    return {**line, "status": status if status == "OrderCancelled" else "OrderReturned"}


def _told(number_: str, name: str | None, pieces: int, amount: int) -> dict[str, Any]:
    line = {"number": number_, "quantity": pieces, "amount": amount}
    return line if name is None else {**line, "name": name}


def _named(value: Any) -> str | None:
    # Names of products are kept as pages show them.
    return words(html.unescape(value)) if isinstance(value, str) else None


def _shipments(order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the two usual extensions for tracking add to an order."""
    found = [meta.get("value") for meta in records(order.get("meta_data"), "meta_data") if meta.get("key") == _TRACKING]
    parcels = [item for value in found for item in records(value, _TRACKING)]
    for place, item in enumerate(bounded(parcels, _TRACKING), 1):
        told = {
            "number": str(item.get("tracking_id") or place),
            "carrier": words(item.get("tracking_provider")) or words(item.get("custom_tracking_provider")),
            "tracking": item.get("tracking_number"),
            "tracking_url": item.get("custom_tracking_link"),
            "events": handed_over(_sent(item.get("date_shipped"))),
        }
        yield parcel(told, _TRACKING)


def _sent(seconds: Any) -> str | None:
    if seconds in (None, "", False, 0, "0"):
        return None
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        raise BadRow(f"{_TRACKING}: date_shipped: not a time") from None
