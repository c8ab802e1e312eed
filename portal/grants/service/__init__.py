"""The room's verbs: asking, answering, ending. Each takes the unit first and never commits."""

from portal.grants.service.answering import give, give_unasked, refuse
from portal.grants.service.asking import ask, claim_request, share_again, turn_away
from portal.grants.service.ending import end_grants_of_link, hand_back, narrow, revoke

__all__ = [
    "ask",
    "claim_request",
    "end_grants_of_link",
    "give",
    "give_unasked",
    "hand_back",
    "narrow",
    "refuse",
    "revoke",
    "share_again",
    "turn_away",
]
