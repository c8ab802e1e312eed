"""A customer is erased: their orders go."""

from sqlalchemy import delete, select

from portal.kernel.unit import Unit
from portal.orders.facts import OrdersForgotten
from portal.orders.models import Order
from portal.orders.service.parts import PARTS


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """Deletes the customer's orders: what hangs on them opens for nobody, and no list may have a gap where they stood."""
    theirs = select(Order.id).where(Order.customer_id == customer_id)
    for part in PARTS:
        unit.connection.execute(delete(part.model).where(part.model.order_id.in_(theirs)))
    count = unit.connection.execute(delete(Order).where(Order.customer_id == customer_id)).rowcount
    if count:
        unit.note(OrdersForgotten(holder=holder_id, count=count))
