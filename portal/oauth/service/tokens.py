"""Storing, spending and ending codes and tokens. Whatever can be used once is claimed by one UPDATE."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, or_, select, update

from portal.kernel.ids import digest, new_id
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.unit import Unit
from portal.oauth.models import Code, Token
from portal.oauth.tokens import ACCESS, Found, prefix_of


@dataclass(frozen=True, slots=True)
class Family:
    """What the tokens of one family have in common."""

    id: bytes
    client_id: bytes
    vendor_id: bytes
    customer_id: bytes | None
    grant_id: bytes | None
    # How surely the customer was known who said yes, and since when.
    acr: str | None = None
    auth_time: datetime | None = None


_insert_token = prepared_insert(Token)
_code_by_hash = Prepared(
    select(
        Code.id,
        Code.client_id,
        Code.customer_id,
        Code.grant_id,
        Code.redirect_uri,
        Code.scope,
        Code.code_challenge,
        Code.jkt,
        Code.acr,
        Code.auth_time,
        Code.expires_at,
        Code.used_at,
    ).where(Code.hash == bindparam("hash"))
)
_claim_code = Prepared(
    update(Code)
    .where(Code.id == bindparam("code"), Code.used_at.is_(None), Code.expires_at > bindparam("at"))
    .values(used_at=bindparam("used"))
)
_claim_refresh = Prepared(
    update(Token)
    .where(
        Token.id == bindparam("token"),
        Token.rotated_at.is_(None),
        Token.ended_at.is_(None),
        Token.expires_at > bindparam("at"),
    )
    .values(rotated_at=bindparam("rotated"))
)


_prolong = Prepared(
    update(Token)
    .where(
        Token.id == bindparam("token"),
        Token.ended_at.is_(None),
        Token.expires_at > bindparam("at"),
    )
    .values(expires_at=bindparam("until"))
)


def store_token(
    unit: Unit, family: Family, *, kind: str, secret: str, scope: str, expires_at: datetime, jkt: bytes | None = None
) -> str:
    """Keeps the hash of a new token; gives the prefix that the log knows it by."""
    hashed = digest(secret)
    prefix = prefix_of(hashed)
    _insert_token.run(
        unit.connection,
        {
            "id": new_id(),
            "hash": hashed,
            "prefix": prefix,
            "kind": kind,
            "family": family.id,
            "client_id": family.client_id,
            "vendor_id": family.vendor_id,
            "customer_id": family.customer_id,
            "grant_id": family.grant_id,
            "scope": scope,
            "jkt": jkt,
            "acr": family.acr,
            "auth_time": family.auth_time,
            "issued_at": unit.at,
            "expires_at": expires_at,
        },
    )
    return prefix


def code_row(unit: Unit, secret: str) -> Found | None:
    """The row of an authorization code, used or not."""
    found: Found | None = _code_by_hash.first(unit.connection, {"hash": digest(secret)})
    return found


def claim_code(unit: Unit, code_id: bytes) -> bool:
    """Spends a code; False when it was spent before or its minute is over."""
    return _claim_code.changed(unit.connection, {"code": code_id, "at": unit.at, "used": unit.at}) == 1


def claim_refresh(unit: Unit, token_id: bytes) -> bool:
    """Spends a refresh token; False when it was spent before, has ended or expired."""
    return _claim_refresh.changed(unit.connection, {"token": token_id, "at": unit.at, "rotated": unit.at}) == 1


def prolong_refresh(unit: Unit, row: Found, until: datetime) -> bool:
    """Lets a refresh token that stays live on from this use; False when it has ended or expired meanwhile."""
    until = max(until, row.expires_at)
    return _prolong.changed(unit.connection, {"token": row.id, "at": unit.at, "until": until}) == 1


def was_rotated(unit: Unit, token_id: bytes) -> bool:
    """Whether a refresh token that could not be claimed was spent before: looked at before any end of it."""
    return unit.connection.execute(select(Token.rotated_at).where(Token.id == token_id)).scalar() is not None


def end_family(unit: Unit, family: bytes, *, because: str) -> Sequence[Found]:
    """Ends all living tokens of a family."""
    return end_tokens(unit, Token.family == family, because=because)


def end_tokens(unit: Unit, which: ColumnElement[bool], *, because: str) -> Sequence[Found]:
    """Ends the living tokens that ``which`` names; gives them with vendor, customer and grant."""
    # A refresh token that was already spent is left as it is: coming again, it must still be known as spent.
    unspent = or_(Token.kind == ACCESS, Token.rotated_at.is_(None))
    living = (which, Token.ended_at.is_(None), Token.expires_at > unit.at, unspent)
    if unit.connection.execute(select(Token.id).where(*living).limit(1)).first() is None:
        # Nothing is written where there is nothing to end: then there is nothing to explain either.
        return ()
    statement = (
        update(Token)
        .where(*living)
        .values(ended_at=unit.at, ended_because=because)
        .returning(Token.id, Token.vendor_id, Token.customer_id, Token.grant_id)
    )
    ended: Sequence[Found] = unit.connection.execute(statement).all()
    return ended
