"""Leases on the basis ``own``: what a vendor may read back without any permission."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select

from portal.customers.models import Customer
from portal.grants.lease import OWN, Lease
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link, PairwiseId
from portal.vendors.purposes import ORDER_MANAGEMENT

_own = Prepared(
    select(
        Link.id.label("link_id"),
        Link.customer_id,
        Customer.holder_id,
        Customer.sharing_version,
        PairwiseId.sub,
    )
    .select_from(Link.__table__)
    .join(Customer.__table__, Customer.id == Link.customer_id)
    .join(PairwiseId.__table__, (PairwiseId.link_id == Link.id) & PairwiseId.own)
    .where(Link.vendor_id == bindparam("vendor"), Link.id.in_(bindparam("links", expanding=True))),
    lists=("links",),
)


def own_leases(unit: Unit, *, vendor_id: bytes, link_ids: Iterable[bytes]) -> dict[bytes, Lease]:
    """Leases on the basis ``own``: a vendor reads back what it wrote itself. Which rows those are, the rows say."""
    wanted = list(link_ids)
    rows = _own.all(unit.connection, {"vendor": vendor_id, "links": wanted}) if wanted else []
    return {row.link_id: _own_lease(row, vendor_id) for row in rows}


def _own_lease(row: Any, vendor_id: bytes) -> Lease:
    return Lease(
        OWN,
        vendor_id,
        row.link_id,
        row.customer_id,
        row.holder_id,
        row.sub,
        None,
        None,
        ORDER_MANAGEMENT,
        frozenset({"orders.header", "orders.line", "orders.line.category"}),
        None,
        row.sharing_version,
    )
