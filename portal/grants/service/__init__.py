"""The room's verbs: asking, answering, ending. Each takes the unit first and never commits."""

from portal.grants.service.ageing import age_grants
from portal.grants.service.answering import give, give_unasked, refuse
from portal.grants.service.asking import ask, claim_request, share_again, turn_away
from portal.grants.service.ending import end_grants_of_link, hand_back, narrow, revoke
from portal.grants.service.machines import ask_linked, take_back_offer, take_up, withdraw

__all__ = [
    "age_grants",
    "ask",
    "ask_linked",
    "claim_request",
    "end_grants_of_link",
    "give",
    "give_unasked",
    "hand_back",
    "narrow",
    "refuse",
    "revoke",
    "share_again",
    "take_back_offer",
    "take_up",
    "turn_away",
    "withdraw",
]
