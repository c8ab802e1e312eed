"""Rows of orders and their lines, and what opens them: shared by every way of showing them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select

from portal.customers.models import Customer
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.orders.models import Order, OrderLine

_AT_ONCE = 250


class Opener(Protocol):
    """Opens a sealed column of a row, a line's where no other table is named; nothing sealed is None."""

    def __call__(self, row: Any, column: str, table: str = "order_lines") -> str | None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list of newest orders first: after the order placed then, with this id."""

    placed_at: datetime
    id: bytes


def older_than(place: Place) -> ColumnElement[bool]:
    """Rows that come after a place, newest first."""
    return or_(Order.placed_at < place.placed_at, and_(Order.placed_at == place.placed_at, Order.id < place.id))


def lines_of(unit: Unit, order_ids: Sequence[bytes], *only: ColumnElement[bool]) -> dict[bytes, list[Row[Any]]]:
    """The rows of the lines of some orders, in their order; ``only`` narrows them."""
    grouped: dict[bytes, list[Row[Any]]] = {}
    if not order_ids:
        return grouped
    if only:
        rows: Iterable[Any] = unit.connection.execute(_in_order(OrderLine.order_id.in_(order_ids), *only))
    else:
        # What is compiled for a number of orders is kept: a page's worth at most.
        parts = (order_ids[at : at + _AT_ONCE] for at in range(0, len(order_ids), _AT_ONCE))
        rows = chain.from_iterable(_lines.all(unit.connection, {"orders": part}) for part in parts)
    for row in rows:
        grouped.setdefault(row.order_id, []).append(row)
    return grouped


def _in_order(*which: ColumnElement[bool]) -> Select[Any]:
    wanted = select(*OrderLine.__table__.columns).where(*which)
    return wanted.order_by(OrderLine.order_id, OrderLine.position, OrderLine.id)


_lines = Prepared(_in_order(OrderLine.order_id.in_(bindparam("orders", expanding=True))), lists=("orders",))


def opener_of(unit: Unit, holder_by_customer: Mapping[bytes, bytes]) -> Opener:
    """What opens the lines of these customers, and whatever else of their orders, with one query for their keys."""
    boxes = unit.boxes(holder_by_customer.values())

    def opened(row: Any, column: str, table: str = "order_lines") -> str | None:
        sealed = getattr(row, column)
        if sealed is None:
            return None
        box = boxes[holder_by_customer[row.customer_id]]
        return box.open(table, column, row.id, sealed)

    return opened


def holders_of(unit: Unit, customer_ids: set[bytes]) -> dict[bytes, bytes]:
    """The key holder of each customer."""
    statement = select(Customer.id, Customer.holder_id).where(Customer.id.in_(customer_ids))
    return {row.id: row.holder_id for row in unit.connection.execute(statement)}
