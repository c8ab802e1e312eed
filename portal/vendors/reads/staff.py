"""Who acts for a company, and what its console opens to whom. The roles themselves are the accounts room's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.engine import Connection

from portal.accounts.models import Account, Role
from portal.accounts.reads import email_of
from portal.kernel.errors import NotFound, Refused
from portal.kernel.log_queue import Condition
from portal.kernel.unit import Unit
from portal.vendors.models import Sandbox, Vendor
from portal.vendors.names import slug_of
from portal.vendors.places import Group, groups_for
from portal.vendors.ranks import RANKS
from portal.vendors.reads.organisations import VendorView, vendor_of

ROLE = "staff"
BLOCKED, RANK = "vendor-blocked", "rank-needed"
"""Why somebody of a company is refused there: the operator shut it out, or the page is for others of it."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who acts for a company at this moment: for which, and as what."""

    vendor: VendorView
    rank: str
    # The company whose staff they are, where ``vendor`` is its sandbox.
    sandbox_of: bytes | None = None

    @property
    def company_id(self) -> bytes:
        """The company whose staff they are: of a sandbox, the one that it belongs to."""
        return self.sandbox_of or self.vendor.id

    @property
    def groups(self) -> list[Group]:
        """What the menu of the console holds for them."""
        return groups_for(self.rank, sandbox=self.sandbox_of is not None)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who acts for a company, for whoever looks after its staff."""

    role_id: bytes
    account_id: bytes
    rank: str
    since: datetime
    email: str


def _held(at: Any) -> tuple[ColumnElement[bool], ...]:
    is_staff = Role.role == ROLE, Role.rank.in_(RANKS), Account.state == "active"
    return (*is_staff, Role.ended_at.is_(None), or_(Role.expires_at.is_(None), Role.expires_at > at))


def _staff(at: Any, *wanted: Any) -> Select[Any]:
    return select(*wanted).select_from(Role).join(Account, Account.id == Role.account_id).where(*_held(at))


def companies_of(unit: Unit, account_id: bytes) -> list[Staff]:
    """The companies for which somebody acts, by name; blocked ones too."""
    return _companies(unit, account_id)


def _companies(unit: Unit, account_id: bytes, *which: ColumnElement[bool]) -> list[Staff]:
    columns = Vendor.__table__.columns
    mine = _staff(unit.at, *columns, Role.rank.label("held")).join(Vendor, Vendor.id == Role.vendor_id)
    rows = unit.connection.execute(mine.where(Role.account_id == account_id, *which).order_by(Vendor.name))
    names = tuple(column.name for column in columns)
    return [Staff(VendorView(**{name: row._mapping[name] for name in names}), row.held) for row in rows]


def _sandboxes(unit: Unit, account_id: bytes, slug: str) -> list[Staff]:
    """The sandbox of that slug, where somebody acts for its company: they are there what they are in the company.

    Where the company is shut out, its sandbox is.
    """
    mine = _staff(unit.at, Sandbox.vendor_id, Sandbox.of, Role.rank).join(Sandbox, Sandbox.of == Role.vendor_id)
    mine = mine.join(Vendor, Vendor.id == Sandbox.vendor_id).where(Role.account_id == account_id, Vendor.slug == slug)
    found = []
    for row in unit.connection.execute(mine).all():
        twin, live = vendor_of(unit, row.vendor_id), vendor_of(unit, row.of)
        found.append(Staff(replace(twin, blocked_at=twin.blocked_at or live.blocked_at), row.rank, row.of))
    return found


def staff_at(unit: Unit, slug: str) -> Staff:
    """The company of this slug and what whoever acts is there; the unit acts for that company from here on.

    NotFound for one that is not theirs, whether or not there is such a company.
    """
    account_id = unit.actor.id
    # Nothing but a slug is asked for: PostgreSQL takes not every character.
    if account_id is None or slug_of(slug) != slug:
        raise NotFound
    found = _companies(unit, account_id, Vendor.slug == slug) or _sandboxes(unit, account_id, slug)
    if not found:
        raise NotFound
    vendor = found[0].vendor
    unit.actor = unit.actor._replace(vendor_id=vendor.id, test=vendor.mode == "test")
    if unit.writing:
        unit.rest_on(Condition("staff_held", (account_id, found[0].company_id, found[0].rank)))
    return found[0]


def staff_of(unit: Unit, slug: str, *ranks: str) -> Staff:
    """The same for what a company does: Refused where it is shut out, or where ``ranks`` are named and theirs is none."""
    found = staff_at(unit, slug)
    if found.vendor.blocked_at is not None:
        raise Refused(BLOCKED)
    if ranks and found.rank not in ranks:
        raise Refused(RANK)
    return found


def staff_of_company(unit: Unit, slug: str, *ranks: str) -> Staff:
    """The same for what a company has and its sandbox has not: NotFound there."""
    found = staff_of(unit, slug, *ranks)
    if found.sandbox_of is not None:
        raise NotFound
    return found


def stands_on(unit: Unit, staff: Staff) -> tuple[Condition, ...]:
    """What a look of a company's staff stands on: the session, the role there as it was found, and the company itself."""
    assert unit.actor.session_id is not None
    return (
        Condition("session_live", (unit.actor.session_id,)),
        Condition("staff_live", (unit.actor.id, staff.company_id, staff.rank)),
        *(Condition("vendor_live", (one,)) for one in sorted({staff.company_id, staff.vendor.id})),
    )


def staff_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition ``staff_live(account_id, vendor_id, rank)``: the positions whose role has ended or is another."""
    return _ended(connection, args, _staff(at, Role.account_id, Role.vendor_id, Role.rank))


def staff_held(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The same inside a writing unit: until it has committed, nobody ends the role."""
    wanted = _staff(at, Role.account_id, Role.vendor_id, Role.rank)
    return _ended(connection, args, wanted.with_for_update(read=True, of=Role))


def _ended(connection: Connection, args: Sequence[tuple[Any, ...]], wanted: Select[Any]) -> set[int]:
    theirs = or_(*(and_(Role.account_id == account, Role.vendor_id == vendor) for account, vendor, _ in set(args)))
    live = {tuple(row) for row in connection.execute(wanted.where(theirs))}
    return {position for position, arg in enumerate(args) if tuple(arg) not in live}


def colleagues_of(unit: Unit, vendor_id: bytes) -> list[Colleague]:
    """Everybody who acts for a company, the oldest first."""
    columns = (Role.id, Role.account_id, Role.rank, Role.granted_at)
    rows = unit.connection.execute(
        _staff(unit.at, *columns).where(Role.vendor_id == vendor_id).order_by(Role.granted_at, Role.id)
    ).all()
    return [
        Colleague(row.id, row.account_id, row.rank, row.granted_at, email_of(unit, row.account_id)) for row in rows
    ]
