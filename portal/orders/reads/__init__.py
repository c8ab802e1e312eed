"""What is known about orders. Nothing here writes."""

from portal.orders.reads.readers import ReaderView, readers_of
from portal.orders.reads.rows import Opener, Place, holders_of, lines_of, older_than, opener_of
from portal.orders.reads.told import Told, known_orders, standing_of, told_links
from portal.orders.reads.views import (
    PAGE,
    Filters,
    LineView,
    OrderView,
    Sum,
    counts_by_link,
    open_counts_by_link,
    order_of,
    orders_of,
    sellers_of,
    sums_of,
)

__all__ = [
    "PAGE",
    "Filters",
    "LineView",
    "Opener",
    "OrderView",
    "Place",
    "ReaderView",
    "Sum",
    "Told",
    "counts_by_link",
    "holders_of",
    "known_orders",
    "lines_of",
    "older_than",
    "open_counts_by_link",
    "opener_of",
    "order_of",
    "orders_of",
    "readers_of",
    "sellers_of",
    "standing_of",
    "sums_of",
    "told_links",
]
