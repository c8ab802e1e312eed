"""Orders added: one that was written by hand or read from a mail, or all of a table."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, insert, or_, select

from portal.files.reads import hold_customer
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import digest, new_id
from portal.kernel.unit import Unit
from portal.orders.added.facts import OrderAdded, OrdersAdded
from portal.orders.added.models import AddedLine, AddedOrder
from portal.orders.added.service.preparing import KIND, Ready, rows_of
from portal.orders.added.shapes import Added

MOST = 5000
"""Orders of one person."""


class Made(NamedTuple):
    """An order that is there, and whether it is so by this press."""

    id: bytes
    is_new: bool


def add(unit: Unit, *, order: Added, customer_id: bytes, holder_id: bytes, once: str | None = None) -> Made:
    """Adds an order; pressed twice, it adds it once.

    Conflict ``added`` where another one of this company and number is there, Invalid where there are too many.
    """
    hold_customer(unit, customer_id)
    made = rows_of(unit.box(holder_id), new_id(), order, customer_id)
    if once:
        made = made._replace(row={**made.row, "once": digest(once)})
        before = select(AddedOrder.id).where(AddedOrder.customer_id == customer_id, AddedOrder.once == digest(once))
        if found := unit.connection.execute(before).scalar():
            return Made(found, is_new=False)
    if _known(unit, customer_id, [made]):
        raise Conflict("added")
    _put(unit, customer_id, [made])
    unit.note(OrderAdded(holder=holder_id, about=(KIND, made.row["id"]), count=len(order.lines)))
    return Made(made.row["id"], is_new=True)


def add_all(unit: Unit, *, orders: Sequence[Ready], customer_id: bytes, holder_id: bytes) -> int:
    """Adds what of a table is not there yet, all of it or nothing; gives how many orders these are."""
    hold_customer(unit, customer_id)
    known, new = _known(unit, customer_id, orders), list[Ready]()
    for one in orders:
        marks = one.twins | one.onces
        if not marks & known:
            new.append(one)
            known |= marks
    if new:
        _put(unit, customer_id, new)
        unit.note(OrdersAdded(holder=holder_id, count=len(new)))
    return len(new)


def _known(unit: Unit, customer_id: bytes, orders: Sequence[Ready]) -> set[bytes]:
    """The marks of these orders that stand there already."""
    twins, onces = set[bytes]().union(*(one.twins for one in orders)), set[bytes]().union(*(one.onces for one in orders))
    here = or_(AddedOrder.twin.in_(twins), AddedOrder.once.in_(onces))
    rows = unit.connection.execute(select(AddedOrder.twin, AddedOrder.once).where(AddedOrder.customer_id == customer_id, here))
    return {mark for row in rows for mark in row if mark is not None}


def _put(unit: Unit, customer_id: bytes, orders: Sequence[Ready]) -> None:
    count = select(func.count()).select_from(AddedOrder).where(AddedOrder.customer_id == customer_id)
    if unit.connection.execute(count).scalar_one() + len(orders) > MOST:
        raise Invalid("too-many", fields={"company": _("You have as many orders of your own as there is room for.")})
    times = {"created_at": unit.at, "updated_at": unit.at}
    unit.connection.execute(insert(AddedOrder), [{**one.row, **times} for one in orders])
    unit.connection.execute(insert(AddedLine), [line for one in orders for line in one.lines])
