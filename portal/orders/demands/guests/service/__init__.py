"""Verbs about withdrawals without an account: asking for a link, mailing it, declaring by it, answering, forgetting."""

from portal.orders.demands.guests.service.answering import GuestAnswer, answer_guest
from portal.orders.demands.guests.service.declaring import Declaration, declare
from portal.orders.demands.guests.service.forgetting import dead, forget
from portal.orders.demands.guests.service.linking import ask_for_link, send_link
from portal.orders.demands.guests.service.telling import end_told, tell_guest

__all__ = [
    "Declaration",
    "GuestAnswer",
    "answer_guest",
    "ask_for_link",
    "dead",
    "declare",
    "end_told",
    "forget",
    "send_link",
    "tell_guest",
]
