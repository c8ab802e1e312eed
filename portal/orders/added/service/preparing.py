"""Rows of orders that are about to be added, sealed before the unit that writes them.

That of a table then holds the gate no longer than it must.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

from portal.files.reads import About
from portal.kernel.i18n import zone
from portal.kernel.ids import new_id
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.added.shapes import Added
from portal.orders.wording import words_of

KIND = "added-order"
"""What files are kept with."""


class Ready(NamedTuple):
    """An order's rows, and by which marks it is known: its company and number, or what made it, under each key."""

    row: dict[str, Any]
    lines: list[dict[str, Any]]
    twins: frozenset[bytes]
    onces: frozenset[bytes]


def about(order_id: bytes) -> About:
    """The order as files name it."""
    return About(KIND, order_id)


def ready(unit: Unit, *, orders: Sequence[Added], customer_id: bytes, holder_id: bytes) -> list[Ready]:
    """The rows of a table's orders; each bears a mark of what it says, so that the same table adds it once."""
    box, seen, made = unit.box(holder_id), dict[str, int](), list[Ready]()
    for order in orders:
        said = "\0".join((order.company, str(order.number), str(order.day), order.currency, *map(repr, _plain(order))))
        seen[said] = seen.get(said, 0) + 1
        onces = _marks(box, f"once\0{said}\0{seen[said]}")
        one = rows_of(box, new_id(), order, customer_id)
        made.append(one._replace(row={**one.row, "once": onces[0]}, onces=frozenset(onces)))
    return made


def rows_of(box: Box, order_id: bytes, order: Added, customer_id: bytes) -> Ready:
    """The rows of one order, but for its days of writing."""
    twins = _marks(box, f"{order.company.casefold()}\0{order.number.casefold()}") if order.number else []
    row = {
        "id": order_id,
        "customer_id": customer_id,
        "twin": twins[0] if twins else None,
        "once": None,
        "company": box.seal("added_orders", "company", order_id, order.company),
        "number": None if order.number is None else box.seal("added_orders", "number", order_id, order.number),
        "placed_at": datetime.combine(order.day, time(12), zone()).astimezone(UTC),
        "currency": order.currency,
        "total": order.total,
        "words": _words(box, order),
    }
    return Ready(row, _lines(box, order_id, order, customer_id), frozenset(twins), frozenset())


def _lines(box: Box, order_id: bytes, order: Added, customer_id: bytes) -> list[dict[str, Any]]:
    found = list[dict[str, Any]]()
    for place, line in enumerate(order.lines, 1):
        id_ = new_id()
        row = {"id": id_, "order_id": order_id, "customer_id": customer_id, "position": place}
        name = box.seal("added_order_lines", "name", id_, line.name)
        found.append({**row, "name": name, "quantity": line.quantity, "amount": line.amount})
    return found


def _plain(order: Added) -> list[tuple[str, int, int | None]]:
    return [(line.name, line.quantity, line.amount) for line in order.lines]


def _marks(box: Box, said: str) -> list[bytes]:
    """A text's marks under each key of the customer, the current one's first."""
    others = [key for key in box.key_ids if key != box.current]
    return [box.mark(key, said) for key in (box.current, *others)]


def _words(box: Box, order: Added) -> bytes | None:
    words = words_of((order.company, order.number, *(line.name for line in order.lines)))
    return b"".join((box.current, *box.tokens(words))) if words else None
