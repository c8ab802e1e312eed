"""What a company's people see: the queue of what waits for them, and one conversation with what they noted themselves.

The queue holds numbers, kinds and times, and no word that a customer wrote: to see the words, somebody opens the
conversation, and that stands in the customer's record.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.orders.models import Order
from portal.tickets.clocks import VENDOR, Clock, Name
from portal.tickets.machine import ORDER, allowed_actions, state_at
from portal.tickets.models import SavedReply, Ticket, TicketEvent, TicketNote
from portal.tickets.promised import LATE, WARN
from portal.tickets.reads.rows import clocks_by_ticket, is_over
from portal.tickets.reads.threads import Said, said_in

PAGE = 50
MOST_COUNTED = 99
MINE, NOBODYS, ALL = WHOSE = ("mine", "nobodys", "all")


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in the queue."""

    queue_at: datetime
    id: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conversation that waits for the company."""

    id: bytes
    number: str
    kind: str
    state: str
    priority: int
    customer_number: str | None
    about: str | None
    about_id: bytes | None
    order_number: str | None
    opened_at: datetime
    queue_at: datetime | None
    warn_at: datetime | None
    due_clock: str | None
    call_wanted_at: datetime | None
    legal_day: Any
    assignee_id: bytes | None

    def alarm(self, now: datetime) -> str | None:
        """Whether its promise is late, or nearly so."""
        if self.due_clock is None or self.queue_at is None:
            return None
        if now > self.queue_at:
            return LATE
        return WARN if self.warn_at is not None and now >= self.warn_at else None


_OWN = [name for name in Waiting.__slots__ if name not in ("order_number", "customer_number")]
_waiting = (
    select(*(getattr(Ticket, name) for name in _OWN), Link.number.label("customer_number"), Ticket.resolved_at)
    .join(Link, Link.id == Ticket.link_id)
)


def stands(at: datetime) -> ColumnElement[bool]:
    """What a company may read: all while the link stands; after its end what is still open, as with orders."""
    return or_(and_(Link.state != "ended", Link.blocked_at.is_(None)), ~is_over(at))


def queue_statement(vendor_id: bytes, *, after: Turn | None = None, who: bytes | None = None, whose: str = ALL) -> Select[Any]:
    """What waits for a company, by when it falls due: one range of one index."""
    wanted = _waiting.where(Ticket.vendor_id == vendor_id, Ticket.queue_at.is_not(None))
    if whose == MINE:
        wanted = wanted.where(Ticket.assignee_id == who)
    elif whose == NOBODYS:
        wanted = wanted.where(Ticket.assignee_id.is_(None))
    if after is not None:
        later = or_(Ticket.queue_at > after.queue_at, Ticket.id > after.id)
        wanted = wanted.where(Ticket.queue_at >= after.queue_at, later)
    return wanted.order_by(Ticket.queue_at, Ticket.id)


def queue_of(
    unit: Unit, vendor_id: bytes, *, after: Turn | None = None, who: bytes | None = None, whose: str = ALL, limit: int = PAGE
) -> tuple[list[Waiting], Turn | None]:
    """A page of the queue, what falls due first before all, and where the next begins."""
    statement = queue_statement(vendor_id, after=after, who=who, whose=whose).limit(limit + 1)
    rows = unit.connection.execute(statement).all()
    page = rows[:limit]
    following = Turn(page[-1].queue_at, page[-1].id) if len(rows) > limit else None
    return _rows(unit, page), following


def newest_of(
    unit: Unit, vendor_id: bytes, *, before: tuple[datetime, bytes] | None = None, limit: int = PAGE
) -> tuple[list[Waiting], tuple[datetime, bytes] | None]:
    """All conversations that a company may read, the newest first, and where the next page begins."""
    statement = _waiting.where(Ticket.vendor_id == vendor_id, stands(unit.at))
    if before is not None:
        at, id_ = before
        older = or_(Ticket.opened_at < at, Ticket.id < id_)
        statement = statement.where(Ticket.opened_at <= at, older)
    statement = statement.order_by(Ticket.opened_at.desc(), Ticket.id.desc()).limit(limit + 1)
    rows = unit.connection.execute(statement).all()
    page = rows[:limit]
    return _rows(unit, page), (page[-1].opened_at, page[-1].id) if len(rows) > limit else None


def late_of(unit: Unit, vendor_id: bytes) -> int:
    """How many promises are late now; no more than can be said are counted."""
    late = (Ticket.vendor_id == vendor_id, Ticket.queue_at < unit.at, Ticket.due_clock.is_not(None))
    some = select(Ticket.id).where(*late).limit(MOST_COUNTED + 1).subquery()
    return unit.connection.execute(select(func.count()).select_from(some)).scalar_one()


def _rows(unit: Unit, rows: Any) -> list[Waiting]:
    numbers = order_numbers(unit, {row.about_id for row in rows if row.about == ORDER})
    return [
        Waiting(
            **{name: getattr(row, name) for name in _OWN if name != "state"},
            state=state_at(row.state, row.resolved_at, unit.at),
            customer_number=row.customer_number,
            order_number=numbers.get(row.about_id),
        )
        for row in rows
    ]


def order_numbers(unit: Unit, ids: Collection[bytes]) -> dict[bytes, str]:
    """The numbers of some orders."""
    if not ids:
        return {}
    return {row.id: row.number for row in unit.connection.execute(select(Order.id, Order.number).where(Order.id.in_(ids)))}


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that the company noted for itself."""

    at: datetime
    action: str
    author_id: bytes | None
    to_id: bytes | None
    urgency: int | None
    words: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation as the company's people see it."""

    row: Any
    waiting: Waiting
    holder_id: bytes
    said: tuple[Said, ...]
    authors: Mapping[bytes, bytes]
    notes: tuple[Noted, ...]
    allowed: tuple[str, ...]
    clocks: dict[Name, Clock]
    needs_link: bool

    @property
    def state(self) -> str:
        """How it stands."""
        return self.waiting.state


def case_of(unit: Unit, vendor_id: bytes, number: str) -> Case:
    """One conversation of a company by its number; another's, and one that it may read no more, is NotFound."""
    columns = (Ticket.__table__, Customer.holder_id, Link.number.label("customer_number"), Link.state.label("link_state"))
    statement = (
        select(*columns, Link.blocked_at.label("link_blocked_at"))
        .join(Customer, Customer.id == Ticket.customer_id)
        .join(Link, Link.id == Ticket.link_id)
        .where(Ticket.vendor_id == vendor_id, Ticket.number == number, stands(unit.at))
    )
    row = unit.connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    (waiting,) = _rows(unit, [row])
    authors = select(TicketEvent.id, TicketEvent.author_id).where(TicketEvent.ticket_id == row.id)
    return Case(
        row=row,
        waiting=waiting,
        holder_id=row.holder_id,
        said=tuple(said_in(unit, row.holder_id, row.id)),
        authors={one.id: one.author_id for one in unit.connection.execute(authors) if one.author_id},
        notes=tuple(_notes(unit, row.holder_id, row.id)),
        allowed=() if row.link_blocked_at else allowed_actions(waiting.state, VENDOR),
        clocks=clocks_by_ticket(unit, [row])[row.id],
        needs_link=row.link_state != "ended" and row.link_blocked_at is None,
    )


def _notes(unit: Unit, holder_id: bytes, ticket_id: bytes) -> list[Noted]:
    box = unit.box(holder_id)
    rows = select(TicketNote.__table__).where(TicketNote.ticket_id == ticket_id).order_by(TicketNote.id)
    return [
        Noted(
            row.at,
            row.action,
            row.author_id,
            row.to_id,
            row.urgency,
            None if row.words is None else box.open("ticket_notes", "words", row.id, row.words),
        )
        for row in unit.connection.execute(rows)
    ]


def replies_of(unit: Unit, vendor_id: bytes) -> list[Any]:
    """The words that a company keeps for answers, by title."""
    rows = select(SavedReply.__table__).where(SavedReply.vendor_id == vendor_id).order_by(SavedReply.title)
    return list(unit.connection.execute(rows).all())
