"""The words of schema.org OrderStatus, and how an order's own status follows from its lines."""

from collections.abc import Iterable
from datetime import timedelta

# From the least settled to the most: an order stands where its least settled line stands.
STATUSES: tuple[str, ...] = (
    "OrderProblem",
    "OrderPaymentDue",
    "OrderProcessing",
    "OrderPickupAvailable",
    "OrderInTransit",
    "OrderDelivered",
    "OrderReturned",
    "OrderCancelled",
)
RANK: dict[str, int] = {status: rank for rank, status in enumerate(STATUSES)}
OPEN: frozenset[str] = frozenset(STATUSES[: RANK["OrderDelivered"]])
"""Still under way: a contract that its seller must be able to read until it is done."""
PROMISED_FOR = timedelta(days=1)
"""A promise is for a day, which counts to its end: an order is late once so much has passed since the day began."""
NEVER_LATE: frozenset[str] = frozenset(STATUSES[RANK["OrderReturned"] :])
"""What nobody waits for any more, whenever it came."""


def status_of(lines: Iterable[str]) -> str:
    """The status of an order with lines of these statuses: that of the least settled one."""
    return STATUSES[min(RANK[status] for status in lines)]
