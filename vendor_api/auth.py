"""Who calls: the token becomes the request's actor, before any door is tried."""

import dataclasses
from functools import lru_cache

from flask import Request, g, request

from portal.audit.doors import reading, record_refusal, together
from portal.customers.catalogue import is_sensitive
from portal.grants import decision
from portal.grants.facts import ReadRefused
from portal.grants.lease import Lease
from portal.grants.leases import NoLease, open_lease
from portal.kernel.errors import BadRequest, Problem, Refused
from portal.kernel.facts import Fact
from portal.kernel.house import current_house
from portal.kernel.itself import itself
from portal.kernel.unit import Actor, Unit
from portal.oauth.engine import authenticate_token
from portal.oauth.levels import PROVED, reaches
from portal.oauth.reads import grant_of
from portal.oauth.remedies import REMEDIES
from portal.oauth.service.claiming import claim_uses
from portal.oauth.tokens import BadToken, Shown, TokenView


def authenticate(scope: str, *, disclosing: bool) -> None:
    """Lets in a living token that carries the scope; the rest of the request acts as its client.

    The proof of a bound token is claimed here, but for what discloses: there it is claimed with the entry.
    """
    try:
        with reading() as unit:
            identify(unit, scope)
    except Problem as problem:
        fact = problem.extra.pop("fact", None)
        if fact is not None:
            record_refusal(fact)
        raise
    if not disclosing:
        _claim_proof(current_token())


def _claim_proof(token: TokenView) -> None:
    use = token.proof
    if use is None:
        return

    def claim(unit: Unit) -> None:
        if not claim_uses(unit, [use]):
            raise BadToken("proof-used", "This proof was used before: make one for each request.")

    together(claim)


def identify(unit: Unit, scope: str) -> None:
    """The token of the request, read on the unit's snapshot. A refusal carries its fact, for the door to record."""
    asked = itself(request)
    if "access_token" in asked.args:
        raise BadRequest("token-in-query", "Send the token in the header Authorization: Bearer, never in an address.")
    try:
        token = authenticate_token(unit, _shown(asked))
    except BadToken as bad:
        if bad.view is None:
            raise
        _act_as(bad.view)
        problem, fact = _why(unit, bad.view, bad)
        problem.extra["fact"] = fact
        raise problem from None
    _act_as(token)
    if scope not in token.scopes:
        raise _lacking(token, scope)


def _shown(asked: Request) -> Shown:
    environ = asked.environ
    url = current_house().settings.origin + asked.path
    return Shown(environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_DPOP"), asked.method, url)


def current_token() -> TokenView:
    """The token of this request."""
    token: TokenView = g.token
    return token


def customers_token() -> TokenView:
    """The token of this request, which must stand for one customer."""
    token = current_token()
    if token.grant_id is None:
        raise Refused("customer-token-needed", "Use a token that a customer's permission gave you.")
    return token


@lru_cache(maxsize=1024)
def _sensitive(datatypes: frozenset[str]) -> bool:
    return is_sensitive(datatypes)


def require_level(token: TokenView, lease: Lease) -> None:
    """401 (RFC 9470) where a customer's token would read what is sensitive, and its yes was not by a fresh proof."""
    if reaches(token.acr, PROVED) or not _sensitive(lease.datatypes):
        return
    problem = BadToken("step-up-needed", REMEDIES["step-up-needed"], token)
    problem.extra["fact"] = ReadRefused(
        holder=lease.holder_id,
        vendor=lease.vendor_id,
        link=lease.link_id,
        grant=lease.grant_id,
        version=lease.version,
        basis=lease.basis,
        purpose=lease.purpose,
        reason="step-up-needed",
        token=token.prefix,
        test=token.test,
    )
    raise problem


def own_token() -> TokenView:
    """The token of this request, which must be the vendor's own."""
    token = current_token()
    if token.grant_id is not None:
        raise Refused("own-token-needed", "Use a token of your own: grant_type=client_credentials.")
    return token


def _act_as(token: TokenView) -> None:
    here = itself(g)
    here.token = token
    here.actor = Actor(
        "vendor",
        id=token.client_id,
        name=token.client_name,
        vendor_id=token.vendor_id,
        roles=_roles(token.scopes),
        test=token.test,
    )


@lru_cache(maxsize=256)
def _roles(scopes: frozenset[str]) -> frozenset[str]:
    return frozenset(f"scope:{scope}" for scope in scopes)


def _why(unit: Unit, token: TokenView, bad: BadToken) -> tuple[Problem, Fact]:
    """What stands behind a dead token: what became of the permission is said first, in the customer's own words."""
    if token.grant_id is None:
        return bad, ReadRefused(vendor=token.vendor_id, reason=bad.reason, token=token.prefix, test=token.test)
    try:
        open_lease(unit, token=token, sought=request.args.get("purpose"))
    except NoLease as none:
        if none.reason == decision.BUDGET:
            return bad, dataclasses.replace(none.extra["fact"], reason=bad.reason, token=token.prefix)
        fact = none.extra["fact"]
        return BadToken(none.reason, none.detail or "", token), fact
    except Problem:
        pass
    grant = grant_of(unit.connection, token.grant_id)
    return bad, ReadRefused(
        holder=grant.holder_id,
        vendor=token.vendor_id,
        link=grant.link_id,
        grant=grant.id,
        version=grant.version,
        reason=bad.reason,
        token=token.prefix,
        test=token.test,
    )


def _lacking(token: TokenView, scope: str) -> Refused:
    fact = ReadRefused(vendor=token.vendor_id, reason="scope-needed", token=token.prefix, test=token.test)
    return Refused("scope-needed", f"Ask for a token with the scope {scope}.", scope=scope, fact=fact)
