"""What a company is answered about orders, shape and bytes: what it wrote itself, or what permissions share."""

from portal.orders.shared.answers import DATATYPES, HEADER, MOST, Answer, Filters, Part
from portal.orders.shared.lent import BEGINNING, Start, count_shared, shared_orders, start_of
from portal.orders.shared.own import own_order, own_orders

__all__ = [
    "BEGINNING",
    "DATATYPES",
    "HEADER",
    "MOST",
    "Answer",
    "Filters",
    "Part",
    "Start",
    "count_shared",
    "own_order",
    "own_orders",
    "shared_orders",
    "start_of",
]
