"""Rows of conversations: one to act on, whosever way leads to it, and what the clocks need of many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select

from portal.customers.models import Customer
from portal.kernel.calendars import Standing
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.tickets.clocks import CLOSED, RESOLVED, Clock, Name
from portal.tickets.hours import hours_at
from portal.tickets.machine import GRACE, state_at
from portal.tickets.models import Ticket, TicketEvent, TicketPromise
from portal.tickets.promised import Happened, clocks_of, promises_from


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation to act on: its row, whose key seals what is said in it, and how its link stands."""

    row: Any
    holder_id: bytes
    is_blocked: bool

    def state(self, at: datetime) -> str:
        """How it stands at a moment."""
        return state_at(self.row.state, self.row.resolved_at, at)


def _held() -> Select[Any]:
    return (
        select(Ticket.__table__, Customer.holder_id, Link.blocked_at.label("link_blocked_at"))
        .join(Customer, Customer.id == Ticket.customer_id)
        .join(Link, Link.id == Ticket.link_id)
    )


def my_ticket(unit: Unit, ticket_id: bytes) -> Held:
    """One of the acting customer's; anybody else's is NotFound."""
    return _one(unit, Ticket.id == ticket_id, Ticket.customer_id == (unit.actor.customer_id or b""))


def held_by_holder(unit: Unit, ticket_id: bytes, holder_id: bytes) -> Held:
    """One of whoever these keys are; anybody else's is NotFound, and so is one that has become somebody else's."""
    return _one(unit, Ticket.id == ticket_id, Customer.holder_id == holder_id)


def ticket_of_vendor(unit: Unit, vendor_id: bytes, number: str) -> Held:
    """One that a company was written to, by its number; another company's is NotFound."""
    return _one(unit, Ticket.number == number, Ticket.vendor_id == vendor_id)


def _one(unit: Unit, *which: ColumnElement[bool]) -> Held:
    row = unit.connection.execute(_held().where(*which)).one_or_none()
    if row is None:
        raise NotFound
    return Held(row, row.holder_id, row.link_blocked_at is not None)


def is_over(at: datetime) -> ColumnElement[bool]:
    """Whether a conversation is closed at a moment: said to be, or solved longer ago than its grace."""
    return or_(Ticket.state == CLOSED, and_(Ticket.state == RESOLVED, Ticket.resolved_at <= at - GRACE))


_event = (TicketEvent.ticket_id, TicketEvent.at, TicketEvent.action, TicketEvent.by, TicketEvent.state)


def happened_in(unit: Unit, ticket_ids: Iterable[bytes]) -> dict[bytes, list[Happened]]:
    """What happened in some conversations, in order."""
    found: dict[bytes, list[Happened]] = {}
    rows = select(*_event, TicketEvent.words.is_not(None).label("has_words")).where(
        TicketEvent.ticket_id.in_(list(ticket_ids))
    )
    for row in unit.connection.execute(rows.order_by(TicketEvent.ticket_id, TicketEvent.position)):
        found.setdefault(row.ticket_id, []).append(Happened(row.at, row.action, row.by, row.state, bool(row.has_words)))
    return found


def promise_rows(unit: Unit, ids: Iterable[bytes | None]) -> dict[bytes, Row[Any]]:
    """Promises by their ids."""
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    rows = unit.connection.execute(select(TicketPromise.__table__).where(TicketPromise.id.in_(wanted)))
    return {row.id: row for row in rows}


def newest_promise(unit: Unit, vendor_id: bytes) -> Row[Any] | None:
    """What a company promises now; None where it has never promised anything."""
    rows = select(TicketPromise.__table__).where(TicketPromise.vendor_id == vendor_id)
    return unit.connection.execute(rows.order_by(TicketPromise.id.desc()).limit(1)).one_or_none()


def hours_of(unit: Unit, vendor_id: bytes) -> Standing | None:
    """Whether somebody of a company is there now, and until or from when; None where it named no hours."""
    return hours_at(newest_promise(unit, vendor_id), unit.at)


def clocks_by_ticket(unit: Unit, rows: Sequence[Any]) -> Mapping[bytes, dict[Name, Clock]]:
    """The clocks of some conversations, each under the promise with which it began."""
    happened = happened_in(unit, [row.id for row in rows])
    promises = {id_: promises_from(row) for id_, row in promise_rows(unit, (row.promise_id for row in rows)).items()}
    return {row.id: clocks_of(happened[row.id], promises.get(row.promise_id, {}), unit.at) for row in rows}
