"""What can be done with orders of one's own: added, changed, removed. None of it concerns any company."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.files import service as files
from portal.files.reads import About
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import new_id
from portal.kernel.unit import Unit
from portal.orders.added.facts import AddedOrderChanged, AddedOrderRemoved, AddedOrdersForgotten, OrderAdded
from portal.orders.added.models import AddedLine, AddedOrder
from portal.orders.added.reads import count_of_added
from portal.orders.added.shapes import Added

KIND = "added-order"
"""What files are kept with."""
MOST = 5000
"""Orders of one person."""


def about(order_id: bytes) -> About:
    """The order as files name it."""
    return About(KIND, order_id)


def add(unit: Unit, *, order: Added, customer_id: bytes, holder_id: bytes) -> bytes:
    """Adds an order; gives its id. Conflict ``added`` where one of this company and number is there, Invalid for too many."""
    if count_of_added(unit, customer_id) >= MOST:
        raise Invalid("too-many", fields={"company": _("You have as many orders of your own as there is room for.")})
    order_id = new_id()
    row = {"id": order_id, "customer_id": customer_id, "created_at": unit.at, **_header(unit, order_id, order, holder_id)}
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(insert(AddedOrder), row)
    except IntegrityError:
        raise Conflict("added") from None
    _put_lines(unit, order_id, order, customer_id, holder_id)
    unit.note(OrderAdded(holder=holder_id, about=(KIND, order_id), count=len(order.lines)))
    return order_id


def change(unit: Unit, *, order_id: bytes, order: Added, customer_id: bytes, holder_id: bytes) -> None:
    """Writes an order anew. NotFound where it is not theirs, Conflict ``added`` where it would be another one of theirs."""
    mine = (AddedOrder.id == order_id, AddedOrder.customer_id == customer_id)
    try:
        with unit.connection.begin_nested():
            news = _header(unit, order_id, order, holder_id)
            changed = unit.connection.execute(update(AddedOrder).where(*mine).values(news)).rowcount
    except IntegrityError:
        raise Conflict("added") from None
    if not changed:
        raise NotFound
    unit.connection.execute(delete(AddedLine).where(AddedLine.order_id == order_id))
    _put_lines(unit, order_id, order, customer_id, holder_id)
    unit.note(AddedOrderChanged(holder=holder_id, about=(KIND, order_id), count=len(order.lines)))


def remove(unit: Unit, *, order_id: bytes, customer_id: bytes, holder_id: bytes) -> list[bytes]:
    """Removes an order with all files that are kept with it; gives those, to be cleared away after the commit."""
    mine = (AddedOrder.id == order_id, AddedOrder.customer_id == customer_id)
    held = select(AddedOrder.id).where(*mine).with_for_update()
    if unit.connection.execute(held).first() is None:
        raise NotFound
    gone = files.remove_all(unit, about=about(order_id), customer_id=customer_id, holder_id=holder_id)
    unit.connection.execute(delete(AddedLine).where(AddedLine.order_id == order_id))
    unit.connection.execute(delete(AddedOrder).where(*mine))
    unit.note(AddedOrderRemoved(holder=holder_id, about=(KIND, order_id)))
    return gone


def hold(unit: Unit, *, order_id: bytes, customer_id: bytes) -> None:
    """Keeps an order until this unit ends, so that what is kept with it now is not left behind. NotFound for none of theirs."""
    mine = (AddedOrder.id == order_id, AddedOrder.customer_id == customer_id)
    if unit.connection.execute(select(AddedOrder.id).where(*mine).with_for_update()).first() is None:
        raise NotFound


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """Deletes what an erased customer had added."""
    unit.connection.execute(delete(AddedLine).where(AddedLine.customer_id == customer_id))
    count = unit.connection.execute(delete(AddedOrder).where(AddedOrder.customer_id == customer_id)).rowcount
    if count:
        unit.note(AddedOrdersForgotten(holder=holder_id, count=count))


def _header(unit: Unit, order_id: bytes, order: Added, holder_id: bytes) -> dict[str, Any]:
    box = unit.box(holder_id)
    number = None if order.number is None else box.seal("added_orders", "number", order_id, order.number)
    twin = f"{order.company.casefold()}\0{order.number.casefold()}" if order.number else None
    return {
        "twin": None if twin is None else box.mark(box.current, twin),
        "company": box.seal("added_orders", "company", order_id, order.company),
        "number": number,
        "placed_at": datetime.combine(order.day, time(12), zone()).astimezone(UTC),
        "currency": order.currency,
        "total": order.total,
        "updated_at": unit.at,
    }


def _put_lines(unit: Unit, order_id: bytes, order: Added, customer_id: bytes, holder_id: bytes) -> None:
    box, rows = unit.box(holder_id), []
    for place, line in enumerate(order.lines, 1):
        id_ = new_id()
        rows.append(
            {
                "id": id_,
                "order_id": order_id,
                "customer_id": customer_id,
                "position": place,
                "name": box.seal("added_order_lines", "name", id_, line.name),
                "quantity": line.quantity,
                "amount": line.amount,
            }
        )
    unit.connection.execute(insert(AddedLine), rows)
