"""Companies' programs, their keys, and what they sent that waits for an answer."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.oauth.jose import PublicKey, public_key
from portal.oauth.models import AuthorizationRequest, Client, ClientKey, PushedRequest
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


_keys_of = Prepared(
    select(ClientKey.jwk).where(ClientKey.client_id == bindparam("client"), ClientKey.ended_at.is_(None)).order_by(ClientKey.id)
)


def client_keys(connection: Connection, client_row_id: bytes) -> list[PublicKey]:
    """The public keys by which a program proves itself now."""
    return [public_key(row.jwk) for row in _keys_of.all(connection, {"client": client_row_id})]


def keys_of_program(unit: Unit, client_id: str) -> Sequence[Found]:
    """All keys of a living program, ended ones too, the oldest first; NotFound for one that has none."""
    statement = (
        select(ClientKey.kid, ClientKey.jwk, ClientKey.added_at, ClientKey.ended_at)
        .join(Client, Client.id == ClientKey.client_id)
        .where(Client.client_id == client_id, Client.state == "live")
        .order_by(ClientKey.added_at, ClientKey.id)
    )
    found: Sequence[Found] = unit.connection.execute(statement).all()
    if not found:
        raise NotFound
    return found


def programs_by_vendor(unit: Unit, vendor_id: bytes) -> Sequence[Found]:
    """All programs that a company ever had, the oldest first: client id, name, state."""
    mine = select(Client.client_id, Client.name, Client.state).where(Client.vendor_id == vendor_id)
    found: Sequence[Found] = unit.connection.execute(mine.order_by(Client.created_at, Client.id)).all()
    return found


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
