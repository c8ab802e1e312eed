"""An added order changed or removed, and what an erased customer had added forgotten."""

from sqlalchemy import delete, insert, select, update

from portal.files import service as files
from portal.files.reads import hold_customer
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.unit import Unit
from portal.orders.added.facts import AddedOrderChanged, AddedOrderRemoved, AddedOrdersForgotten
from portal.orders.added.models import AddedLine, AddedOrder
from portal.orders.added.service.preparing import KIND, about, rows_of
from portal.orders.added.shapes import Added


def change(unit: Unit, *, order_id: bytes, order: Added, customer_id: bytes, holder_id: bytes) -> None:
    """Writes an order anew. NotFound where it is not theirs, Conflict ``added`` where it would be another one of theirs."""
    hold_customer(unit, customer_id)
    made = rows_of(unit.box(holder_id), order_id, order, customer_id)
    twin = (AddedOrder.customer_id == customer_id, AddedOrder.twin.in_(made.twins), AddedOrder.id != order_id)
    if made.twins and unit.connection.execute(select(AddedOrder.id).where(*twin)).first() is not None:
        raise Conflict("added")
    mine = (AddedOrder.id == order_id, AddedOrder.customer_id == customer_id)
    # What made it stays as it was: the press that added it adds it no second time.
    news = {name: value for name, value in made.row.items() if name not in ("id", "customer_id", "once")}
    if not unit.connection.execute(update(AddedOrder).where(*mine).values(**news, updated_at=unit.at)).rowcount:
        raise NotFound
    unit.connection.execute(delete(AddedLine).where(AddedLine.order_id == order_id, AddedLine.customer_id == customer_id))
    unit.connection.execute(insert(AddedLine), made.lines)
    unit.note(AddedOrderChanged(holder=holder_id, about=(KIND, order_id), count=len(order.lines)))


def remove(unit: Unit, *, order_id: bytes, customer_id: bytes, holder_id: bytes) -> list[bytes]:
    """Removes an order with all files that are kept with it; gives those, to be cleared away after the commit."""
    hold(unit, order_id=order_id, customer_id=customer_id)
    gone = files.remove_all(unit, about=about(order_id), customer_id=customer_id, holder_id=holder_id)
    unit.connection.execute(delete(AddedLine).where(AddedLine.order_id == order_id, AddedLine.customer_id == customer_id))
    unit.connection.execute(delete(AddedOrder).where(AddedOrder.id == order_id, AddedOrder.customer_id == customer_id))
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
