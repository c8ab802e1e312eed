"""Roles: what a person may act as beside being a customer."""

from sqlalchemy import insert, select, update

from portal.accounts.facts import LanguageChosen, RoleEnded, RoleGranted
from portal.accounts.models import Account, Role
from portal.accounts.service.sessions import end_sessions, holder_of
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import Unit

ROLES = ("customer", "staff", "officer", "operator")


def grant_role(unit: Unit, *, account_id: bytes, role: str, vendor_id: bytes | None = None) -> bytes:
    """Lets a person act in a role; gives the role's id. Sessions from before end: rights never grow within one."""
    if role not in ROLES or (role == "staff") != (vendor_id is not None):
        raise Invalid("role-unknown")
    holder_id = holder_of(unit, account_id, lock=True)
    held = unit.connection.execute(
        select(Role.id).where(
            Role.account_id == account_id,
            Role.role == role,
            Role.vendor_id.is_not_distinct_from(vendor_id),
            Role.ended_at.is_(None),
        )
    ).scalar()
    if held is not None:
        return held
    id_ = new_id()
    unit.connection.execute(
        insert(Role).values(id=id_, account_id=account_id, role=role, vendor_id=vendor_id, granted_at=unit.at)
    )
    unit.note(RoleGranted(holder=holder_id, account=text_of(account_id), role=role, vendor=vendor_id))
    end_sessions(unit, account_id=account_id, reason="role-changed")
    return id_


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
