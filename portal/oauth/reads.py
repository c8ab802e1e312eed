"""What the room can be asked: whose token this is, what a grant gives, and the log's conditions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Connection

from portal.customers.models import Customer
from portal.grants.decision import Standing, refusal_of
from portal.grants.leases import keep_rows, with_leases
from portal.grants.models import Grant
from portal.kernel.ids import digest
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.oauth.models import AuthorizationRequest, Client, PushedRequest, Token
from portal.oauth.redirects import origin_of
from portal.oauth.tokens import ACCESS, BadToken, Found, TokenView
from portal.vendors.models import Vendor
from portal.vendors.things import thing_id

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
            Token.expires_at.label("token_expires_at"),
            Token.ended_at,
            Token.ended_because,
        ),
        Token,
    )
)


_by_client_id = Prepared(
    select(
        Client.id,
        Client.vendor_id,
        Client.client_id,
        Client.name,
        Client.secret_hash,
        Client.profile,
        Client.redirect_uris,
        Client.scopes,
        Vendor.mode,
    )
    .join(Vendor, Vendor.id == Client.vendor_id)
    .where(Client.client_id == bindparam("client_id"), Client.state == "live", Vendor.blocked_at.is_(None))
)


def client_row(connection: Connection, client_id: str) -> Found | None:
    """The row of a live client, of a vendor that is not blocked."""
    if not (client_id.isascii() and client_id.isprintable()):
        return None  # no client is named so, and PostgreSQL takes not every byte
    found: Found | None = _by_client_id.first(connection, {"client_id": client_id})
    return found


def token_row(connection: Connection, secret: str) -> Found | None:
    """The row of a token, access or refresh, with its client and vendor."""
    found: Found | None = _by_hash.first(connection, {"hash": digest(secret)})
    return found


def authenticate_token(unit: Unit, authorization: str | None) -> TokenView:
    """The token of an ``Authorization: Bearer`` header; :class:`BadToken` for any that opens nothing now."""
    scheme, _, secret = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise BadToken("token-needed", "Send an access token in the header Authorization: Bearer.")
    rows = _with_leases.all(unit.connection, {"hash": digest(secret.strip())})
    if not rows or rows[0].kind != ACCESS:
        raise BadToken("token-unknown", "Ask for a new access token at the token endpoint.")
    keep_rows(unit, rows)
    view = _view(rows[0])
    _refuse_dead(rows[0], view, unit.at)
    return view


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
    )


def _refuse_dead(row: Found, view: TokenView, at: datetime) -> None:
    if row.client_state != "live":
        raise BadToken("client-blocked", "This program was blocked. Write to the operator.", view)
    if row.vendor_blocked_at is not None:
        raise BadToken("vendor-blocked", "This organisation was blocked. Write to the operator.", view)
    if row.ended_at is not None:
        raise BadToken(row.ended_because, "Ask the customer again if you still need this.", view)
    if row.token_expires_at <= at:
        raise BadToken("token-expired", "Ask for a new access token at the token endpoint.", view)


_source: Select[*tuple[Any, ...]] = (
    select(
        Grant.id,
        Grant.customer_id,
        Grant.vendor_id,
        Grant.link_id,
        Grant.version,
        Grant.state,
        Grant.ends_at,
        Link.state.label("link_state"),
        Link.blocked_at,
        Customer.holder_id,
    )
    .join(Link, Link.id == Grant.link_id)
    .join(Customer, Customer.id == Grant.customer_id)
    .where(Grant.id == bindparam("grant"))
)


_held_source = _source.with_for_update(read=True, of=Grant)


def grant_of(connection: Connection, grant_id: bytes) -> Found:
    """A token's grant, with its link and the customer's holder."""
    return connection.execute(_source, {"grant": grant_id}).one()


def hold_grant(connection: Connection, grant_id: bytes) -> Found:
    """The same for whoever makes tokens: until the commit nobody ends the grant beside us."""
    return connection.execute(_held_source, {"grant": grant_id}).one()


def is_live(grant: Found, at: datetime) -> bool:
    """Whether tokens may be had under a grant. A pause stops reads, not tokens: nothing has ended."""
    return why_dead(grant, at) is None


def why_dead(grant: Found, at: datetime) -> str | None:
    """The reason code of a grant that has ended; None for a live one, paused or not."""
    standing = Standing(grant.state, grant.link_state, grant.blocked_at, None, None, grant.ends_at)
    return refusal_of(standing, at)


def grant_text(unit: Unit, grant: Found) -> str:
    """What the vendor calls the grant: its own name for it, which tells nothing to another."""
    return thing_id(unit.house.keys, grant.vendor_id, "grant", grant.id)


def redirect_origin(unit: Unit, request_id: bytes) -> str | None:
    """Where the answer of a request will lead, for the page's ``form-action``; None where no program waits."""
    statement = select(AuthorizationRequest.redirect_uri).where(AuthorizationRequest.request_id == request_id)
    address = unit.connection.execute(statement).scalar()
    return origin_of(address) if address is not None else None


def pushed_parameters(unit: Unit, hash_: bytes, client_id: str) -> dict[str, str] | None:
    """What this client pushed under a hash; None where it did not, where it was used, or its time is over."""
    statement = (
        select(PushedRequest.parameters)
        .join(Client, Client.id == PushedRequest.client_id)
        .where(PushedRequest.hash == hash_, Client.client_id == client_id, PushedRequest.expires_at > unit.at)
    )
    found: dict[str, str] | None = unit.connection.execute(statement).scalar()
    return found


_LIVE_TOKENS = (
    select(Token.id)
    .join(Client, Client.id == Token.client_id)
    .join(Vendor, Vendor.id == Token.vendor_id)
    .where(
        Token.id.in_(bindparam("ids", expanding=True)),
        Token.ended_at.is_(None),
        Token.expires_at > bindparam("at"),
        Client.state == "live",
        Vendor.blocked_at.is_(None),
    )
)
_LIVE_CLIENTS = select(Client.id).where(Client.id.in_(bindparam("ids", expanding=True)), Client.state == "live")


class _Live:
    """Which of many ids are live: almost always all, which one row says."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._ids = Prepared(statement, lists=("ids",))
        self._count = Prepared(statement.with_only_columns(func.count().label("live")), lists=("ids",))

    def missing(self, connection: Connection, args: Sequence[tuple[Any, ...]], more: dict[str, Any]) -> set[int]:
        """The positions of those that are not."""
        ids = [arg[0] for arg in args]
        wanted = {"ids": list(set(ids)), **more}
        if self._count.all(connection, wanted)[0].live == len(wanted["ids"]):
            return set()
        found = {row.id for row in self._ids.all(connection, wanted)}
        return {position for position, id_ in enumerate(ids) if id_ not in found}


_tokens, _clients = _Live(_LIVE_TOKENS), _Live(_LIVE_CLIENTS)


def token_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition: positions of tokens that have ended or expired, or whose client or vendor was blocked."""
    return _tokens.missing(connection, args, {"at": at})


def client_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition: positions of clients that are not live."""
    return _clients.missing(connection, args, {})
