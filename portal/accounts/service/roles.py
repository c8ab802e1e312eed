"""Roles: what a person may act as beside being a customer."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from portal.accounts.facts.credentials import LanguageChosen
from portal.accounts.facts.roles import RoleEnded, RoleGranted
from portal.accounts.models import Account, Role
from portal.accounts.reads import LEAD, Scope
from portal.accounts.reads.roles import is_leaving
from portal.accounts.service.sessions import end_sessions, holder_of
from portal.kernel.clock import micros
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import Unit

ROLES = ("customer", "staff", "officer", "auditor", "operator")
RANKS = {"staff": ("owner", "developer", "agent", "reader"), "officer": (None, LEAD)}


def grant_role(
    unit: Unit,
    *,
    account_id: bytes,
    role: str,
    vendor_id: bytes | None = None,
    rank: str | None = None,
    scope: Scope | None = None,
    expires_at: datetime | None = None,
) -> bytes:
    """Lets a person act in a role; gives the role's id. Sessions from before end: rights never grow within one.

    A role that is held already with another rank, scope or end is ended, and given anew.
    """
    _check(unit, role, vendor_id, rank, scope, expires_at)
    holder_id = holder_of(unit, account_id, lock=True)
    if role != "customer" and is_leaving(unit, account_id):
        # Who had power must be nameable for as long as the record speaks of them.
        raise Conflict("erasure-waits", "This person has asked to be erased. They can take it back within the week.")
    kept = _kept(scope)
    bounds = {"rank": rank, "scope": kept, "expires_at": expires_at}
    held = unit.connection.execute(
        select(Role.id, Role.rank, Role.scope, Role.expires_at).where(
            Role.account_id == account_id,
            Role.role == role,
            Role.vendor_id.is_not_distinct_from(vendor_id),
            Role.ended_at.is_(None),
        )
    ).one_or_none()
    if held is not None:
        if {name: getattr(held, name) for name in bounds} == bounds:
            return bytes(held.id)
        end_role(unit, role_id=held.id)
    id_ = new_id()
    row = {"id": id_, "account_id": account_id, "role": role, "vendor_id": vendor_id, "granted_at": unit.at, **bounds}
    unit.connection.execute(insert(Role).values(row))
    unit.note(
        RoleGranted(
            holder=holder_id,
            account=text_of(account_id),
            role=role,
            vendor=vendor_id,
            rank=rank,
            until=None if expires_at is None else micros(expires_at),
            companies=(kept or {}).get("vendors"),
            since=(kept or {}).get("since"),
        )
    )
    end_sessions(unit, account_id=account_id, reason="role-changed")
    return id_


def _check(
    unit: Unit, role: str, vendor_id: bytes | None, rank: str | None, scope: Scope | None, expires_at: datetime | None
) -> None:
    if role not in ROLES or (role == "staff") != (vendor_id is not None) or rank not in RANKS.get(role, (None,)):
        raise Invalid("role-unknown")
    # Whoever comes from outside goes again by itself, and is shown no more than was said.
    if (expires_at is None) if role == "auditor" else (scope is not None):
        raise Invalid("role-unbounded")
    if expires_at is not None and expires_at <= unit.at:
        raise Invalid("role-over")


def _kept(scope: Scope | None) -> dict[str, Any] | None:
    """A scope as the row keeps it; one that bounds nothing is none."""
    if scope is None:
        return None
    vendors = None if scope.vendors is None else sorted(text_of(id_) for id_ in scope.vendors)
    bounds = {"vendors": vendors, "since": None if scope.since is None else micros(scope.since)}
    return {name: value for name, value in bounds.items() if value is not None} or None


def end_role(unit: Unit, *, role_id: bytes) -> None:
    """Ends a role, and with it the person's sessions; one that has ended already is no error."""
    row = unit.connection.execute(select(Role.account_id, Role.role, Role.vendor_id).where(Role.id == role_id)).first()
    if row is None:
        raise NotFound
    ended = unit.connection.execute(
        update(Role).where(Role.id == role_id, Role.ended_at.is_(None)).values(ended_at=unit.at)
    )
    if ended.rowcount == 0:
        return
    unit.note(
        RoleEnded(
            holder=holder_of(unit, row.account_id, lock=True),
            account=text_of(row.account_id),
            role=row.role,
            vendor=row.vendor_id,
        )
    )
    end_sessions(unit, account_id=row.account_id, reason="role-changed")


def choose_language(unit: Unit, *, account_id: bytes, locale: str) -> None:
    """The language of this person's pages and mails."""
    changed = unit.connection.execute(
        update(Account).where(Account.id == account_id, Account.locale != locale).values(locale=locale)
    )
    if changed.rowcount:
        unit.note(LanguageChosen(holder=holder_of(unit, account_id), language=locale))
