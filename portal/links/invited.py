"""How an invitation stands, and by what rules it is made and told. Pure."""

from datetime import timedelta

from portal.links.shapes import NONE

LASTS = timedelta(days=30)
"""From its making until it lapses."""
REMINDED_AFTER = timedelta(days=10)
LETTERS = 2
"""Of one invitation: the first, and one that reminds."""
MOST_LETTERS = 4
"""To one address, from one company, within a year."""
COUNTED = timedelta(days=365)
TOPIC = "invitation"
"""What the reader of such a letter turns off."""

JOINED, WAITING, LAPSED, DECLINED, UNMATCHED = "joined", "waiting", "lapsed", "declined", "unmatched"
STATES = (JOINED, WAITING, LAPSED, DECLINED, UNMATCHED)


def state_of(*, is_prospect: bool, deliver: str, is_declined: bool, is_over: bool) -> str:
    """What its company is told: nothing of it depends on whether the address has an account."""
    if not is_prospect:
        return JOINED
    if is_declined:
        return DECLINED
    if deliver == NONE:
        return UNMATCHED
    return LAPSED if is_over else WAITING
