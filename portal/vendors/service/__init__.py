"""The verbs of the vendors room."""

from portal.vendors.service.organisations import admit, allow_purpose, block, set_card, unblock
from portal.vendors.service.sandboxes import add_sandbox_customer, ask_as, let_pass, make_sandbox
from portal.vendors.service.staff import end_staff

__all__ = [
    "add_sandbox_customer",
    "admit",
    "allow_purpose",
    "ask_as",
    "block",
    "end_staff",
    "let_pass",
    "make_sandbox",
    "set_card",
    "unblock",
]
