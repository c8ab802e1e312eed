"""Conversations as their company's program reads them: what the customer wrote to it, and what it wrote itself.

Neither notes of the company's people nor anything that the customer said to others is in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from portal.files.shared import shared_file, told_of_file
from portal.grants.lease import OWN, Lease
from portal.grants.leases import own_leases
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.orders.shared.answers import as_time
from portal.tickets.clocks import CLOSED, RESOLVED, VENDOR, Clock
from portal.tickets.facts import CARE, TicketsDisclosed
from portal.tickets.machine import ORDER, allowed_actions, state_at
from portal.tickets.models import Ticket, TicketEvent
from portal.tickets.reads.attached import files_by_message, message_of_file
from portal.tickets.reads.desk import order_numbers, stands
from portal.tickets.reads.rows import clocks_by_ticket, is_over
from portal.vendors.things import ThingIds

MOST = 50
_CURSOR = "tickets.api"
WORDS = "ticket.words"
FILES = "ticket.files"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a program narrows its list to."""

    state: str | None = None
    customer: str | None = None

    @property
    def name(self) -> str:
        """As part of a cursor's audience: a cursor goes on with the list it was made for."""
        return f"{self.state}\0{self.customer}"


@dataclass(frozen=True, slots=True)
class Part:
    """What an answer tells of one customer."""

    lease: Lease
    count: int
    needs_link: bool
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """One file, and of whose conversation it is."""

    body: bytes = field(repr=False)
    part: Part


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out, and what of it goes on record."""

    value: dict[str, Any] = field(repr=False)
    parts: tuple[Part, ...]


def own_tickets(
    unit: Unit, vendor_id: bytes, *, cursor: str | None = None, limit: int = MOST, filters: Filters | None = None
) -> Answer:
    """A company's conversations, the one that changed last before all."""
    wanted = filters or Filters()
    audience = f"{text_of(vendor_id)}\0{wanted.name}"
    statement = _narrowed(unit, _statement(unit, vendor_id), wanted)
    if cursor is not None:
        value = open_cursor(unit.house, _CURSOR, audience, cursor)
        at, id_ = from_micros(value["t"]), id_from(value["i"])
        statement = statement.where(Ticket.opened_at <= at, or_(Ticket.opened_at < at, Ticket.id < id_))
    rows = unit.connection.execute(statement.limit(limit + 1)).all()
    page = rows[:limit]
    tickets, parts = _shown(unit, vendor_id, page)
    following = None
    if len(rows) > limit:
        place = {"t": micros(page[-1].opened_at), "i": text_of(page[-1].id)}
        following = seal_cursor(unit.house, _CURSOR, audience, place)
    return Answer({"tickets": tickets, "next": following}, parts)


def own_ticket(unit: Unit, vendor_id: bytes, number: str) -> Answer | None:
    """One of them, by the number that both know or by the company's own; None where there is none for it to read."""
    named = or_(Ticket.number == number, Ticket.vendor_number == number)
    rows = unit.connection.execute(_statement(unit, vendor_id).where(named).limit(1)).all()
    if not rows:
        return None
    tickets, parts = _shown(unit, vendor_id, rows)
    return Answer(tickets[0], parts)


def own_file(unit: Unit, vendor_id: bytes, number: str, file: str) -> FileAnswer | None:
    """A file of one of them, by the company's own id for it; None where there is none for it to read."""
    named = or_(Ticket.number == number, Ticket.vendor_number == number)
    row = unit.connection.execute(_statement(unit, vendor_id).where(named).limit(1)).one_or_none()
    if row is None:
        return None
    file_id = ThingIds(unit.house.keys, vendor_id).id_from("file", file)
    found = shared_file(unit, row.customer_id, message_of_file(unit, row.customer_id, row.id, file_id), file_id)
    lease = own_leases(unit, vendor_id=vendor_id, link_ids={row.link_id})[row.link_id]
    return FileAnswer(found.body, Part(lease, 1, bool(row.link_stands)))


def _statement(unit: Unit, vendor_id: bytes) -> Select[Any]:
    link_stands = and_(Link.state != "ended", Link.blocked_at.is_(None)).label("link_stands")
    # Whoever has no account yet and is known by no number came by the company's own link.
    guest = and_(Link.state == "prospect", Link.number.is_(None)).label("is_guest")
    theirs = (Link.number.label("customer_number"), Link.blocked_at.label("link_blocked_at"), link_stands, guest)
    columns = (Ticket.__table__, *theirs)
    mine = select(*columns).join(Link, Link.id == Ticket.link_id).where(Ticket.vendor_id == vendor_id, stands(unit.at))
    return mine.order_by(Ticket.opened_at.desc(), Ticket.id.desc())


def _narrowed(unit: Unit, statement: Select[Any], wanted: Filters) -> Select[Any]:
    if wanted.customer is not None:
        statement = statement.where(Link.number == wanted.customer)
    return statement if wanted.state is None else statement.where(_is_in(wanted.state, unit))


def _is_in(state: str, unit: Unit) -> ColumnElement[bool]:
    if state == CLOSED:
        return is_over(unit.at)
    return and_(Ticket.state == state, ~is_over(unit.at)) if state == RESOLVED else Ticket.state == state


def _shown(unit: Unit, vendor_id: bytes, page: Sequence[Any]) -> tuple[list[dict[str, Any]], tuple[Part, ...]]:
    if not page:
        return [], ()
    leases = own_leases(unit, vendor_id=vendor_id, link_ids={row.link_id for row in page})
    messages = _messages(unit, vendor_id, page, leases)
    orders = order_numbers(unit, {row.about_id for row in page if row.about == ORDER})
    clocks = clocks_by_ticket(unit, page)
    shown = [_ticket(unit, row, leases[row.link_id], messages[row.id], orders, clocks[row.id]) for row in page]
    return shown, tuple(_parts(page, leases, {id_ for id_, said in messages.items() if any(one["files"] for one in said)}))


def _parts(page: Sequence[Any], leases: Mapping[bytes, Lease], filed: set[bytes]) -> Sequence[Part]:
    counted = {link_id: [row for row in page if row.link_id == link_id] for link_id in leases}
    return [
        Part(leases[link_id], len(rows), bool(rows[0].link_stands), any(row.id in filed for row in rows))
        for link_id, rows in counted.items()
        if rows
    ]


def _messages(
    unit: Unit, vendor_id: bytes, page: Sequence[Any], leases: Mapping[bytes, Lease]
) -> dict[bytes, list[dict[str, Any]]]:
    boxes = unit.boxes({lease.holder_id for lease in leases.values()})
    holder = {row.id: leases[row.link_id].holder_id for row in page}
    found: dict[bytes, list[dict[str, Any]]] = {row.id: [] for row in page}
    wanted = select(TicketEvent.__table__).where(TicketEvent.ticket_id.in_(list(found)))
    rows = unit.connection.execute(wanted.order_by(TicketEvent.ticket_id, TicketEvent.position)).all()
    files, ids = files_by_message(unit, [row.id for row in rows if row.words is not None]), ThingIds(unit.house.keys, vendor_id)
    for row in rows:
        box = boxes[holder[row.ticket_id]]
        found[row.ticket_id].append(
            {
                "version": row.position,
                "at": as_time(row.at),
                "by": row.by,
                "action": row.action,
                "state": row.state,
                "words": None if row.words is None else box.open("ticket_events", "words", row.id, row.words),
                "way": row.way,
                "files": [told_of_file(ids, file) for file in files.get(row.id, ())],
            }
        )
    return found


def _ticket(
    unit: Unit, row: Any, lease: Lease, said: list[dict[str, Any]], orders: Mapping[bytes, str], clocks: Mapping[Any, Clock]
) -> dict[str, Any]:
    state = state_at(row.state, row.resolved_at, unit.at)
    return {
        "ticket": row.number,
        "number": row.vendor_number,
        "sub": lease.sub,
        "customer": row.customer_number,
        "guest": bool(row.is_guest),
        "kind": row.kind,
        "state": state,
        "version": row.version,
        "impact": row.impact,
        "urgency": row.urgency,
        "priority": row.priority,
        "order": orders.get(row.about_id) if row.about == ORDER else None,
        "opened_by": row.opened_by,
        "opened_at": as_time(row.opened_at),
        "changed_at": as_time(row.changed_at),
        "call_wanted_at": as_time(row.call_wanted_at),
        "legal_day": None if row.legal_day is None else row.legal_day.isoformat(),
        "clocks": [_clock(clock) for clock in clocks.values() if clock.left is not None],
        "allowed_actions": [] if row.link_blocked_at else [one for one in allowed_actions(state, VENDOR) if one != "hand_over"],
        "messages": said,
    }


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "name": clock.name.value,
        "standing": clock.standing.value,
        "due_at": as_time(clock.due_at),
        "seconds_left": None if clock.left is None else int(clock.left.total_seconds()),
        "is_late": clock.is_late,
    }


def tickets_disclosed(
    part: Part, *, token: str | None, test: bool, personal: Mapping[str, str], only: tuple[str, ...] = ()
) -> TicketsDisclosed:
    """The entry of what leaves of one customer's conversations: words, and what their files are called; ``only`` else."""
    lease, left = part.lease, only or ((WORDS, FILES) if part.has_files else (WORDS,))
    return TicketsDisclosed(
        holder=lease.holder_id,
        vendor=lease.vendor_id,
        link=lease.link_id,
        basis=OWN,
        purpose=CARE,
        asked=left,
        given=left,
        count=part.count,
        token=token,
        test=test,
        personal=personal,
    )
