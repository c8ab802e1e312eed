"""Pages of the orders that customers share with a company, and the entry of each customer on one: by the API and on pages."""

from collections.abc import Mapping

from portal.grants.lease import ORDERS, Lease
from portal.grants.leases import open_leases
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.orders.facts import OrdersDisclosed
from portal.orders.shared.answers import DATATYPES, EVERYTHING, HEADER, MOST, Answer, Filters, Part
from portal.orders.shared.lent import shared_orders, start_of


def orders_of_one(
    unit: Unit, lease: Lease, *, cursor: str | None = None, limit: int = MOST, filters: Filters = EVERYTHING
) -> Answer:
    """A page of what one lease shows. The cursor goes on with this company's list of this customer and purpose alone."""
    audience = _audience(lease.vendor_id, lease.purpose, lease.sub, filters)
    start = start_of(unit, audience, cursor)
    return shared_orders(unit, [lease], start=start, limit=limit, filters=filters, audience=audience)


def orders_of_all(
    unit: Unit, vendor_id: bytes, purpose: str, *, cursor: str | None = None, limit: int = MOST, filters: Filters = EVERYTHING
) -> Answer:
    """A page of what all customers share with a company for a purpose, customer by customer."""
    audience = _audience(vendor_id, purpose, "", filters)
    start = start_of(unit, audience, cursor)
    leases = open_leases(
        unit, vendor_id=vendor_id, purpose=purpose, after=start.after, limit=MOST, cursor=cursor, resource=ORDERS
    )
    # A full page of customers may have others behind it: it goes on after the last of them.
    after = leases[-1].link_id if len(leases) == MOST else None
    needed = {HEADER} if filters.asks() else set(DATATYPES)
    opened = [lease for lease in leases if lease.datatypes & needed]
    return shared_orders(unit, opened, start=start, limit=limit, filters=filters, audience=audience, after=after)


def _audience(vendor_id: bytes, purpose: str, sub: str, filters: Filters) -> str:
    return "\0".join(("grant", text_of(vendor_id), purpose, sub, filters.name))


def orders_disclosed(
    part: Part, *, token: str | None = None, test: bool, personal: Mapping[str, str]
) -> OrdersDisclosed:
    """The entry of what leaves of one customer's orders; ``token`` as in :func:`portal.customers.shared.profile_disclosed`."""
    lease = part.lease
    return OrdersDisclosed(
        holder=lease.holder_id,
        vendor=lease.vendor_id,
        link=lease.link_id,
        grant=lease.grant_id,
        version=lease.version,
        basis=lease.basis,
        purpose=lease.purpose,
        asked=part.asked,
        given=part.given,
        count=part.count,
        token=token,
        test=test,
        personal={**personal, "orders": " ".join(text_of(id_) for id_ in part.rows)},
    )
