"""Accounts: whose address, which password, and what the page of an account shows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select

from portal.accounts.models import Account, OneTimeToken
from portal.accounts.reads.factors import factors_of
from portal.accounts.reads.sessions import sessions_of
from portal.kernel.blind_index import find_holder
from portal.kernel.errors import NotFound
from portal.kernel.ids import new_id
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit


def account_by_email(unit: Unit, email: str) -> bytes | None:
    """The account that signs in with a (normal) address."""
    holder = find_holder(unit, "account.email", email)
    if holder is None:
        return None
    statement = select(Account.id).where(Account.holder_id == holder, Account.state == "active")
    return unit.connection.execute(statement).scalar_one_or_none()


def name_by_email(unit: Unit, email: str) -> tuple[bytes, str] | None:
    """Whose a (normal) address is, and by which name the log knows them; as much work for an address that nobody has."""
    holder = find_holder(unit, "account.email", email)
    wanted = holder or new_id()
    box = unit.boxes([wanted]).get(wanted)
    return None if holder is None or box is None else (holder, box.pseudonym)


def email_of(unit: Unit, account_id: bytes) -> str:
    """The address the account signs in with."""
    row = _address.first(unit.connection, {"id": account_id})
    if row is None:
        raise NotFound
    return unit.box(row.holder_id).open("accounts", "email", account_id, row.email)


_address = Prepared(select(Account.holder_id, Account.email).where(Account.id == bindparam("id")))


def locale_of(unit: Unit, account_id: bytes) -> str:
    """The language of the account's pages and mails."""
    return str(unit.connection.execute(select(Account.locale).where(Account.id == account_id)).scalar_one())


def password_hash_of(unit: Unit, account_id: bytes) -> str:
    """What a password is compared with."""
    statement = select(Account.password_hash).where(Account.id == account_id)
    return str(unit.connection.execute(statement).scalar_one())


def password_changed_at(unit: Unit, account_id: bytes) -> datetime:
    """Since when the account has its password."""
    statement = select(Account.password_changed_at).where(Account.id == account_id)
    since: datetime = unit.connection.execute(statement).scalar_one()
    return since


def former_email_of(unit: Unit, account_id: bytes) -> str | None:
    """The address that can still take the account back, where there is one."""
    row = unit.connection.execute(
        select(OneTimeToken.id, OneTimeToken.payload, Account.holder_id)
        .join(Account, Account.id == OneTimeToken.account_id)
        .where(*_undoes(unit, account_id))
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    payload = json.loads(unit.box(row.holder_id).open("one_time_tokens", "payload", row.id, row.payload))
    return str(payload["email"])


def _undoes(unit: Unit, account_id: bytes) -> tuple[ColumnElement[bool], ...]:
    return (
        OneTimeToken.account_id == account_id,
        OneTimeToken.purpose == "undo",
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > unit.at,
    )


@dataclass(frozen=True, slots=True)
class AccountView:
    """What the account page shows."""

    email: str
    created_at: datetime
    password_changed_at: datetime
    undo_until: datetime | None
    live_sessions: int
    factors: int


def account_of(unit: Unit, account_id: bytes) -> AccountView:
    """The account, for its owner."""
    row = unit.connection.execute(
        select(Account.created_at, Account.password_changed_at).where(Account.id == account_id)
    ).one()
    undo = unit.connection.execute(select(OneTimeToken.expires_at).where(*_undoes(unit, account_id))).scalars()
    sessions = len(sessions_of(unit, account_id))
    return AccountView(
        email_of(unit, account_id),
        row.created_at,
        row.password_changed_at,
        max(undo, default=None),
        sessions,
        len(factors_of(unit, account_id)),
    )


def names_of(unit: Unit, account_ids: Iterable[bytes | None]) -> dict[bytes, str]:
    """Names in the log by account; erased ones are left out."""
    wanted = {id_ for id_ in account_ids if id_ is not None}
    rows = unit.connection.execute(select(Account.id, Account.holder_id).where(Account.id.in_(wanted))).all()
    boxes = unit.boxes(row.holder_id for row in rows)
    return {row.id: boxes[row.holder_id].pseudonym for row in rows if row.holder_id in boxes}
