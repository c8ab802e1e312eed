"""Verbs about what customers ask for: asking, confirming, taking back, reminding; and a company's answers.

Each holds the order's row first, so that no two of them count the same pieces: who comes second finds what the first did.
"""

from portal.orders.demands.service.answering import Answered, answer
from portal.orders.demands.service.asking import EXPECTED, Asked, ask
from portal.orders.demands.service.following import remind, take_back
from portal.orders.demands.service.withdrawing import confirm_withdrawal, start_withdrawal

__all__ = [
    "EXPECTED",
    "Answered",
    "Asked",
    "answer",
    "ask",
    "confirm_withdrawal",
    "remind",
    "start_withdrawal",
    "take_back",
]
