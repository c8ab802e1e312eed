"""What happens to a shipment on its way, and what follows from it for its order. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime

ANNOUNCED, DELIVERED = "announced", "delivered"
KINDS: tuple[str, ...] = (
    ANNOUNCED,
    *("handed-over", "in-transit", "out-for-delivery", "ready-to-collect", "attempted"),
    DELIVERED,
    *("returned", "problem"),
)
"""From the label to the door; ``returned`` went back to whoever sent it."""
_WITH_CARRIER = frozenset(KINDS) - {ANNOUNCED, "problem"}

Happened = tuple[str, datetime]
"""A kind and when."""


def left_at(shipments: Iterable[Collection[Happened]]) -> datetime | None:
    """When the first of an order's shipments was with a carrier."""
    return min((at for events in shipments for kind, at in events if kind in _WITH_CARRIER), default=None)


def came_at(shipments: Iterable[Collection[Happened]]) -> datetime | None:
    """When the last of an order's shipments came; None while one of them has not."""
    came = [max((at for kind, at in events if kind == DELIVERED), default=None) for events in shipments]
    known = [at for at in came if at is not None]
    return max(known) if known and len(known) == len(came) else None
