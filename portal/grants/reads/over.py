"""Permissions whose time is over, in the order of their ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from portal.customers.models import Customer
from portal.grants.decision import LIVE
from portal.grants.models import EndsTold, Grant, GrantDetail
from portal.kernel.unit import Unit

_told = select(EndsTold.until).where(EndsTold.id == 1)
_ends: Select[*tuple[Any, ...]] = (
    select(
        Grant.id,
        Grant.vendor_id,
        Grant.link_id,
        Grant.version,
        GrantDetail.purpose,
        GrantDetail.expires_at,
        Customer.holder_id,
    )
    .join(GrantDetail, (GrantDetail.grant_id == Grant.id) & (GrantDetail.version == Grant.version))
    .join(Customer, Customer.id == Grant.customer_id)
    .where(Grant.state == LIVE)
)


def told_until(unit: Unit) -> datetime | None:
    """Until when ends are on record; None where none ever was. In a writing unit nobody else goes on meanwhile."""
    found: datetime | None = unit.connection.execute(_told.with_for_update() if unit.writing else _told).scalar()
    return found


def ends_after(unit: Unit, since: datetime, most: int) -> Sequence[Row[Any]]:
    """The first ends that have come since then, a row a permission and purpose.

    Ends of the same moment stay together, so that none of them is passed over: it may be a few more than ``most``.
    """
    between = (GrantDetail.expires_at > since, GrantDetail.expires_at <= unit.at)
    wanted = _ends.where(*between).order_by(GrantDetail.expires_at, Grant.id).limit(most)
    rows = unit.connection.execute(wanted).all()
    if len(rows) < most:
        return rows
    last = rows[-1].expires_at
    together = _ends.where(GrantDetail.expires_at == last).order_by(Grant.id)
    return [*(row for row in rows if row.expires_at < last), *unit.connection.execute(together).all()]
