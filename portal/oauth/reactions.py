"""What happens elsewhere and ends tokens here, in the same transaction: a stop has answered only when they are dead."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement

from portal.grants.facts import GrantRevoked
from portal.kernel.facts import Fact
from portal.kernel.unit import Unit
from portal.links.facts import LinkBlocked, LinkEnded
from portal.oauth.facts import TokenRevoked
from portal.oauth.models import Token
from portal.oauth.reads import under_link
from portal.oauth.service.tokens import end_tokens
from portal.oauth.tokens import BY_CUSTOMER, Found


def end_tokens_of_grant(unit: Unit, fact: GrantRevoked) -> None:
    """A permission ended: so do the tokens that were given for it."""
    _end(unit, fact, Token.grant_id == fact.grant)


def end_tokens_of_link(unit: Unit, fact: LinkBlocked | LinkEnded) -> None:
    """A company was blocked or the link ended: nothing given under it opens anything any more."""
    _end(unit, fact, under_link(fact.link))


def _end(unit: Unit, fact: Fact, which: ColumnElement[bool]) -> None:
    ended = end_tokens(unit, which, because=BY_CUSTOMER)
    for grant_id in _grants(ended):
        unit.note(
            TokenRevoked(
                holder=fact.holder,
                vendor=ended[0].vendor_id,
                link=fact.link,
                grant=grant_id,
                reason=BY_CUSTOMER,
                count=sum(row.grant_id == grant_id for row in ended),
            )
        )


def _grants(rows: Iterable[Found]) -> list[bytes]:
    return sorted({row.grant_id for row in rows})
