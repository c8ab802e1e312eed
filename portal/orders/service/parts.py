"""What hangs on an order: it goes where the order goes, and is forgotten with it."""

from typing import Any, NamedTuple

from portal.orders.models import (
    Demand,
    DemandLine,
    DemandStep,
    Order,
    OrderLine,
    OrderPromise,
    OrderStep,
    OrderStepPromise,
    Shipment,
    ShipmentEvent,
)


class Part(NamedTuple):
    """A table whose rows each belong to an order, or are one, and which columns of it are sealed for the order's customer."""

    model: Any
    sealed: tuple[str, ...] = ()


ORDER = Part(Order, ("process",))
DEMANDS: tuple[Part, ...] = (
    Part(DemandStep),
    Part(DemandLine),
    Part(Demand, ("words", "answer", "receipt")),
)
"""What was asked about it: whoever it is not may not have asked."""
PARTS: tuple[Part, ...] = (
    *DEMANDS,
    Part(ShipmentEvent, ("place",)),
    Part(Shipment, ("tracking", "tracking_url")),
    Part(OrderPromise),
    Part(OrderStepPromise),
    Part(OrderStep, ("name",)),
    Part(OrderLine, ("name", "category")),
)
"""Those that refer to others come before them."""
