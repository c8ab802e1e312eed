"""The customer's own word on orders and lines: obeyed at once, told to no company, undone by one press."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from portal.customers.service import raise_sharing_version
from portal.kernel.errors import NotFound
from portal.kernel.facts import Fact
from portal.kernel.unit import Unit
from portal.orders.facts import (
    OrderHidden,
    OrderLineHidden,
    OrderLineMarked,
    OrderLineShown,
    OrderLineUnmarked,
    OrderShown,
)
from portal.orders.models import Order, OrderLine

GIFT = "gift"


def hide(unit: Unit, *, order_id: bytes, line_id: bytes | None = None) -> None:
    """Hides a line, or the whole order, from every company but its seller; done already, it changes nothing."""
    _withhold(unit, order_id, line_id, unit.at)


def show(unit: Unit, *, order_id: bytes, line_id: bytes | None = None) -> None:
    """Takes the hiding back. A line hidden by itself stays so when its order is shown again."""
    _withhold(unit, order_id, line_id, None)


def mark_gift(unit: Unit, *, order_id: bytes, line_id: bytes) -> None:
    """Says that a line was a gift: nobody may conclude a taste from it."""
    order = _mine(unit, order_id)
    if _set(unit, OrderLine, order, line_id, "gift_at", unit.at):
        _noted(unit, order, OrderLineMarked(**_about(order, line_id), mark=GIFT))


def unmark_gift(unit: Unit, *, order_id: bytes, line_id: bytes) -> None:
    """Takes the mark back."""
    order = _mine(unit, order_id)
    if _set(unit, OrderLine, order, line_id, "gift_at", None):
        _noted(unit, order, OrderLineUnmarked(**_about(order, line_id), mark=GIFT))


def _withhold(unit: Unit, order_id: bytes, line_id: bytes | None, at: datetime | None) -> None:
    order = _mine(unit, order_id)
    model = Order if line_id is None else OrderLine
    if not _set(unit, model, order, line_id or order_id, "withheld_at", at):
        return
    whole, line = (OrderShown, OrderLineShown) if at is None else (OrderHidden, OrderLineHidden)
    _noted(unit, order, (whole if line_id is None else line)(**_about(order, line_id)))


def _mine(unit: Unit, order_id: bytes) -> Any:
    # Locked, so that lines which the seller adds at this moment see the marks, or are seen by this verb.
    statement = (
        select(Order.id, Order.customer_id, Order.vendor_id, Order.link_id)
        .where(Order.id == order_id, Order.customer_id == unit.actor.customer_id)
        .with_for_update()
    )
    order = unit.connection.execute(statement).one_or_none()
    if order is None:
        raise NotFound
    return order


def _set(
    unit: Unit, model: type[Order] | type[OrderLine], order: Any, row_id: bytes, name: str, at: datetime | None
) -> bool:
    """Sets or clears a mark; False where it stood so already, NotFound where the row is not of this order."""
    column = getattr(model, name)
    mine = [model.id == row_id, model.customer_id == order.customer_id]
    if model is OrderLine:
        mine.append(OrderLine.order_id == order.id)
    other = column.is_(None) if at is not None else column.is_not(None)
    if unit.connection.execute(update(model).where(*mine, other).values({name: at})).rowcount:
        return True
    if unit.connection.execute(select(model.id).where(*mine)).first() is None:
        raise NotFound
    return False


def _about(order: Any, line_id: bytes | None) -> dict[str, Any]:
    about = ("order", order.id) if line_id is None else ("order-line", line_id)
    return {"vendor": order.vendor_id, "link": order.link_id, "about": about}


def _noted(unit: Unit, order: Any, fact: Fact) -> None:
    raise_sharing_version(unit, customer_id=order.customer_id)
    unit.note(replace(fact, holder=unit.actor.holder_id))
