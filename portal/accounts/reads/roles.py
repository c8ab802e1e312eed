"""What people may act as beside being customers, for them and for the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

from portal.accounts.models import Account, Role
from portal.customers.models import Customer, Erasure
from portal.kernel.clock import from_micros
from portal.kernel.errors import Refused
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit

LEAD = "lead"
"""The rank of an officer who leads: it closes cases, and is a right of its own."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a role covers: entries about these companies, from that moment on; None bounds nothing."""

    vendors: tuple[bytes, ...] | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role somebody holds."""

    id: bytes
    account_id: bytes
    role: str
    vendor_id: bytes | None
    granted_at: datetime
    rank: str | None
    expires_at: datetime | None
    scope: Scope


_columns = (Role.id, Role.account_id, Role.role, Role.vendor_id, Role.granted_at, Role.rank, Role.expires_at, Role.scope)


def holds(at: Any) -> tuple[ColumnElement[bool], ...]:
    """What is true of a role that holds at a moment: it was not ended, and its time is not over."""
    return Role.ended_at.is_(None), Role.expires_at.is_(None) | (Role.expires_at > at)


def rights_of(rows: Sequence[Any]) -> frozenset[str]:
    """What somebody with these roles may act as; a lead is an officer with one right more."""
    return frozenset({"customer", *(row.role for row in rows), *(row.rank for row in rows if _leads(row))})


def _leads(row: Any) -> bool:
    return bool(row.role == "officer" and row.rank == LEAD)


def _view(row: Any) -> RoleView:
    id_, account_id, role, vendor_id, granted_at, rank, expires_at, scope = row[:8]
    return RoleView(id_, account_id, role, vendor_id, granted_at, rank, expires_at, _scope(scope or {}))


def _scope(kept: dict[str, Any]) -> Scope:
    vendors, since = kept.get("vendors"), kept.get("since")
    return Scope(
        None if vendors is None else tuple(id_from(text) for text in vendors),
        None if since is None else from_micros(since),
    )


def roles_of(unit: Unit, account_id: bytes) -> list[RoleView]:
    """The roles an account holds now."""
    rows = unit.connection.execute(
        select(*_columns).where(Role.account_id == account_id, *holds(unit.at)).order_by(Role.granted_at)
    )
    return [_view(row) for row in rows]


def auditors_scope(unit: Unit) -> Scope | None:
    """What whoever reads at the desk is bounded to; None for an officer, who sees all of it."""
    if "officer" in unit.actor.roles:
        return None
    assert unit.actor.id is not None
    scopes = [role.scope for role in roles_of(unit, unit.actor.id) if role.role == "auditor"]
    if not scopes:
        raise Refused("ended")
    return scopes[0]


def holders_of_role(unit: Unit, role: str) -> list[tuple[datetime, str]]:
    """Since when, and under which name in the log, people hold a role; without their addresses."""
    return [(view.granted_at, name) for view, name in held_roles(unit) if view.role == role]


def held_roles(unit: Unit) -> list[tuple[RoleView, str]]:
    """Every role that somebody holds now, the oldest first, with the holder's name in the log."""
    rows = unit.connection.execute(
        select(*_columns, Account.holder_id)
        .join(Account, Account.id == Role.account_id)
        .where(Role.role != "customer", *holds(unit.at))
        .order_by(Role.granted_at)
    ).all()
    boxes = unit.boxes(row.holder_id for row in rows)
    return [(_view(row), boxes[row.holder_id].pseudonym) for row in rows if row.holder_id in boxes]


def role_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition ``role_live(account_id, role)``: the positions whose role has ended, or whose time is over."""
    wanted = {arg[0] for arg in args}
    rows = connection.execute(
        select(Role.account_id, Role.role, Role.rank).where(Role.account_id.in_(wanted), *holds(at))
    ).all()
    live = {(row.account_id, row.role) for row in rows} | {(row.account_id, LEAD) for row in rows if _leads(row)}
    return {position for position, arg in enumerate(args) if (arg[0], arg[1]) not in live}


def is_leaving(unit: Unit, account_id: bytes) -> bool:
    """Whether this person is about to be erased."""
    mine = select(Erasure.customer_id).join(Customer, Customer.id == Erasure.customer_id)
    return unit.connection.execute(mine.where(Customer.account_id == account_id)).first() is not None
