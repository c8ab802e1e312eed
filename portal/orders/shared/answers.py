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
    rows: tuple[bytes, ...]
    # Whether the answer stands only as long as the link does: not so for orders still open after its end.
    needs_link: bool = True

    @property
    def count(self) -> int:
        """How many orders."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out, and what of it goes on record."""

    value: dict[str, Any] = field(repr=False)
    parts: tuple[Part, ...]

    @property
    def body(self) -> bytes:
        """The bytes: JSON without spaces, the same for the same rows."""
        return json.dumps(self.value, ensure_ascii=False, separators=(",", ":")).encode()


def answer_of(orders: Sequence[dict[str, Any]], parts: Sequence[Part], following: str | None) -> Answer:
    """A page of orders as it goes out; ``next`` is null on the last one."""
    return Answer({"orders": list(orders), "next": following}, tuple(parts))


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


def part_of(lease: Lease, found: Sequence[tuple[bytes, dict[str, Any]]], *, needs_link: bool = True) -> Part:
    """What these orders, by our ids, tell of the lease's customer; none found is an answer, too."""
    orders = [order for _, order in found]
    asked = DATATYPES if lease.basis == OWN else tuple(path for path in DATATYPES if path in lease.datatypes)
    given = tuple(path for path in asked if _holds(orders, path))
    return Part(lease, asked, given, tuple(id_ for id_, _ in found), needs_link)


def _holds(orders: Sequence[dict[str, Any]], path: str) -> bool:
    if path == HEADER:
        return any("status" in order for order in orders)
    lines = [line for order in orders for line in order.get("lines", ())]
    return any("quantity" in line if path == LINE else line.get("category") is not None for line in lines)
