"""What a company told before: its customer numbers with the links they lead to, and its orders by number."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from portal.customers.models import Customer
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.orders.models import Order

Standing = tuple[bytes, str, bytes | None, bool]
"""How a link stands: its customer, its state, into which it was folded, whether it is blocked."""


@dataclass(frozen=True, slots=True)
class Told:
    """A vendor's own customer number, and the link it leads to now."""

    number: str
    vendor_id: bytes
    link_id: bytes
    customer_id: bytes
    holder_id: bytes
    standing: Standing

    @property
    def is_over(self) -> bool:
        """Whether its customer ended or blocked it: news of open orders alone may still come."""
        _, state, _, is_blocked = self.standing
        return state == "ended" or is_blocked


def told_links(unit: Unit, vendor_id: bytes, numbers: Collection[str]) -> dict[str, Told]:
    """The links that a vendor's customer numbers lead to; numbers that it never gave are left out."""
    wanted = Link.vendor_id == vendor_id
    told = unit.connection.execute(_links().where(wanted, Link.number.in_(numbers))).all()
    reached = {row.id: row for row in told}
    while missing := {row.folded_into for row in reached.values() if row.folded_into} - reached.keys():
        reached |= {row.id: row for row in unit.connection.execute(_links().where(wanted, Link.id.in_(missing)))}
    found = {}
    for row in told:
        end = row
        while end.folded_into is not None:
            end = reached[end.folded_into]
        found[row.number] = Told(row.number, vendor_id, end.id, end.customer_id, end.holder_id, _standing(end))
    return found


def standing_of(unit: Unit, link_ids: Collection[bytes]) -> dict[bytes, Standing]:
    """How links stand now, held so until this unit commits."""
    statement = _links().where(Link.id.in_(link_ids)).order_by(Link.id).with_for_update(read=True, of=Link)
    return {row.id: _standing(row) for row in unit.connection.execute(statement)}


def known_orders(unit: Unit, vendor_id: bytes, numbers: Collection[str]) -> dict[str, Row[Any]]:
    """The rows of a vendor's orders, by its own numbers."""
    statement = select(Order.__table__).where(Order.vendor_id == vendor_id, Order.number.in_(numbers))
    return {row.number: row for row in unit.connection.execute(statement)}


def _links() -> Select[Any]:
    statement: Select[Any] = select(Link.__table__, Customer.holder_id)
    return statement.join(Customer, Customer.id == Link.customer_id)


def _standing(row: Row[Any]) -> Standing:
    return row.customer_id, row.state, row.folded_into, row.blocked_at is not None
