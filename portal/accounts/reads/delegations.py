"""Who may act for whom: as the customer sees it, as the delegate does, and as the log asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from portal.access import PLACES
from portal.accounts.models import Account, Delegation
from portal.accounts.reads.accounts import email_of
from portal.accounts.reads.acted import INVITED, LIVE, last_used
from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.ids import digest
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Actor, Unit

SEE, ACT = "see", "act"
DECLINED, ENDED, EXPIRED = "declined", "ended", "expired"
DELEGATE = "delegate"
"""The kind of actor that somebody is who acts for a customer."""

_customer_account, _delegate_account = aliased(Account), aliased(Account)


def areas_from(text: str) -> dict[str, str]:
    """``"data:see orders:act"`` as areas and how far each goes."""
    return dict(one.split(":") for one in text.split())


def areas_text(areas: Mapping[str, str]) -> str:
    """The same the other way round, in the order of the places."""
    return " ".join(f"{area}:{areas[area]}" for area in PLACES if area in areas)


def rights_of(areas: Mapping[str, str]) -> frozenset[str]:
    """What a delegate may: to see a place, and to act there, which goes with seeing it."""
    acts = {f"{area}:{ACT}" for area, level in areas.items() if level == ACT}
    return frozenset(acts | {f"{area}:{SEE}" for area in areas})


@dataclass(frozen=True, slots=True)
class Acting:
    """A delegation that lives at this moment, in the hands of its delegate."""

    delegation_id: bytes
    customer_id: bytes
    holder_id: bytes
    account_id: bytes
    areas: Mapping[str, str]
    ends_at: datetime

    def acting(self, person: Actor) -> Actor:
        """The actor a person is while they act for the customer: themselves, with the customer's things before them."""
        return Actor(
            DELEGATE,
            id=person.id,
            name=person.name,
            customer_id=self.customer_id,
            holder_id=self.holder_id,
            roles=rights_of(self.areas),
            session_id=person.session_id,
            delegation=self.delegation_id,
        )


def _live(*wanted: Any) -> Select[Any]:
    """Delegations whose both sides are here; that their time is not over is asked of each row."""
    return (
        select(*wanted)
        .join(Customer, Customer.id == Delegation.customer_id)
        .join(_customer_account, _customer_account.id == Customer.account_id)
        .join(_delegate_account, _delegate_account.id == Delegation.delegate_id)
        .where(Delegation.state == LIVE, _customer_account.state == "active", _delegate_account.state == "active")
    )


_ACTING = (
    Delegation.id,
    Delegation.customer_id,
    Customer.holder_id,
    Customer.account_id,
    Delegation.areas,
    Delegation.ends_at,
)


def _acting(unit: Unit, *which: ColumnElement[bool]) -> list[Acting]:
    rows = unit.connection.execute(_live(*_ACTING).where(*which, Delegation.ends_at > unit.at).order_by(Delegation.id)).all()
    return _openable(unit, rows)


def _openable(unit: Unit, rows: Sequence[Any]) -> list[Acting]:
    # Whoever has no keys any more has nothing that could be opened.
    openable = unit.boxes(row.holder_id for row in rows)
    return [
        Acting(row.id, row.customer_id, row.holder_id, row.account_id, areas_from(row.areas), row.ends_at)
        for row in rows
        if row.holder_id in openable
    ]


def acting_of(unit: Unit, delegation_id: bytes, account_id: bytes) -> Acting | None:
    """The delegation, if it is this account's and lives at this moment."""
    found = _acting(unit, Delegation.id == delegation_id, Delegation.delegate_id == account_id)
    return found[0] if found else None


def held_by(unit: Unit, account_id: bytes) -> list[Acting]:
    """For whom an account may act at this moment, the oldest first."""
    rows = _held.all(unit.connection, {"delegate": account_id, "at": unit.at})
    return _openable(unit, rows)


_held = Prepared(
    _live(*_ACTING)
    .where(Delegation.delegate_id == bindparam("delegate"), Delegation.ends_at > bindparam("at"))
    .order_by(Delegation.id)
)


def delegation_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition ``delegation_live(delegation_id, delegate_id)``: the positions that hold no longer."""
    return _dead(connection, args, at, _live(Delegation.id, Delegation.delegate_id, Delegation.ends_at))


def delegation_held(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The same inside a writing unit: until it has committed, nobody ends the delegation."""
    wanted = _live(Delegation.id, Delegation.delegate_id, Delegation.ends_at)
    return _dead(connection, args, at, wanted.with_for_update(read=True, of=Delegation))


def _dead(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime, wanted: Select[Any]) -> set[int]:
    rows = connection.execute(wanted.where(Delegation.id.in_({arg[0] for arg in args})))
    live = {(row.id, row.delegate_id) for row in rows if row.ends_at > at}
    return {position for position, arg in enumerate(args) if (arg[0], arg[1]) not in live}


@dataclass(frozen=True, slots=True)
class DelegationView:
    """A delegation as its customer sees it."""

    id: bytes
    called: str
    email: str
    areas: Mapping[str, str]
    state: str
    created_at: datetime
    invited_until: datetime
    ends_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    accepted_email: str | None
    last_used_at: datetime | None

    @property
    def over_at(self) -> datetime:
        """When the time of one that nobody ended was over."""
        return self.ends_at if self.accepted_at is not None else min(self.ends_at, self.invited_until)


def delegations_of(unit: Unit, customer_id: bytes) -> list[DelegationView]:
    """All that a customer ever lent to somebody, the newest first."""
    return [_view(unit, row) for row in _rows(unit, Delegation.customer_id == customer_id)]


def delegation_of(unit: Unit, customer_id: bytes, delegation_id: bytes) -> DelegationView:
    """One of them; NotFound for anybody else's."""
    rows = _rows(unit, Delegation.customer_id == customer_id, Delegation.id == delegation_id)
    if not rows:
        raise NotFound
    return _view(unit, rows[0])


def _rows(unit: Unit, *which: ColumnElement[bool]) -> Sequence[Any]:
    statement = select(*Delegation.__table__.columns, Customer.holder_id).join(Customer, Customer.id == Delegation.customer_id)
    return unit.connection.execute(statement.where(*which).order_by(Delegation.created_at.desc(), Delegation.id.desc())).all()


def _view(unit: Unit, row: Any) -> DelegationView:
    box = unit.box(row.holder_id)
    return DelegationView(
        id=row.id,
        called=box.open("delegations", "called", row.id, row.called),
        email=box.open("delegations", "email", row.id, row.email),
        areas=areas_from(row.areas),
        state=_state(row, unit.at),
        created_at=row.created_at,
        invited_until=row.invited_until,
        ends_at=row.ends_at,
        accepted_at=row.accepted_at,
        ended_at=row.ended_at,
        accepted_email=email_of(unit, row.delegate_id) if row.delegate_id is not None else None,
        last_used_at=last_used(unit, row),
    )


def _state(row: Any, at: datetime) -> str:
    until = min(row.invited_until, row.ends_at) if row.state == INVITED else row.ends_at
    return EXPIRED if row.state in (INVITED, LIVE) and until <= at else str(row.state)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that waits for an answer. ``inviter`` is the address that its customer signs in with."""

    delegation_id: bytes
    customer_id: bytes
    holder_id: bytes
    account_id: bytes
    inviter: str
    areas: Mapping[str, str]
    ends_at: datetime


def invitation_of(unit: Unit, secret: str) -> Invitation | None:
    """What a link invites to; None where it was answered, taken back or is over. Looking does not use it up."""
    row = unit.connection.execute(
        select(*_ACTING)
        .join(Customer, Customer.id == Delegation.customer_id)
        .join(Account, Account.id == Customer.account_id)
        .where(
            Delegation.secret_hash == digest(secret),
            Delegation.state == INVITED,
            Delegation.invited_until > unit.at,
            Delegation.ends_at > unit.at,
            Account.state == "active",
        )
    ).one_or_none()
    if row is None:
        return None
    inviter = email_of(unit, row.account_id)
    return Invitation(row.id, row.customer_id, row.holder_id, row.account_id, inviter, areas_from(row.areas), row.ends_at)
