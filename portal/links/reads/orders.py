"""How many orders hang on a link, and since when: those its company wrote itself, and reads while the link stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from portal.customers.models import Customer
from portal.kernel.unit import Unit
from portal.links.models import Fold, Link
from portal.orders.models import Order
from portal.orders.statuses import OPEN

# A customer has one link with a company that leads nowhere else, so these two tell it; and both are in the index of a
# customer's orders: one on the link itself would cost each order that is told a page.
_HANGS_ON = and_(Order.customer_id == Link.customer_id, Order.vendor_id == Link.vendor_id)


def orders_of(unit: Unit, link_id: bytes) -> int:
    """How many orders hang on a link."""
    return int(unit.connection.execute(_on(link_id, func.count())).scalar_one())


def open_orders_of(unit: Unit, link_id: bytes) -> int:
    """How many orders of a link are still under way: those its company may go on reading after an end."""
    under_way = Order.status.in_(sorted(OPEN))
    return int(unit.connection.execute(_on(link_id, func.count()).where(under_way)).scalar_one())


def span_of(unit: Unit, link_id: bytes) -> tuple[int, datetime | None, datetime | None]:
    """How many orders hang on a link, and when the first and the last were placed."""
    wanted = func.count(), func.min(Order.placed_at), func.max(Order.placed_at)
    count, first, last = unit.connection.execute(_on(link_id, *wanted)).one()
    return count, first, last


def orders_behind(source_id: bytes, person_id: bytes) -> Select[Any]:
    """The orders of a link that was folded into a person's and still name its prospect, who became that person."""
    prospects = select(Customer.id).where(Customer.joined_into == person_id)
    return select(Order.id).where(Order.customer_id.in_(prospects), Order.link_id == source_id)


def orders_of_fold() -> ColumnElement[int]:
    """How many orders hang on the link of a fold under its number."""
    theirs = Order.customer_id == Fold.customer_id, Order.link_id == Fold.link_id, Order.customer_number == Fold.number
    return select(func.count()).select_from(Order).where(*theirs).scalar_subquery()


def _on(link_id: bytes, *wanted: ColumnElement[Any]) -> Select[Any]:
    return select(*wanted).select_from(Link).join(Order, _HANGS_ON).where(Link.id == link_id)
