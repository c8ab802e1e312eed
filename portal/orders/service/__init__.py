"""What can be done with orders: a company tells them, their customer marks and hides."""

from portal.orders.service.conditional import UNMET
from portal.orders.service.intake import REFUSED, Result, foresee_all, put_all
from portal.orders.service.marking import hide, mark_gift, show, unmark_gift
from portal.orders.service.moving import give_back, move
from portal.orders.service.putting import put_orders
from portal.orders.service.shipping import ship

__all__ = [
    "REFUSED",
    "UNMET",
    "Result",
    "foresee_all",
    "give_back",
    "hide",
    "mark_gift",
    "move",
    "put_all",
    "put_orders",
    "ship",
    "show",
    "unmark_gift",
]
