"""The verbs of the vendors room."""

from portal.vendors.service.organisations import admit, allow_purpose, block, set_card, unblock
from portal.vendors.service.staff import end_staff

__all__ = ["admit", "allow_purpose", "block", "end_staff", "set_card", "unblock"]
