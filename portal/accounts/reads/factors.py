"""Second factors as their owner sees them, and whether who is there has just proved to be the owner."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, exists, func, select

from portal.accounts.models import Account, Factor, RecoveryCode, Session
from portal.accounts.passkeys import Passkey, kept
from portal.kernel.errors import NeedsProof, NotFound, Refused
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit

FRESH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class FactorView:
    """One second factor, for its owner."""

    id: bytes
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def factors_of(unit: Unit, account_id: bytes) -> list[FactorView]:
    """The account's second factors, the oldest first."""
    rows = unit.connection.execute(
        select(Factor.id, Factor.kind, Factor.name, Factor.created_at, Factor.last_used_at, Account.holder_id)
        .join(Account, Account.id == Factor.account_id)
        .where(Factor.account_id == account_id)
        .order_by(Factor.created_at, Factor.id)
    ).all()
    return [
        FactorView(
            row.id,
            row.kind,
            unit.box(row.holder_id).open("factors", "name", row.id, row.name),
            row.created_at,
            row.last_used_at,
        )
        for row in rows
    ]


def factor_of(unit: Unit, account_id: bytes, factor_id: bytes) -> FactorView:
    """One of the account's factors; NotFound for anybody else's."""
    found = next((one for one in factors_of(unit, account_id) if one.id == factor_id), None)
    if found is None:
        raise NotFound
    return found


def passkey_digest(id_: bytes) -> bytes:
    """By which a passkey is found: its id is random and long, and need not be known to whoever reads the table."""
    return hashlib.sha256(id_).digest()


@dataclass(frozen=True, slots=True)
class HeldPasskey:
    """A passkey as it is kept, and whose it is."""

    factor_id: bytes
    account_id: bytes
    holder_id: bytes
    passkey: Passkey


def passkeys_of(unit: Unit, account_id: bytes) -> list[HeldPasskey]:
    """The account's passkeys."""
    return _passkeys(unit, Factor.account_id == account_id)


def passkey_by_id(unit: Unit, id_: bytes) -> HeldPasskey | None:
    """Whose passkey has this id, if it opens a living account here."""
    found = _passkeys(unit, Factor.digest == passkey_digest(id_))
    return found[0] if found else None


def _passkeys(unit: Unit, which: ColumnElement[bool]) -> list[HeldPasskey]:
    rows = unit.connection.execute(
        select(Factor.id, Factor.account_id, Factor.secret, Factor.counter, Account.holder_id, Account.demonstration)
        .join(Account, Account.id == Factor.account_id)
        .where(which, Factor.kind == "passkey", Account.state == "active")
    ).all()
    return [
        HeldPasskey(
            row.id,
            row.account_id,
            row.holder_id,
            kept(unit.box(row.holder_id).open("factors", "secret", row.id, row.secret), row.counter),
        )
        for row in rows
        if unit.house.settings.demo or not row.demonstration
    ]


def has_factor(unit: Unit, account_id: bytes) -> bool:
    """Whether the password alone does not open the account."""
    return unit.connection.execute(select(Factor.id).where(Factor.account_id == account_id).limit(1)).first() is not None


def codes_left(unit: Unit, account_id: bytes) -> int:
    """How many recovery codes are still good."""
    unused = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return int(unit.connection.execute(select(func.count()).select_from(RecoveryCode).where(*unused)).scalar_one())


class Proof(NamedTuple):
    """When somebody last proved to be the account's owner in this browser, and whether by a second step."""

    at: datetime
    second: bool


def proof_of(unit: Unit) -> Proof | None:
    """The last proof of who acts; None where there is none. Whoever has a second step proves by nothing else."""
    row = _proof.first(unit.connection, {"session": unit.actor.session_id or b""})
    return None if row is None or row.proved_at is None else Proof(row.proved_at, bool(row.second))


_second = exists().where(Factor.account_id == Session.account_id).label("second")
_proof = Prepared(
    select(Session.proved_at, _second).where(Session.id == bindparam("session"), Session.ended_at.is_(None))
)


def is_fresh(unit: Unit) -> bool:
    """Whether who acts proved to be the account's owner within the last ten minutes, in this very browser."""
    proof = proof_of(unit)
    return proof is not None and unit.at - proof.at < FRESH


def require_proof(unit: Unit) -> None:
    """NeedsProof unless :func:`is_fresh`: the page that asks for a proof leads back to what was asked for.

    A delegate proves to be themselves, and nobody else: what takes a proof is its owner's alone.
    """
    ask_for_proof(unit, since=unit.at - FRESH)


def ask_for_proof(unit: Unit, *, since: datetime) -> None:
    """The same where a proof may be older than usual, or must be younger: NeedsProof unless there is one after ``since``."""
    if unit.actor.delegation is not None:
        raise Refused("owner-alone")
    proof = proof_of(unit)
    if proof is None or proof.at <= since:
        raise NeedsProof
