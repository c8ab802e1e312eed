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


def end_tokens_of_grant(unit: Unit, fact: GrantRevoked | GrantAmended) -> None:
    """A permission ended or was changed: so do the tokens that it gave. A newer yes is no stop, and is not called one."""
    newer = isinstance(fact, GrantAmended) or fact.ended_by == REPLACED
    because = BY_NEWER if newer else BY_CUSTOMER
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
