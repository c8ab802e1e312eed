"""Tokens by what their holder shows: the rows, and whether one opens the API now."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.engine import Connection

from portal.grants.reads.lease_rows import keep_rows, with_leases
from portal.kernel.ids import digest
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.oauth import dpop
from portal.oauth.dpop import Nonces, Use
from portal.oauth.models import Client, ReadProof, Token
from portal.oauth.remedies import ASK_AGAIN, REMEDIES
from portal.oauth.tokens import ACCESS, BadToken, Found, Shown, TokenView
from portal.vendors.models import Vendor

_client_columns = (
    Client.client_id.label("client_name"),
    Client.state.label("client_state"),
    Vendor.blocked_at.label("vendor_blocked_at"),
    Vendor.mode,
)


def _of_token(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns, *_client_columns)
        .join(Client, Client.id == Token.client_id)
        .join(Vendor, Vendor.id == Token.vendor_id)
        .where(Token.hash == bindparam("hash"))
    )


_by_hash = Prepared(
    _of_token(
        Token.id,
        Token.client_id,
        Token.vendor_id,
        Token.customer_id,
        Token.grant_id,
        Token.scope,
        Token.prefix,
        Token.kind,
        Token.jkt,
        Token.acr,
        Token.auth_time,
        Token.family,
        Token.issued_at,
        Token.expires_at,
        Token.rotated_at,
        Token.ended_at,
        Token.ended_because,
    )
)


# An access token is asked for what its permission gives next: both come with one statement.
_with_leases = Prepared(
    with_leases(
        _of_token(
            Token.id.label("token_id"),
            Token.client_id,
            Token.vendor_id,
            Token.customer_id.label("token_customer_id"),
            Token.grant_id.label("token_grant_id"),
            Token.scope,
            Token.prefix,
            Token.kind,
            Token.jkt,
            Token.acr,
            Token.expires_at.label("token_expires_at"),
            Token.ended_at,
            Token.ended_because,
        ),
        Token,
    )
)


def token_row(connection: Connection, secret: str) -> Found | None:
    """The row of a token, access or refresh, with its client and vendor."""
    found: Found | None = _by_hash.first(connection, {"hash": digest(secret)})
    return found


def authenticate_token(unit: Unit, shown: Shown) -> TokenView:
    """The token that a request shows; :class:`BadToken` for any that opens nothing now.

    A bound token (RFC 9449) opens nothing without a proof of its key, whatever it is called.
    """
    scheme, _, secret = (shown.authorization or "").partition(" ")
    if scheme.lower() not in ("bearer", "dpop") or not secret:
        raise BadToken("token-needed", "Send an access token in the header Authorization.")
    secret = secret.strip()
    rows = _with_leases.all(unit.connection, {"hash": digest(secret)})
    if not rows or rows[0].kind != ACCESS:
        raise BadToken("token-unknown", REMEDIES["token-unknown"])
    keep_rows(unit, rows)
    view = _view(rows[0])
    _refuse_dead(rows[0], view, unit.at)
    if rows[0].jkt is None and scheme.lower() == "bearer":
        return view
    return view._replace(proof=_proved(unit, shown, secret, rows[0].jkt, view))


def _proved(unit: Unit, shown: Shown, secret: str, jkt: bytes | None, view: TokenView) -> Use:
    """What the proof beside a bound token is claimed by."""
    if jkt is None:
        raise BadToken("token-not-bound", REMEDIES["token-not-bound"], view)
    if shown.proof is None or not (shown.authorization or "").lower().startswith("dpop "):
        raise BadToken("proof-needed", REMEDIES["proof-needed"], view)
    try:
        proof = dpop.check(
            shown.proof,
            method=shown.method,
            url=shown.url,
            at=unit.at,
            nonces=Nonces(unit.house.keys.derive),
            token=secret,
        )
    except dpop.NonceNeeded as needed:
        raise BadToken("nonce-needed", needed.detail or "") from None
    except dpop.BadProof as bad:
        raise BadToken("proof-wrong", bad.detail or "", view) from None
    if proof.thumbprint != jkt:
        raise BadToken("proof-wrong", "The proof was made with another key than the token is bound to.", view)
    if _came_before.first(unit.connection, {"hash": proof.use.hash}) is not None:
        raise BadToken("proof-used", REMEDIES["proof-used"], view)
    return proof.use


_came_before = Prepared(select(ReadProof.until).where(ReadProof.hash == bindparam("hash")))


def _view(row: Found) -> TokenView:
    return TokenView(
        id=row.token_id,
        client_id=row.client_id,
        client_name=row.client_name,
        vendor_id=row.vendor_id,
        customer_id=row.token_customer_id,
        grant_id=row.token_grant_id,
        scopes=frozenset(row.scope.split()),
        prefix=row.prefix,
        test=row.mode == "test",
        acr=row.acr,
    )


def _refuse_dead(row: Found, view: TokenView, at: datetime) -> None:
    if row.client_state != "live":
        raise BadToken("client-blocked", REMEDIES["client-blocked"], view)
    if row.vendor_blocked_at is not None:
        raise BadToken("vendor-blocked", REMEDIES["vendor-blocked"], view)
    if row.ended_at is not None:
        raise BadToken(row.ended_because, ASK_AGAIN, view)
    if row.token_expires_at <= at:
        raise BadToken("token-expired", REMEDIES["token-expired"], view)
