"""How many tokens and requests one program may have: far above what any documented use needs, and the operator's to set."""

from sqlalchemy import Integer, bindparam, func, select

from portal.accounts.limits import Rule, charge, charge_by_lot
from portal.kernel.errors import TooMany
from portal.kernel.facts import Fact
from portal.kernel.ids import text_of
from portal.kernel.prepared import Prepared
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit
from portal.oauth.facts import TokenRefused
from portal.oauth.models import PushedRequest

_AGAIN = 10
"""Seconds until a program with too many pushed requests should push again: by then some of them are over."""


OWN, RENEWALS, PUSHED = "tokens", "renewals", "pushed-requests"
"""What the limits are called to programs."""


def charge_own(unit: Unit, *, client_id: str, vendor_id: bytes, test: bool) -> Quota:
    """Counts one token of a company's own; TooMany past the number that a program may have in five minutes."""
    rule = Rule("token.client", unit.house.settings.own_tokens, 300)
    try:
        return charge_by_lot(unit, rule, client_id)._replace(name=OWN)
    except TooMany as problem:
        raise _with(problem, OWN, rule, _refused(vendor_id, client_id, test)) from None


def charge_renewal(unit: Unit, *, grant_id: bytes, client_id: str, vendor_id: bytes, test: bool) -> Quota:
    """Counts one renewal under a permission; TooMany past the number that it may have in an hour."""
    rule = Rule("token.grant", unit.house.settings.renewals, 3600)
    try:
        return charge(unit, rule, text_of(grant_id))._replace(name=RENEWALS)
    except TooMany as problem:
        raise _with(problem, RENEWALS, rule, _refused(vendor_id, client_id, test)) from None


def _refused(vendor_id: bytes, client_id: str, test: bool) -> TokenRefused:
    # Of the program, not of a customer: whoever asks too often must not fill anybody's record.
    return TokenRefused(vendor=vendor_id, client=client_id, test=test, outcome="refused", reason="too-many")


def _with(problem: TooMany, name: str, rule: Rule, fact: Fact) -> TooMany:
    quota = Quota(name, rule.most, rule.seconds, 0, problem.retry_after)
    return TooMany(problem.reason, _WAIT, retry_after=problem.retry_after, fact=fact, quota=quota)


_WAIT = "This is more than a program needs: keep a token for as long as it lives. Wait as long as Retry-After says."


def check_waiting(unit: Unit, client_row: bytes) -> Quota:
    """How many more may wait beside one that comes now; TooMany while a program has as many waiting as it may."""
    most = unit.house.settings.pushed_requests
    row = _waiting.first(unit.connection, {"client": client_row, "at": unit.at, "most": most})
    if row.waiting >= most:
        detail = "Too many of your requests wait to be brought by a browser. Wait as long as Retry-After says."
        raise TooMany("too-many", detail, retry_after=_AGAIN, quota=Quota(PUSHED, most, None, 0, _AGAIN))
    return Quota(PUSHED, most, None, most - row.waiting - 1, None)


_mine = (
    select(PushedRequest.hash)
    .where(PushedRequest.client_id == bindparam("client"), PushedRequest.expires_at > bindparam("at"))
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
_waiting = Prepared(select(func.count().label("waiting")).select_from(_mine))
