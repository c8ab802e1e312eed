"""The words of orders, brought into their look-up where they are not: of what older releases took in, and of what was parted."""

from collections.abc import Sequence

from sqlalchemy import select, update

from portal.kernel.unit import Unit
from portal.orders.facts import OrdersIndexed
from portal.orders.models import Order
from portal.orders.reads import holders_of, lines_of, opener_of
from portal.orders.wording import words_of


def index_words(unit: Unit, *, order_ids: Sequence[bytes]) -> int:
    """Makes the tokens of these orders' words anew, by their customers' current keys. Gives how many orders have any."""
    owners = select(Order.id, Order.customer_id, Order.process).where(Order.id.in_(order_ids))
    rows = unit.connection.execute(owners.order_by(Order.id).with_for_update()).all()
    holders = holders_of(unit, {row.customer_id for row in rows})
    boxes = unit.boxes(holders.values())
    # Whoever was erased has no key any more, and nothing that could be opened.
    rows = [row for row in rows if holders[row.customer_id] in boxes]
    lines = lines_of(unit, [row.id for row in rows])
    opened = opener_of(unit, holders)
    count = 0
    for row in rows:
        named = (opened(line, name) for line in lines.get(row.id, ()) for name in ("name", "category"))
        words = words_of((opened(row, "process", "orders"), *named))
        box = boxes[holders[row.customer_id]]
        value = b"".join((box.current, *box.tokens(words))) if words else None
        unit.connection.execute(update(Order).where(Order.id == row.id).values(words=value))
        count += bool(words)
    if rows:
        unit.note(OrdersIndexed(count=count))
    return count
