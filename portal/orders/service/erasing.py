"""A customer is erased: their orders go."""

from sqlalchemy import delete

from portal.kernel.unit import Unit
from portal.orders.facts import OrdersForgotten
from portal.orders.models import Order, OrderLine


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """Deletes the customer's orders: their lines open for nobody, and no list may have a gap where they stood."""
    unit.connection.execute(delete(OrderLine).where(OrderLine.customer_id == customer_id))
    count = unit.connection.execute(delete(Order).where(Order.customer_id == customer_id)).rowcount
    if count:
        unit.note(OrdersForgotten(holder=holder_id, count=count))
