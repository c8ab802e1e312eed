"""The words of schema.org OrderStatus, and how an order's own status follows from its lines."""

from collections.abc import Iterable

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


def status_of(lines: Iterable[str]) -> str:
    """The status of an order with lines of these statuses: that of the least settled one."""
    return STATUSES[min(RANK[status] for status in lines)]
