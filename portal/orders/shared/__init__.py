"""What a company is answered about orders, shape and bytes: what it wrote itself, or what permissions share."""

from portal.orders.shared.answers import DATATYPES, HEADER, MOST, Answer, Filters, Part
from portal.orders.shared.lent import BEGINNING, Start, count_shared, shared_orders, start_of
from portal.orders.shared.moved import moved_orders, orders_of_lines, shows_some_of
from portal.orders.shared.own import own_order, own_orders, own_tags
from portal.orders.shared.walking import orders_disclosed, orders_of_all, orders_of_one

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
    "moved_orders",
    "orders_disclosed",
    "orders_of_all",
    "orders_of_lines",
    "orders_of_one",
    "own_order",
    "own_orders",
    "own_tags",
    "shared_orders",
    "shows_some_of",
    "start_of",
]
