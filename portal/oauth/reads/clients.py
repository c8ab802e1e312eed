"""Companies' programs, their keys, and what they sent that waits for an answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, select
from sqlalchemy.engine import Connection

from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.oauth.fetching import FRESH, LIVES
from portal.oauth.jose import PublicKey, public_key
from portal.oauth.models import AuthorizationRequest, Client, ClientKey, FetchedKeys, PushedRequest
from portal.oauth.redirects import origin_of
from portal.oauth.tokens import Found
from portal.vendors.models import Vendor

_by_client_id = Prepared(
    select(
        Client.id,
        Client.vendor_id,
        Client.client_id,
        Client.name,
        Client.secret_hash,
        Client.profile,
        Client.jwks_uri,
        Client.redirect_uris,
        Client.scopes,
        Vendor.mode,
        ClientKey.jwk,
    )
    .join(Vendor, Vendor.id == Client.vendor_id)
    .outerjoin(ClientKey, and_(ClientKey.client_id == Client.id, ClientKey.ended_at.is_(None)))
    .where(Client.client_id == bindparam("client_id"), Client.state == "live", Vendor.blocked_at.is_(None))
    .order_by(ClientKey.id)
)


def client_row(connection: Connection, client_id: str) -> Found | None:
    """The row of a live client, of a vendor that is not blocked."""
    found = client_with_keys(connection, client_id)
    return None if found is None else found[0]


def client_with_keys(connection: Connection, client_id: str) -> tuple[Found, list[PublicKey]] | None:
    """The same, with the public keys of the program that stand here and prove it now."""
    if not (client_id.isascii() and client_id.isprintable()):
        return None  # no client is named so, and PostgreSQL takes not every byte
    rows = _by_client_id.all(connection, {"client_id": client_id})
    return (rows[0], [public_key(row.jwk) for row in rows if row.jwk is not None]) if rows else None


_fetched_of = Prepared(select(FetchedKeys.jwks, FetchedKeys.fetched_at).where(FetchedKeys.client_id == bindparam("client")))


class Published(NamedTuple):
    """The keys that stood at a program's address, and when; none where it was not read yet, or too long ago."""

    keys: list[PublicKey]
    fetched_at: datetime | None = None

    def is_fresh(self, at: datetime) -> bool:
        """Whether they need not be read again before they are believed."""
        return self.fetched_at is not None and at - self.fetched_at < FRESH


def published_keys(connection: Connection, client_row_id: bytes, at: datetime) -> Published:
    """What was last read at a program's address, as far as it is believed now."""
    row = _fetched_of.first(connection, {"client": client_row_id})
    if row is None or at - row.fetched_at >= LIVES:
        return Published([])
    return Published([public_key(one) for one in row.jwks], row.fetched_at)


def address_of_program(unit: Unit, client_id: str) -> tuple[str, Published] | None:
    """Where a living program's keys are read, and what was read there; None where nowhere."""
    row = unit.connection.execute(
        select(Client.id, Client.jwks_uri).where(Client.client_id == client_id, Client.state == "live")
    ).first()
    if row is None or row.jwks_uri is None:
        return None
    return row.jwks_uri, published_keys(unit.connection, row.id, unit.at)


def keys_of_program(unit: Unit, client_id: str) -> Sequence[Found]:
    """All keys of a living program that stand here, ended ones too, the oldest first; NotFound for one without any way
    to prove itself by keys.
    """
    statement = (
        select(ClientKey.kid, ClientKey.jwk, ClientKey.added_at, ClientKey.ended_at)
        .join(Client, Client.id == ClientKey.client_id)
        .where(Client.client_id == client_id, Client.state == "live")
        .order_by(ClientKey.added_at, ClientKey.id)
    )
    found: Sequence[Found] = unit.connection.execute(statement).all()
    if not found and address_of_program(unit, client_id) is None:
        raise NotFound
    return found


def programs_by_vendor(unit: Unit, vendor_id: bytes) -> Sequence[Found]:
    """All programs that a company ever had, the oldest first: client id, name, state."""
    mine = select(Client.client_id, Client.name, Client.state).where(Client.vendor_id == vendor_id)
    found: Sequence[Found] = unit.connection.execute(mine.order_by(Client.created_at, Client.id)).all()
    return found


def redirect_origin(unit: Unit, request_id: bytes) -> str | None:
    """Where the answer of a request will lead, for the page's ``form-action``; None where no program waits."""
    half = half_of(unit, request_id)
    return None if half is None else origin_of(half.redirect_uri)


def half_of(unit: Unit, request_id: bytes) -> Found | None:
    """The OAuth half of a request; None where no program brought it."""
    found: Found | None = unit.once(
        ("authorization", request_id), lambda: _half.first(unit.connection, {"request": request_id})
    )
    return found


_half = Prepared(
    select(*AuthorizationRequest.__table__.columns).where(AuthorizationRequest.request_id == bindparam("request"))
)


def pushed_parameters(unit: Unit, hash_: bytes, client_id: str) -> dict[str, str] | None:
    """What this client pushed under a hash; None where it did not, where it was used, or its time is over."""
    row = _pushed.first(unit.connection, {"hash": hash_, "client": client_id, "at": unit.at})
    return None if row is None else row.parameters


_pushed = Prepared(
    select(PushedRequest.parameters)
    .join(Client, Client.id == PushedRequest.client_id)
    .where(
        PushedRequest.hash == bindparam("hash"),
        Client.client_id == bindparam("client"),
        PushedRequest.expires_at > bindparam("at"),
    )
)
