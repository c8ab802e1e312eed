"""Links: made, found, folded, parted, paused, blocked and ended. Every change of state is one conditional UPDATE."""

from portal.links.service.answering import connect, say_no, say_no_by_mail, say_no_to_invitation, withdraw
from portal.links.service.choosing import block, block_vendor, end, pause, resume, unblock
from portal.links.service.erasing import forget
from portal.links.service.folding import accept_invitation, fold, invite, invite_number, take_over
from portal.links.service.inviting import invite_all
from portal.links.service.making import ensure, prospect, prospects, set_number, welcome
from portal.links.service.parting import part
from portal.links.service.restoring import end_invitations

__all__ = [
    "accept_invitation",
    "block",
    "block_vendor",
    "connect",
    "end",
    "end_invitations",
    "ensure",
    "fold",
    "forget",
    "invite",
    "invite_all",
    "invite_number",
    "part",
    "pause",
    "prospect",
    "prospects",
    "resume",
    "say_no",
    "say_no_by_mail",
    "say_no_to_invitation",
    "set_number",
    "take_over",
    "unblock",
    "welcome",
    "withdraw",
]
