"""Second factors as their owner sees them, and whether who is there has just proved to be the owner."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.accounts.models import Account, Factor, RecoveryCode, Session
from portal.kernel.errors import NeedsProof, NotFound
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


def has_factor(unit: Unit, account_id: bytes) -> bool:
    """Whether the password alone does not open the account."""
    return unit.connection.execute(select(Factor.id).where(Factor.account_id == account_id).limit(1)).first() is not None


def codes_left(unit: Unit, account_id: bytes) -> int:
    """How many recovery codes are still good."""
    unused = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return int(unit.connection.execute(select(func.count()).select_from(RecoveryCode).where(*unused)).scalar_one())


def is_fresh(unit: Unit) -> bool:
    """Whether who acts proved to be the account's owner within the last ten minutes, in this very browser."""
    proved = unit.connection.execute(
        select(Session.proved_at).where(Session.id == (unit.actor.session_id or b""))
    ).scalar_one_or_none()
    return proved is not None and unit.at - proved < FRESH


def require_proof(unit: Unit) -> None:
    """NeedsProof unless :func:`is_fresh`: the page that asks for a proof leads back to what was asked for."""
    if not is_fresh(unit):
        raise NeedsProof
