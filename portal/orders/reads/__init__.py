"""What is known about orders. Nothing here writes."""

from portal.orders.reads.readers import ReaderView, readers_of
from portal.orders.reads.rows import Opener, Place, holders_of, lines_of, older_than, opener_of
from portal.orders.reads.searching import hold_words, without_words
from portal.orders.reads.shipments import EventView, PromiseView, ShipmentView, held_order, promises_of, shipments_of
from portal.orders.reads.told import Told, known_orders, standing_of, told_links
from portal.orders.reads.views import (
    PAGE,
    Filters,
    LineView,
    OrderView,
    Page,
    Sum,
    counts_by_link,
    open_counts_by_link,
    order_of,
    orders_of,
    page_of,
    sellers_of,
    summed,
    sums_of,
)

__all__ = [
    "PAGE",
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
    "Sum",
    "Told",
    "counts_by_link",
    "held_order",
    "hold_words",
    "holders_of",
    "known_orders",
    "lines_of",
    "older_than",
    "open_counts_by_link",
    "opener_of",
    "order_of",
    "orders_of",
    "page_of",
    "promises_of",
    "readers_of",
    "sellers_of",
    "shipments_of",
    "standing_of",
    "summed",
    "sums_of",
    "told_links",
    "without_words",
]
