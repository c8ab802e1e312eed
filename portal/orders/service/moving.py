"""Orders follow the link they hang on when it becomes part of a person's."""

from sqlalchemy import select, update

from portal.kernel.unit import Unit
from portal.links.reads import link_of
from portal.orders.facts import OrdersMoved
from portal.orders.models import Order, OrderLine


def move(unit: Unit, *, link_id: bytes, into: bytes, holder_id: bytes | None) -> int:
    """Gives the orders of a link to the link ``into`` and its customer; nothing is sealed anew. Gives how many."""
    link = link_of(unit, into)
    moved = select(Order.id).where(Order.link_id == link_id)
    lines = update(OrderLine).where(OrderLine.order_id.in_(moved)).values(customer_id=link.customer_id)
    unit.connection.execute(lines)
    orders = update(Order).where(Order.link_id == link_id).values(link_id=into, customer_id=link.customer_id)
    count = unit.connection.execute(orders).rowcount
    if count:
        unit.note(OrdersMoved(holder=holder_id, vendor=link.vendor_id, link=into, count=count))
    return count
