"""Links that nobody used, and withdrawals whose time is over, go with the keys that were made for them."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from portal.kernel.forgetting import forget_holder
from portal.kernel.unit import Unit
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.reads import forgettable
from portal.orders.demands.guests.states import KEPT_AFTER_END, KEPT_WITHOUT
from portal.orders.facts import WithdrawalsForgotten

SLICE = 50


def dead(unit: Unit, after: bytes) -> list[bytes]:
    """A slice of what is over, behind an id."""
    before = {"ended_before": unit.at - KEPT_AFTER_END, "declared_before": unit.at - KEPT_WITHOUT}
    return forgettable(unit, after, **before, most=SLICE)


def forget(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes them, and whatever was sealed and mailed for them; what became good again meanwhile does not exist."""
    wanted = select(GuestWithdrawal.holder_id).where(GuestWithdrawal.id.in_(ids))
    holders = unit.connection.execute(wanted).scalars().all()
    unit.connection.execute(delete(GuestWithdrawal).where(GuestWithdrawal.id.in_(ids)))
    for holder_id in holders:
        forget_holder(unit, holder_id)
    if holders:
        unit.note(WithdrawalsForgotten(count=len(holders)))
    return len(holders)
