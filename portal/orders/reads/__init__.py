"""What is known about orders. Nothing here writes."""

from portal.orders.reads.readers import ReaderView, readers_of
from portal.orders.reads.rows import Opener, Place, holders_of, lines_of, older_than, opener_of
from portal.orders.reads.searching import hold_words, without_words
from portal.orders.reads.shipments import (
    Carried,
    EventView,
    PromiseView,
    ShipmentView,
    carried_so_far,
    held_order,
    promises_of,
    shipments_of,
)
from portal.orders.reads.steps import StepView, step_rows, steps_of
from portal.orders.reads.told import Told, known_orders, leads_to, standing_of, told_links
from portal.orders.reads.views import (
    PAGE,
    Filters,
    LineView,
    OrderView,
    Page,
    Sum,
    order_of,
    orders_of,
    page_of,
    sellers_of,
    summed,
    sums_of,
)

__all__ = [
    "PAGE",
    "Carried",
    "EventView",
    "Filters",
    "LineView",
    "Opener",
    "OrderView",
    "Page",
    "Place",
    "PromiseView",
    "ReaderView",
    "ShipmentView",
    "StepView",
    "Sum",
    "Told",
    "carried_so_far",
    "held_order",
    "hold_words",
    "holders_of",
    "known_orders",
    "leads_to",
    "lines_of",
    "older_than",
    "opener_of",
    "order_of",
    "orders_of",
    "page_of",
    "promises_of",
    "readers_of",
    "sellers_of",
    "shipments_of",
    "standing_of",
    "step_rows",
    "steps_of",
    "summed",
    "sums_of",
    "told_links",
    "without_words",
]
