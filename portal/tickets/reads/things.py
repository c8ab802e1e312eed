"""What a conversation can be about, and with whom it can be: the customer's own orders, permissions and companies."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from portal.grants.reads import grants_of
from portal.kernel.errors import NotFound
from portal.kernel.i18n import day
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.orders.models import Order
from portal.orders.reads import Filters, orders_of
from portal.tickets.machine import ENTRY, GRANT, ORDER
from portal.vendors.models import Vendor

MOST = 20


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that the customer can write to."""

    vendor_id: bytes
    name: str

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.vendor_id)


def partners_of(unit: Unit, customer_id: bytes) -> list[Partner]:
    """The companies that a customer is connected with, or was, and has not blocked; by name."""
    wanted = (
        select(Vendor.id, Vendor.name)
        .join(Link, Link.vendor_id == Vendor.id)
        .where(Link.customer_id == customer_id, Link.folded_into.is_(None), Link.state != "prospect")
        .where(Link.blocked_at.is_(None), Vendor.blocked_at.is_(None))
        .order_by(Vendor.name)
    )
    return [Partner(row.id, row.name) for row in unit.connection.execute(wanted)]


def partner_of(unit: Unit, customer_id: bytes, vendor_id: bytes) -> Partner:
    """One of them; NotFound for any other."""
    found = next((one for one in partners_of(unit, customer_id) if one.vendor_id == vendor_id), None)
    if found is None:
        raise NotFound
    return found


def things_with(
    unit: Unit, customer_id: bytes, vendor_id: bytes, kinds: Collection[str], entry: int | None = None
) -> list[tuple[str, str]]:
    """What a conversation with a company can be about, each with its words: the newest orders and the live permissions."""
    found = []
    if ORDER in kinds:
        orders, _more = orders_of(unit, customer_id, Filters(vendor_id=vendor_id), limit=MOST)
        found += [(f"{ORDER}:{one.text}", _("Order %(number)s", number=one.number)) for one in orders]
    if GRANT in kinds:
        mine = [one for one in grants_of(unit) if one.vendor_id == vendor_id][:MOST]
        said = [(one.id, _("Permission of %(day)s", day=day(one.created_at))) for one in mine]
        found += [(f"{GRANT}:{text_of(id_)}", words) for id_, words in said]
    if ENTRY in kinds and entry is not None:
        found.append((f"{ENTRY}:{entry}", _("Line %(number)s of who looked at your data", number=entry)))
    return found


def numbers_of_orders(unit: Unit, customer_id: bytes, ids: Collection[bytes]) -> dict[bytes, str]:
    """The numbers of some orders of a customer."""
    mine = select(Order.id, Order.number).where(Order.customer_id == customer_id, Order.id.in_(list(ids)))
    return {row.id: row.number for row in unit.connection.execute(mine)}
