"""The verbs of the vendors room."""

from portal.vendors.service.inviting import (
    decline_staff,
    end_staff_invitations,
    invite_staff,
    join_staff,
    take_back_invitation,
)
from portal.vendors.service.organisations import admit, allow_purpose, block, set_card, unblock
from portal.vendors.service.proposing import approve_purpose, propose_purpose, refuse_purpose, take_back_proposal
from portal.vendors.service.sandboxes import add_sandbox_customer, ask_as, let_pass, make_sandbox
from portal.vendors.service.staff import end_staff, hold

__all__ = [
    "add_sandbox_customer",
    "admit",
    "allow_purpose",
    "approve_purpose",
    "ask_as",
    "block",
    "decline_staff",
    "end_staff",
    "end_staff_invitations",
    "hold",
    "invite_staff",
    "join_staff",
    "let_pass",
    "make_sandbox",
    "propose_purpose",
    "refuse_purpose",
    "set_card",
    "take_back_invitation",
    "take_back_proposal",
    "unblock",
]
