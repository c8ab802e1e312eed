"""Withdrawals without an account: the link that somebody opened, and what a company is told of them. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from portal.kernel.ids import digest, text_of
from portal.kernel.unit import Unit
from portal.orders.demands.guests.models import GuestWithdrawal
from portal.orders.demands.guests.states import ATTACHED, SENT
from portal.orders.demands.machine import COMPANY, MACHINES, OPEN_STATES, WAITING, WITHDRAWAL, allowed_actions
from portal.vendors.models import Vendor

QUEUE = 50
_THEIRS = sorted(MACHINES[WITHDRAWAL].keys() - {"started", "submitted"})
"""States in which it is there for the company, and stands without an order."""
_OPEN = sorted(set(_THEIRS) & OPEN_STATES)


@dataclass(frozen=True, slots=True)
class GuestLink:
    """A link that somebody opened. The address is None once what was declared goes on elsewhere."""

    id: bytes
    vendor_id: bytes
    holder_id: bytes
    state: str
    email: str | None
    declared_at: datetime | None


def link_behind(unit: Unit, secret: str, *, declared: bool = False) -> GuestLink | None:
    """The link with this secret, while it is good; or, where ``declared``, one by which somebody declared as long.

    After its time it is not there, whatever came of it: else one could see by it which are about an order that is here.
    """
    mine = GuestWithdrawal.hash == digest(secret), GuestWithdrawal.expires_at > unit.at
    row = unit.connection.execute(select(GuestWithdrawal.__table__).where(*mine)).one_or_none()
    if row is None or (row.state == SENT) == declared:
        return None
    email = None if row.email is None else unit.box(row.holder_id).open("guest_withdrawals", "email", row.id, row.email)
    return GuestLink(row.id, row.vendor_id, row.holder_id, row.state, email, row.declared_at)


def companies_named(unit: Unit, slug: str, most: int = 20) -> Sequence[Any]:
    """Companies in whose name this stands; sandboxes are none."""
    named = Vendor.mode == "live", Vendor.slug.contains(slug, autoescape=True)
    return unit.connection.execute(select(Vendor.name, Vendor.slug).where(*named).order_by(Vendor.name).limit(most)).all()


@dataclass(frozen=True, slots=True)
class GuestPlace:
    """Where a list goes on: after what was declared then."""

    declared_at: datetime
    id: bytes

    def behind(self) -> ColumnElement[bool]:
        """What stands behind this place, the oldest first."""
        later = and_(GuestWithdrawal.declared_at == self.declared_at, GuestWithdrawal.id > self.id)
        return or_(GuestWithdrawal.declared_at > self.declared_at, later)


@dataclass(frozen=True, slots=True)
class GuestInQueue:
    """What waits, without a word of whoever declared it."""

    id: bytes
    state: str
    declared_at: datetime
    due_at: datetime
    answered_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether the company has not answered."""
        return self.state in WAITING


@dataclass(frozen=True, slots=True)
class GuestView:
    """A withdrawal without an account, opened for its company."""

    id: bytes
    vendor_id: bytes
    holder_id: bytes
    state: str
    name: str
    email: str
    number: str
    words: str | None
    answer: str | None
    declared_at: datetime
    due_at: datetime
    is_promised: bool
    answered_at: datetime | None
    ended_at: datetime | None
    seen_at: datetime

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)

    @property
    def waits(self) -> bool:
        """Whether the company has not answered."""
        return self.state in WAITING

    @property
    def is_late(self) -> bool:
        """Whether the answer did not come by its day: it came later, or has not come."""
        return (self.answered_at or self.seen_at) > self.due_at

    @property
    def actions(self) -> tuple[str, ...]:
        """What the company may do about it now."""
        return allowed_actions(WITHDRAWAL, self.state, COMPANY)

    @property
    def steps(self) -> tuple[tuple[str, datetime], ...]:
        """What was done about it, and when."""
        ended = {"settled": "settle", "disputed": "dispute"}.get(self.state)
        found = [("confirm", self.declared_at), ("send-receipt", self.declared_at)]
        found += [("acknowledge", self.answered_at)] if self.answered_at is not None else []
        found += [(ended, self.ended_at)] if ended is not None and self.ended_at is not None else []
        return tuple(found)


def guests_waiting(unit: Unit, vendor_id: bytes) -> int:
    """How many are still for a company to do something about."""
    wanted = select(func.count()).where(GuestWithdrawal.vendor_id == vendor_id, GuestWithdrawal.state.in_(_OPEN))
    return unit.connection.execute(wanted).scalar_one()


def guest_queue(
    unit: Unit, vendor_id: bytes, *, after: GuestPlace | None = None
) -> tuple[list[GuestInQueue], GuestPlace | None]:
    """What is still for a company to do, the oldest first, and where the list goes on."""
    columns = GuestWithdrawal.id, GuestWithdrawal.state, GuestWithdrawal.declared_at, GuestWithdrawal.due_at
    wanted = select(*columns, GuestWithdrawal.answered_at)
    wanted = wanted.where(GuestWithdrawal.vendor_id == vendor_id, GuestWithdrawal.state.in_(_OPEN))
    if after is not None:
        wanted = wanted.where(after.behind())
    rows = unit.connection.execute(wanted.order_by(GuestWithdrawal.declared_at, GuestWithdrawal.id).limit(QUEUE + 1)).all()
    found = [GuestInQueue(**row._mapping) for row in rows[:QUEUE]]
    return found, GuestPlace(found[-1].declared_at, found[-1].id) if len(rows) > QUEUE else None


def guests_of(
    unit: Unit, vendor_id: bytes, *, waiting: bool = False, after: GuestPlace | None = None, most: int
) -> list[GuestView]:
    """What was declared to a company, the oldest first; ``waiting`` leaves out what is done."""
    wanted = _theirs(vendor_id, _OPEN if waiting else _THEIRS)
    if after is not None:
        wanted = wanted.where(after.behind())
    wanted = wanted.order_by(GuestWithdrawal.declared_at, GuestWithdrawal.id).limit(most)
    return _views(unit, unit.connection.execute(wanted).all())


def guest_of(unit: Unit, vendor_id: bytes, withdrawal_id: bytes) -> GuestView | None:
    """One of them; None where there is none for this company."""
    rows = unit.connection.execute(_theirs(vendor_id, _THEIRS).where(GuestWithdrawal.id == withdrawal_id)).all()
    return next(iter(_views(unit, rows)), None)


def _theirs(vendor_id: bytes, states: Sequence[str]) -> Any:
    theirs = GuestWithdrawal.vendor_id == vendor_id, GuestWithdrawal.state.in_(states)
    return select(GuestWithdrawal.__table__).where(*theirs)


_TAKEN = ("id", "vendor_id", "holder_id", "state", "declared_at", "due_at", "is_promised", "answered_at", "ended_at")


def _views(unit: Unit, rows: Sequence[Row[Any]]) -> list[GuestView]:
    unit.boxes({row.holder_id for row in rows})
    return [_view(unit, row) for row in rows]


def _view(unit: Unit, row: Row[Any]) -> GuestView:
    box = unit.box(row.holder_id)

    def opened(name: str) -> str | None:
        sealed = getattr(row, name)
        return None if sealed is None else box.open("guest_withdrawals", name, row.id, sealed)

    told: dict[str, Any] = {name: opened(name) or "" for name in ("name", "email", "number")}
    kept: dict[str, Any] = {name: getattr(row, name) for name in _TAKEN}
    return GuestView(**kept, **told, words=opened("words"), answer=opened("answer"), seen_at=unit.at)


# What goes on about an order whose customer has no account: whoever declared it is told by mail what comes of it.
_is_told = and_(GuestWithdrawal.state == ATTACHED, GuestWithdrawal.email.is_not(None))


def forgettable(unit: Unit, after: bytes, *, ended_before: datetime, declared_before: datetime, most: int) -> list[bytes]:
    """Links and withdrawals whose time is over, behind an id: not used, gone on elsewhere, ended long ago, or never."""
    over = or_(
        and_(GuestWithdrawal.state.in_((SENT, ATTACHED)), GuestWithdrawal.expires_at < unit.at, ~_is_told),
        GuestWithdrawal.ended_at < ended_before,
        GuestWithdrawal.declared_at < declared_before,
    )
    wanted = select(GuestWithdrawal.id).where(over, GuestWithdrawal.id > after)
    return list(unit.connection.execute(wanted.order_by(GuestWithdrawal.id).limit(most)).scalars())


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whoever declared something, and is told by mail what comes of it."""

    holder_id: bytes
    vendor_id: bytes
    email: str
    number: str
    locale: str
    declared_at: datetime


def addressee_of(unit: Unit, withdrawal_id: bytes) -> Addressee | None:
    """Who is told of it by mail; None where it is nobody's, or its customer has an account."""
    there = GuestWithdrawal.id == withdrawal_id, GuestWithdrawal.email.is_not(None), GuestWithdrawal.state != SENT
    row = unit.connection.execute(select(GuestWithdrawal.__table__).where(*there)).one_or_none()
    if row is None:
        return None
    box = unit.box(row.holder_id)
    email, number = (box.open("guest_withdrawals", name, row.id, getattr(row, name)) for name in ("email", "number"))
    return Addressee(row.holder_id, row.vendor_id, email, number, row.locale, row.declared_at)
