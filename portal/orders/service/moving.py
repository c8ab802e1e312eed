"""Orders follow the link they hang on when it becomes part of a person's, and go back with it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from portal.customers.reads import customer_of
from portal.kernel.parting import Belongings, key_of
from portal.kernel.unit import Unit
from portal.links.reads import Found, link_of
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


def give_back(unit: Unit, *, found: Found) -> int:
    """Gives the orders of a customer number that was not this person's back to its prospect. Gives how many.

    With them go those that were told since under that number. The person's word on them (gift, hidden) is taken off:
    it was about somebody else's orders. Run after the keys went back.
    """
    prospect = customer_of(unit, found.prospect_id)
    link = link_of(unit, found.link_id)
    theirs = (Order.link_id == link.id, Order.customer_number == found.number)
    ids = unit.connection.execute(select(Order.id).where(*theirs).with_for_update()).scalars().all()
    if not ids:
        return 0
    _seal_for(unit, ids, link.customer_id, prospect.holder_id, Belongings.of(found.belongings).keys)
    plain: dict[str, Any] = {"customer_id": prospect.id, "withheld_at": None}
    unit.connection.execute(update(OrderLine).where(OrderLine.order_id.in_(ids)).values(**plain, gift_at=None))
    unit.connection.execute(update(Order).where(Order.id.in_(ids)).values(**plain, link_id=found.source_id))
    unit.note(OrdersMoved(holder=prospect.holder_id, vendor=link.vendor_id, link=found.source_id, count=len(ids)))
    return len(ids)


_SEALED = ("name", "category")
_reseal = (
    update(OrderLine.__table__)  # type: ignore[arg-type]
    .where(OrderLine.id == bindparam("row"))
    .values({column: bindparam(f"new_{column}") for column in _SEALED})
)


def _seal_for(
    unit: Unit, order_ids: Sequence[bytes], person_id: bytes, prospect_holder: bytes, keys: frozenset[bytes]
) -> None:
    """Seals under the prospect's key what was told while the person held it, and is sealed under theirs."""
    mine, theirs = unit.box(customer_of(unit, person_id).holder_id), unit.box(prospect_holder)

    def anew(column: str, row: Any) -> bytes | None:
        sealed: bytes | None = getattr(row, column)
        if sealed is None or key_of(sealed) in keys:
            return sealed
        return theirs.seal("order_lines", column, row.id, mine.open("order_lines", column, row.id, sealed))

    lines = select(OrderLine.id, *(getattr(OrderLine, column) for column in _SEALED))
    rows = unit.connection.execute(lines.where(OrderLine.order_id.in_(order_ids))).all()
    changed = [
        {"row": row.id, **{f"new_{column}": anew(column, row) for column in _SEALED}}
        for row in rows
        if any(value is not None and key_of(value) not in keys for value in (row.name, row.category))
    ]
    if changed:
        unit.connection.execute(_reseal, changed)
