"""Whether a promise was kept: one rule for the customer's page, the company's console and the operator's report. Pure.

A promise is for a day, and the first that was made is the one that counts: it is kept by what came before that day was
over, by the clock of ``zone``.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portal.orders.statuses import NEVER_LATE

KEPT, BROKEN, OPEN, VOID = "kept", "broken", "open", "void"
"""Kept; broken; its day is not over; nobody waits for it any more."""
_A_DAY = timedelta(hours=24)


def is_by_promise(came: datetime | None, promised: datetime | None, zone: ZoneInfo) -> bool:
    """Whether something came, and before the promised day was over."""
    if came is None or promised is None:
        return False
    return came.astimezone(zone).date() <= promised.astimezone(zone).date()


def is_served(approved: datetime | None, left: datetime | None) -> bool:
    """Whether it was with the carrier 0 to 24 hours after its approval."""
    return approved is not None and left is not None and timedelta(0) <= left - approved <= _A_DAY


def standing_of(promised: datetime, came: datetime | None, status: str, at: datetime, zone: ZoneInfo) -> str:
    """How a promise stands at a moment."""
    if came is not None:
        return KEPT if is_by_promise(came, promised, zone) else BROKEN
    if status in NEVER_LATE:
        return VOID
    return OPEN if is_by_promise(at, promised, zone) else BROKEN
