"""What people may act as beside being customers, for them and for the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from portal.accounts.models import Account, Role
from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role somebody holds."""

    id: bytes
    account_id: bytes
    role: str
    vendor_id: bytes | None
    granted_at: datetime


def roles_of(unit: Unit, account_id: bytes) -> list[RoleView]:
    """The roles an account holds now."""
    rows = unit.connection.execute(
        select(Role.id, Role.account_id, Role.role, Role.vendor_id, Role.granted_at)
        .where(Role.account_id == account_id, Role.ended_at.is_(None))
        .order_by(Role.granted_at)
    )
    return [RoleView(*row) for row in rows]


def holders_of_role(unit: Unit, role: str) -> list[tuple[datetime, str]]:
    """Since when, and under which name in the log, people hold a role; without their addresses."""
    rows = unit.connection.execute(
        select(Role.granted_at, Account.holder_id)
        .join(Account, Account.id == Role.account_id)
        .where(Role.role == role, Role.ended_at.is_(None))
        .order_by(Role.granted_at)
    ).all()
    boxes = unit.boxes(row.holder_id for row in rows)
    return [(row.granted_at, boxes[row.holder_id].pseudonym) for row in rows if row.holder_id in boxes]


def role_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition ``role_live(account_id, role)``: the positions whose role has ended."""
    wanted = {arg[0] for arg in args}
    rows = connection.execute(
        select(Role.account_id, Role.role).where(Role.account_id.in_(wanted), Role.ended_at.is_(None))
    )
    live = {(row.account_id, row.role) for row in rows}
    return {position for position, arg in enumerate(args) if (arg[0], arg[1]) not in live}
