"""Who is behind a session, or an account, and what they may act as."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, select

from portal.accounts.models import Account, Recovery, Role, Session
from portal.accounts.reads.obliged import roles_in_force
from portal.accounts.reads.roles import holds, rights_of
from portal.accounts.reads.sessions import is_live
from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.ids import digest
from portal.kernel.prepared import Prepared
from portal.kernel.sealing import DataKey, KeyRow
from portal.kernel.unit import Actor, Unit
from portal.vendors.models import SandboxCustomer


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is signed in with a live session."""

    account_id: bytes
    holder_id: bytes
    customer_id: bytes | None
    session_id: bytes
    last_seen_at: datetime
    # None where nobody chose it: a demonstration's people speak as whoever looks at it.
    locale: str | None
    pseudonym: str
    roles: frozenset[str]
    staff_of: bytes | None
    # When a second step that is said to be lost will be removed.
    factors_end_at: datetime | None = None
    acting_for: bytes | None = None
    # Made up for a sandbox.
    test: bool = False

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
            test=self.test,
        )


_live = Prepared(
    select(
        Session.id,
        Session.account_id,
        Session.last_seen_at,
        Session.expires_at,
        Session.idle_seconds,
        Session.ended_at,
        Session.acting_for,
        Account.holder_id,
        Account.locale,
        Account.state,
        Account.demonstration,
        Customer.id.label("customer_id"),
        Recovery.due_at,
        Recovery.done_at,
        SandboxCustomer.place,
        DataKey.id.label("key_id"),
        DataKey.wrapped,
        DataKey.pseudonym,
    )
    .join(Account, Account.id == Session.account_id)
    .outerjoin(DataKey, and_(DataKey.holder_id == Account.holder_id, DataKey.is_current))
    .outerjoin(Recovery, Recovery.account_id == Account.id)
    .outerjoin(Customer, Customer.account_id == Account.id)
    .outerjoin(SandboxCustomer, SandboxCustomer.customer_id == Customer.id)
    .where(Session.secret_hash == bindparam("hash"))
)
_roles = Prepared(
    select(Role.role, Role.vendor_id, Role.rank).where(Role.account_id == bindparam("account"), *holds(bindparam("at")))
)


def person_of(unit: Unit, secret: str) -> Person | None:
    """Whose session this secret opens, or None: unknown, ended, expired, or too long unused."""
    row = _live.first(unit.connection, {"hash": digest(secret)})
    if row is None or row.state != "active" or not is_live(row, unit.at):
        return None
    if row.demonstration and not unit.house.settings.demo:
        return None
    roles = _roles.all(unit.connection, {"account": row.account_id, "at": unit.at})
    if row.key_id is not None:
        unit.know_key(row.holder_id, KeyRow(row.key_id, row.wrapped, row.pseudonym, True))
    return Person(
        account_id=row.account_id,
        holder_id=row.holder_id,
        customer_id=row.customer_id,
        session_id=row.id,
        last_seen_at=row.last_seen_at,
        locale=None if row.demonstration else row.locale,
        pseudonym=unit.box(row.holder_id).pseudonym,
        roles=roles_in_force(unit, row.account_id, rights_of(roles), demonstration=row.demonstration),
        staff_of=next((role.vendor_id for role in roles if role.role == "staff"), None),
        factors_end_at=None if row.done_at else row.due_at,
        acting_for=row.acting_for,
        test=row.place is not None,
    )


def actor_for(unit: Unit, secret: str, kind: str = "customer") -> Actor | None:
    """The actor behind a session's secret, or None."""
    person = person_of(unit, secret)
    return person.acting(kind) if person else None


def actor_of_account(unit: Unit, account_id: bytes, kind: str = "customer") -> Actor:
    """The actor a person is, without a session: for commands, demonstration data and tests."""
    row = unit.connection.execute(
        select(Account.holder_id, Customer.id.label("customer_id"), SandboxCustomer.place)
        .outerjoin(Customer, Customer.account_id == Account.id)
        .outerjoin(SandboxCustomer, SandboxCustomer.customer_id == Customer.id)
        .where(Account.id == account_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    roles = _roles.all(unit.connection, {"account": account_id, "at": unit.at})
    return Actor(
        kind,
        id=account_id,
        name=unit.box(row.holder_id).pseudonym,
        vendor_id=next((role.vendor_id for role in roles if role.role == "staff"), None) if kind == "staff" else None,
        customer_id=row.customer_id,
        holder_id=row.holder_id,
        roles=rights_of(roles),
        test=row.place is not None,
    )
