"""What both kinds of answer have in common: filters, bytes, cursors, and what goes on record."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from portal.grants.lease import OWN, Lease
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.money import as_json
from portal.kernel.unit import Unit
from portal.orders.reads import Opener

HEADER = "orders.header"
LINE = "orders.line"
CATEGORY = "orders.line.category"
DATATYPES = (HEADER, LINE, CATEGORY)
MOST = 50
"""Orders, and customers, in one answer."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader narrows its list to. Under a grant each needs ``orders.header``, or it would tell it."""

    placed_from: datetime | None = None
    placed_before: datetime | None = None
    status: str | None = None

    def asks(self) -> bool:
        """Whether anything is narrowed at all."""
        return (self.placed_from, self.placed_before, self.status) != (None, None, None)

    @property
    def name(self) -> str:
        """The filters as part of a cursor's audience: a cursor goes on with the list it was made for."""
        return json.dumps([str(part) for part in (self.placed_from, self.placed_before, self.status)])


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer tells of one customer, for its entry in the log."""

    lease: Lease
    asked: tuple[str, ...]
    given: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes, and what stands behind them."""

    body: bytes
    parts: tuple[Part, ...]
    orders: tuple[dict[str, Any], ...] = field(repr=False)
    next: str | None


def answer_of(orders: Sequence[dict[str, Any]], parts: Sequence[Part], following: str | None) -> Answer:
    """A page of orders as it goes out."""
    return Answer(as_bytes({"orders": orders, "next": following}), tuple(parts), tuple(orders), following)


def as_bytes(value: Any) -> bytes:
    """JSON as the house writes it: no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def as_time(value: datetime | None) -> str | None:
    """ISO 8601 UTC."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def seal_place(unit: Unit, audience: str, value: dict[str, Any]) -> str:
    """A cursor: it names the last row that was answered, and nothing of those that were left out."""
    return seal_cursor(unit.house, "orders", audience, value)


def open_place(unit: Unit, audience: str, cursor: str) -> dict[str, Any]:
    """What a cursor names; BadRequest ``bad-cursor`` for one that was made for another list or reader."""
    return open_cursor(unit.house, "orders", audience, cursor)


def bought(currency: str | None, line: Row[Any], opened: Opener) -> dict[str, Any]:
    """What a line says was bought."""
    return {
        "name": opened(line, "name"),
        "quantity": line.quantity,
        "unit_price": as_json(line.unit_price, currency),
        "amount": as_json(line.amount, currency),
        "status": line.status,
    }


def part_of(lease: Lease, orders: Sequence[dict[str, Any]]) -> Part:
    """What these orders tell of the lease's customer; none found is an answer, too."""
    asked = DATATYPES if lease.basis == OWN else tuple(path for path in DATATYPES if path in lease.datatypes)
    return Part(lease, asked, tuple(path for path in asked if _holds(orders, path)), len(orders))


def _holds(orders: Sequence[dict[str, Any]], path: str) -> bool:
    if path == HEADER:
        return any("status" in order for order in orders)
    lines = [line for order in orders for line in order.get("lines", ())]
    return any("quantity" in line if path == LINE else line.get("category") is not None for line in lines)
