"""What happens elsewhere and ends tokens here, in the same transaction: a stop has answered only when they are dead.

A blocked or ended link ends its permissions first, so that one fact is enough.
"""

from portal.grants.decision import REPLACED
from portal.grants.facts import GrantAmended, GrantRevoked
from portal.kernel.unit import Unit
from portal.oauth.facts import TokenRevoked
from portal.oauth.models import Token
from portal.oauth.service.tokens import end_tokens
from portal.oauth.tokens import BY_CUSTOMER, BY_NEWER


def end_tokens_of_grant(unit: Unit, fact: GrantRevoked) -> None:
    """A permission ended: so do the tokens that it gave. A newer yes is no stop, and is not called one."""
    _end(unit, fact, BY_NEWER if fact.ended_by == REPLACED else BY_CUSTOMER)


def end_tokens_of_older(unit: Unit, fact: GrantAmended) -> None:
    """A permission was changed: the tokens of how it was before end."""
    _end(unit, fact, BY_NEWER)


def _end(unit: Unit, fact: GrantRevoked | GrantAmended, because: str) -> None:
    ended = end_tokens(unit, Token.grant_id == fact.grant, because=because)
    if not ended:
        return
    unit.note(
        TokenRevoked(
            holder=fact.holder,
            vendor=fact.vendor,
            link=fact.link,
            grant=fact.grant,
            version=fact.version,
            reason=because,
            count=len(ended),
        )
    )
