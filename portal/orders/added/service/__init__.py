"""What can be done with orders of one's own: added, changed, removed. None of it concerns any company."""

from portal.orders.added.service.adding import MOST, Made, add, add_all
from portal.orders.added.service.changing import change, forget, hold, remove
from portal.orders.added.service.preparing import KIND, Ready, about, ready

__all__ = ["KIND", "MOST", "Made", "Ready", "about", "add", "add_all", "change", "forget", "hold", "ready", "remove"]
