"""Orders follow the link they hang on when it becomes part of a person's, and go back with it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from portal.customers.reads import customer_of
from portal.files.service import remove_all
from portal.kernel.parting import Belongings, key_of
from portal.kernel.unit import Unit
from portal.links.reads import Found, link_of
from portal.links.reads.orders import orders_behind
from portal.orders.demands.machine import FILED
from portal.orders.demands.reads import filed_with
from portal.orders.facts import OrdersMoved
from portal.orders.models import Demand, Order, OrderLine
from portal.orders.service.indexing import index_words
from portal.orders.service.parts import DEMANDS, ORDER, PARTS, Part


def move(unit: Unit, *, link_id: bytes, into: bytes, holder_id: bytes | None) -> int:
    """Gives the orders of a link to the link ``into`` and its customer; nothing is sealed anew. Gives how many."""
    link = link_of(unit, into)
    moved = orders_behind(link_id, link.customer_id)
    for part in PARTS:
        theirs = update(part.model).where(part.model.order_id.in_(moved)).values(customer_id=link.customer_id)
        unit.connection.execute(theirs)
    orders = update(Order).where(Order.id.in_(moved)).values(link_id=into, customer_id=link.customer_id)
    count = unit.connection.execute(orders).rowcount
    if count:
        unit.note(OrdersMoved(holder=holder_id, vendor=link.vendor_id, link=into, count=count))
    return count


def give_back(unit: Unit, *, found: Found) -> int:
    """Gives the orders of a customer number that was not this person's back to its prospect. Gives how many.

    With them go those that were told since under that number. The person's word on them (gift, hidden, what they
    asked for, with its files) is taken off: it was about somebody else's orders. What was declared by a mailed link
    before they were the person's stays with them. Run after the keys went back.
    """
    prospect = customer_of(unit, found.prospect_id)
    link = link_of(unit, found.link_id)
    theirs = (Order.customer_id == link.customer_id, Order.link_id == link.id, Order.customer_number == found.number)
    ids = unit.connection.execute(select(Order.id).where(*theirs).with_for_update()).scalars().all()
    if not ids:
        return 0
    sealing = _Sealing(unit, link.customer_id, prospect.holder_id, Belongings.of(found.belongings).keys)
    kept = sealing.own_demands(ids)
    _take_files_off(unit, link.customer_id, ids)
    for part in PARTS:
        if part in DEMANDS:
            _take_off(unit, part, ids, kept)
        sealing.anew(part, ids)
        taken_off = {"withheld_at": None, "gift_at": None} if part.model is OrderLine else {}
        theirs_now = update(part.model).where(part.model.order_id.in_(ids)).values(customer_id=prospect.id, **taken_off)
        unit.connection.execute(theirs_now)
    sealing.anew(ORDER, ids)
    moved = {"customer_id": prospect.id, "withheld_at": None, "disputed_at": None, "link_id": found.source_id}
    unit.connection.execute(update(Order).where(Order.id.in_(ids)).values(moved))
    # Under the prospect's own key: by the person's nobody of theirs would find them.
    index_words(unit, order_ids=ids)
    unit.note(OrdersMoved(holder=prospect.holder_id, vendor=link.vendor_id, link=found.source_id, count=len(ids)))
    return len(ids)


def _take_off(unit: Unit, part: Part, order_ids: Sequence[bytes], kept: Sequence[bytes]) -> None:
    demand_id = part.model.id if part.model is Demand else part.model.demand_id
    theirs = part.model.order_id.in_(order_ids), demand_id.not_in(kept)
    unit.connection.execute(delete(part.model).where(*theirs))


def _take_files_off(unit: Unit, person_id: bytes, order_ids: Sequence[bytes]) -> None:
    """What the person sent with what they asked is theirs, and about nothing of theirs: it is cleared away.

    Files go with what a customer asks, never with what was declared by a link, which stays.
    """
    asked = select(Demand.id).where(Demand.order_id.in_(order_ids), Demand.kind.in_(sorted(FILED)))
    holder_id = customer_of(unit, person_id).holder_id
    for demand_id in unit.connection.execute(asked).scalars().all():
        remove_all(unit, about=filed_with(demand_id), customer_id=person_id, holder_id=holder_id)


class _Sealing:
    """Seals under the prospect's key what was told while the person held it, and is sealed under theirs."""

    def __init__(self, unit: Unit, person_id: bytes, prospect_holder: bytes, keys: frozenset[bytes]) -> None:
        self._connection, self._keys = unit.connection, keys
        self._mine, self._theirs = unit.box(customer_of(unit, person_id).holder_id), unit.box(prospect_holder)

    def own_demands(self, order_ids: Sequence[bytes]) -> list[bytes]:
        """What was declared about these orders under the prospect's own keys: by a link, before they were the person's."""
        wanted = select(Demand.id, Demand.receipt).where(Demand.order_id.in_(order_ids), Demand.receipt.is_not(None))
        return [row.id for row in self._connection.execute(wanted) if not self._is_mine(row.receipt)]

    def anew(self, part: Part, order_ids: Sequence[bytes]) -> None:
        """The sealed columns of these orders' rows of one table."""
        model, names = part
        if not names:
            return
        order_id = Order.id if model is Order else model.order_id
        wanted = select(model.id, *(getattr(model, name) for name in names)).where(order_id.in_(order_ids))
        changed = [row for row in self._connection.execute(wanted).all() if any(map(self._is_mine, row[1:]))]
        if changed:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
            statement = update(model.__table__).where(model.__table__.c.id == bindparam("row")).values(values)
            self._connection.execute(statement, [self._row(model.__tablename__, names, row) for row in changed])

    def _is_mine(self, sealed: bytes | None) -> bool:
        return sealed is not None and key_of(sealed) not in self._keys

    def _row(self, table: str, names: Sequence[str], row: Any) -> dict[str, Any]:
        return {"row": row.id, **{f"new_{name}": self._value(table, name, row) for name in names}}

    def _value(self, table: str, name: str, row: Any) -> bytes | None:
        sealed: bytes | None = getattr(row, name)
        if sealed is None or not self._is_mine(sealed):
            return sealed
        return self._theirs.seal(table, name, row.id, self._mine.open(table, name, row.id, sealed))
