"""What a company told before: its customer numbers with the links they lead to, and its orders by number."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select

from portal.customers.models import Customer
from portal.kernel.prepared import Prepared
from portal.kernel.sealing import DataKey, KeyRow
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
    """The links that a vendor's customer numbers lead to, their customers' keys brought along.

    Numbers that it never gave are left out.
    """
    told = _by_number.all(unit.connection, {"vendor": vendor_id, "numbers": list(numbers)}) if numbers else []
    reached = {row.id: row for row in told}
    while missing := {row.folded_into for row in reached.values() if row.folded_into} - reached.keys():
        reached |= {row.id: row for row in _by_id.all(unit.connection, {"vendor": vendor_id, "ids": list(missing)})}
    found = {}
    for row in told:
        end = row
        while end.folded_into is not None:
            end = reached[end.folded_into]
        found[row.number] = Told(row.number, vendor_id, end.id, end.customer_id, end.holder_id, _standing(end))
        if end.key_id is not None:
            unit.know_key(end.holder_id, KeyRow(end.key_id, end.wrapped, end.pseudonym, True))
    return found


def leads_to(unit: Unit, vendor_id: bytes, numbers: Collection[str]) -> dict[str, bytes]:
    """The links that a vendor's customer numbers lead to, and no more of them."""
    rows = _alone.all(unit.connection, {"vendor": vendor_id, "numbers": list(numbers)}) if numbers else []
    if any(row.folded_into is not None for row in rows):
        return {number: link.link_id for number, link in told_links(unit, vendor_id, numbers).items()}
    return {row.number: row.id for row in rows}


def standing_of(unit: Unit, link_ids: Collection[bytes]) -> dict[bytes, Standing]:
    """How links stand now, held so until this unit commits."""
    rows = _held.all(unit.connection, {"ids": list(link_ids)}) if link_ids else []
    return {row.id: _standing(row) for row in rows}


def known_orders(unit: Unit, vendor_id: bytes, numbers: Collection[str]) -> dict[str, Any]:
    """The rows of a vendor's orders, by its own numbers."""
    wanted = {"vendor": vendor_id, "numbers": list(dict.fromkeys(numbers))}
    return {row.number: row for row in _orders.all(unit.connection, wanted)} if numbers else {}


_COLUMNS = (Link.id, Link.number, Link.customer_id, Link.state, Link.folded_into, Link.blocked_at, Customer.holder_id)
_links = select(*_COLUMNS).join(Customer, Customer.id == Link.customer_id)
_key = and_(DataKey.holder_id == Customer.holder_id, DataKey.is_current)
_with_keys = _links.add_columns(DataKey.id.label("key_id"), DataKey.wrapped, DataKey.pseudonym).outerjoin(DataKey, _key)
_theirs = Link.vendor_id == bindparam("vendor")
_numbered = Link.number.in_(bindparam("numbers", expanding=True))
_by_number = Prepared(_with_keys.where(_theirs, _numbered), lists=("numbers",))
_alone = Prepared(select(Link.number, Link.id, Link.folded_into).where(_theirs, _numbered), lists=("numbers",))
_one_of = Link.id.in_(bindparam("ids", expanding=True))
_by_id = Prepared(_with_keys.where(_theirs, _one_of), lists=("ids",))
# In one order always, so that two who hold the same ones never wait for each other.
_held = Prepared(_links.where(_one_of).order_by(Link.id).with_for_update(read=True, of=Link), lists=("ids",))
_orders = Prepared(
    select(*Order.__table__.columns).where(
        Order.vendor_id == bindparam("vendor"), Order.number.in_(bindparam("numbers", expanding=True))
    ),
    lists=("numbers",),
)


def _standing(row: Any) -> Standing:
    return row.customer_id, row.state, row.folded_into, row.blocked_at is not None
