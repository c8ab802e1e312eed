"""What happens elsewhere and ends tokens here, in the same transaction: a stop has answered only when they are dead.

A blocked or ended link ends its permissions first, so that one fact is enough.
"""

from portal.grants.facts import GrantRevoked
from portal.kernel.unit import Unit
from portal.oauth.facts import TokenRevoked
from portal.oauth.models import Token
from portal.oauth.service.tokens import end_tokens
from portal.oauth.tokens import BY_CUSTOMER


def end_tokens_of_grant(unit: Unit, fact: GrantRevoked) -> None:
    """A permission ended: so do the tokens that were given for it."""
    ended = end_tokens(unit, Token.grant_id == fact.grant, because=BY_CUSTOMER)
    if not ended:
        return
    unit.note(
        TokenRevoked(
            holder=fact.holder,
            vendor=fact.vendor,
            link=fact.link,
            grant=fact.grant,
            version=fact.version,
            reason=BY_CUSTOMER,
            count=len(ended),
        )
    )
