"""Who signs in, with which rights, from where; and what the log holds a disclosure by a person against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from portal.accounts.models import Account, OneTimeToken, Role, Session
from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.ids import digest
from portal.kernel.sealing import find_holder
from portal.kernel.unit import Actor, Unit


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is signed in with a live session."""

    account_id: bytes
    holder_id: bytes
    customer_id: bytes | None
    session_id: bytes
    last_seen_at: datetime
    locale: str
    pseudonym: str
    roles: frozenset[str]
    staff_of: bytes | None

    def acting(self, kind: str = "customer") -> Actor:
        """The actor, as a customer, or as an officer, an operator or a company's staff where the person is one."""
        return Actor(
            kind,
            id=self.account_id,
            name=self.pseudonym,
            vendor_id=self.staff_of if kind == "staff" else None,
            customer_id=self.customer_id,
            holder_id=self.holder_id,
            roles=self.roles,
            session_id=self.session_id,
        )


_live = (
    select(
        Session.id,
        Session.account_id,
        Session.last_seen_at,
        Session.expires_at,
        Session.idle_seconds,
        Session.ended_at,
        Account.holder_id,
        Account.locale,
        Account.state,
        Account.demonstration,
        Customer.id.label("customer_id"),
    )
    .join(Account, Account.id == Session.account_id)
    .outerjoin(Customer, Customer.account_id == Account.id)
    .where(Session.secret_hash == bindparam("hash"))
)
_roles = select(Role.role, Role.vendor_id).where(Role.account_id == bindparam("account"), Role.ended_at.is_(None))


def person_of(unit: Unit, secret: str) -> Person | None:
    """Whose session this secret opens, or None: unknown, ended, expired, or too long unused."""
    row = unit.connection.execute(_live, {"hash": digest(secret)}).one_or_none()
    if row is None or row.state != "active" or not _is_live(row, unit.at):
        return None
    if row.demonstration and not unit.house.settings.demo:
        return None
    roles = unit.connection.execute(_roles, {"account": row.account_id}).all()
    return Person(
        account_id=row.account_id,
        holder_id=row.holder_id,
        customer_id=row.customer_id,
        session_id=row.id,
        last_seen_at=row.last_seen_at,
        locale=row.locale,
        pseudonym=unit.box(row.holder_id).pseudonym,
        roles=frozenset({"customer", *(role.role for role in roles)}),
        staff_of=next((role.vendor_id for role in roles if role.role == "staff"), None),
    )


def actor_for(unit: Unit, secret: str, kind: str = "customer") -> Actor | None:
    """The actor behind a session's secret, or None."""
    person = person_of(unit, secret)
    return person.acting(kind) if person else None


def actor_of_account(unit: Unit, account_id: bytes, kind: str = "customer") -> Actor:
    """The actor a person is, without a session: for commands, demonstration data and tests."""
    row = unit.connection.execute(
        select(Account.holder_id, Customer.id.label("customer_id"))
        .outerjoin(Customer, Customer.account_id == Account.id)
        .where(Account.id == account_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    roles = unit.connection.execute(_roles, {"account": account_id}).all()
    return Actor(
        kind,
        id=account_id,
        name=unit.box(row.holder_id).pseudonym,
        vendor_id=next((role.vendor_id for role in roles if role.role == "staff"), None) if kind == "staff" else None,
        customer_id=row.customer_id,
        holder_id=row.holder_id,
        roles=frozenset({"customer", *(role.role for role in roles)}),
    )


def _is_live(row: Any, at: datetime) -> bool:
    idle = timedelta(seconds=row.idle_seconds)
    return row.ended_at is None and row.expires_at > at and row.last_seen_at + idle > at


def account_by_email(unit: Unit, email: str) -> bytes | None:
    """The account that signs in with a (normal) address."""
    holder = find_holder(unit, "account.email", email)
    if holder is None:
        return None
    statement = select(Account.id).where(Account.holder_id == holder, Account.state == "active")
    return unit.connection.execute(statement).scalar_one_or_none()


def email_of(unit: Unit, account_id: bytes) -> str:
    """The address the account signs in with."""
    row = unit.connection.execute(
        select(Account.holder_id, Account.email).where(Account.id == account_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return unit.box(row.holder_id).open("accounts", "email", account_id, row.email)


def password_hash_of(unit: Unit, account_id: bytes) -> str:
    """What a password is compared with."""
    statement = select(Account.password_hash).where(Account.id == account_id)
    return str(unit.connection.execute(statement).scalar_one())


@dataclass(frozen=True, slots=True)
class AccountView:
    """What the account page shows."""

    email: str
    created_at: datetime
    password_changed_at: datetime
    undo_until: datetime | None
    live_sessions: int


def account_of(unit: Unit, account_id: bytes) -> AccountView:
    """The account, for its owner."""
    row = unit.connection.execute(
        select(Account.created_at, Account.password_changed_at).where(Account.id == account_id)
    ).one()
    undo = unit.connection.execute(
        select(OneTimeToken.expires_at).where(
            OneTimeToken.account_id == account_id,
            OneTimeToken.purpose == "undo",
            OneTimeToken.used_at.is_(None),
            OneTimeToken.expires_at > unit.at,
        )
    ).scalars()
    sessions = len(sessions_of(unit, account_id))
    return AccountView(
        email_of(unit, account_id), row.created_at, row.password_changed_at, max(undo, default=None), sessions
    )


@dataclass(frozen=True, slots=True)
class SessionView:
    """One browser that is signed in, as its owner sees it."""

    id: bytes
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    agent: str


def sessions_of(unit: Unit, account_id: bytes) -> list[SessionView]:
    """The account's live sessions, the one last used first."""
    rows = unit.connection.execute(
        select(
            Session.id,
            Session.created_at,
            Session.last_seen_at,
            Session.expires_at,
            Session.idle_seconds,
            Session.ended_at,
            Session.device,
            Account.holder_id,
        )
        .join(Account, Account.id == Session.account_id)
        .where(Session.account_id == account_id, Session.ended_at.is_(None))
        .order_by(Session.last_seen_at.desc())
    ).all()
    return [
        SessionView(
            row.id,
            row.created_at,
            row.last_seen_at,
            row.expires_at,
            unit.box(row.holder_id).open("sessions", "device", row.id, row.device),
        )
        for row in rows
        if _is_live(row, unit.at)
    ]


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


# What the log asks in the transaction that appends


def session_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """``session_live(session_id)``: the positions whose session no longer lives."""
    wanted = {arg[0] for arg in args}
    rows = connection.execute(
        select(
            Session.id, Session.expires_at, Session.last_seen_at, Session.idle_seconds, Session.ended_at
        ).where(Session.id.in_(wanted))
    )
    live = {row.id for row in rows if _is_live(row, at)}
    return {position for position, arg in enumerate(args) if arg[0] not in live}


def role_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """``role_live(account_id, role)``: the positions whose role has ended."""
    wanted = {arg[0] for arg in args}
    rows = connection.execute(
        select(Role.account_id, Role.role).where(Role.account_id.in_(wanted), Role.ended_at.is_(None))
    )
    live = {(row.account_id, row.role) for row in rows}
    return {position for position, arg in enumerate(args) if (arg[0], arg[1]) not in live}
