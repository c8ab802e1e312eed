"""Which news of orders moved what a company is answered: what was told of hidden rows alone moved nothing."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import exists, select

from portal.grants.lease import Lease
from portal.kernel.unit import Unit
from portal.orders.models import Order, OrderLine
from portal.orders.shared.answers import DATATYPES, HEADER
from portal.orders.shared.lent import opened_by, seen, shows


def moved_orders(unit: Unit, leases: Sequence[Lease], orders: Collection[bytes]) -> dict[bytes, set[int]]:
    """Of these orders those that leases of one customer show, each with the versions that moved what they show of it."""
    found: dict[bytes, set[int]] = {}
    for lease in _of_orders(leases):
        wanted = (
            select(Order.id, Order.shown_version, OrderLine.told_version)
            .join(OrderLine, OrderLine.order_id == Order.id)
            .where(Order.id.in_(orders), *_others(lease), seen(lease))
        )
        for row in unit.connection.execute(wanted):
            versions = found.setdefault(row.id, set())
            versions.add(row.told_version)
            if HEADER in lease.datatypes:
                versions.add(row.shown_version)
    return found


def shows_some_of(unit: Unit, leases: Sequence[Lease], seller_id: bytes) -> bool:
    """Whether leases of one customer show an order of this seller."""
    return any(
        unit.connection.execute(select(exists().where(*_others(lease), Order.vendor_id == seller_id))).scalar_one()
        for lease in _of_orders(leases)
    )


def orders_of_lines(unit: Unit, lines: Collection[bytes]) -> dict[bytes, bytes]:
    """Of which orders these lines are."""
    if not lines:
        return {}
    wanted = select(OrderLine.id, OrderLine.order_id).where(OrderLine.id.in_(lines))
    return {row.id: row.order_id for row in unit.connection.execute(wanted)}


def _of_orders(leases: Sequence[Lease]) -> list[Lease]:
    return [lease for lease in leases if not lease.datatypes.isdisjoint(DATATYPES)]


def _others(lease: Lease) -> tuple[Any, ...]:
    # What a company wrote itself is no news to it.
    return opened_by(lease), shows(lease), Order.vendor_id != lease.vendor_id
