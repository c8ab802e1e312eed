"""What can be done with conversations: begin, say, answer, note, hand over, rate."""

from portal.tickets.service.inside import hand_over, note, promise, remove_reply, save_reply, weigh
from portal.tickets.service.opening import About, New, Opened, begin, follow, start
from portal.tickets.service.rating import rate
from portal.tickets.service.saying import CHANGED, NOT_NOW, answer, in_turn, say

__all__ = [
    "CHANGED",
    "NOT_NOW",
    "About",
    "New",
    "Opened",
    "answer",
    "begin",
    "follow",
    "hand_over",
    "in_turn",
    "note",
    "promise",
    "rate",
    "remove_reply",
    "save_reply",
    "say",
    "start",
    "weigh",
]
