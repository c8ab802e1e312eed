"""A conversation as its customer sees it. Nothing here reads what a company noted for itself."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.orm import aliased

from portal.kernel.errors import NotFound
from portal.kernel.i18n import zone
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.tickets.clocks import CLOSED, CUSTOMER, RESOLVED, Clock, Name
from portal.tickets.laws import Legal, legal_of
from portal.tickets.machine import CLOSE, GRACE, RATE, RESOLVE, allowed_actions, state_at
from portal.tickets.mailed.letters import BY_MAIL
from portal.tickets.models import Ticket, TicketEvent, TicketRating
from portal.tickets.promised import alarm_of, next_due
from portal.tickets.reads.rows import clocks_by_ticket
from portal.vendors.models import Vendor

PAGE = 25


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list of conversations, the latest first."""

    changed_at: datetime
    id: bytes


@dataclass(frozen=True, slots=True)
class TicketView:
    """One conversation in a list."""

    id: bytes
    number: str
    kind: str
    state: str
    vendor_id: bytes
    vendor: str
    link_id: bytes
    about: str | None
    about_id: bytes | None
    about_entry: int | None
    follows_id: bytes | None
    impact: int
    opened_by: str
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    call_wanted_at: datetime | None
    version: int
    clocks: dict[Name, Clock]

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)

    @property
    def is_over(self) -> bool:
        """Whether it is closed."""
        return self.state == CLOSED

    @property
    def due(self) -> Clock | None:
        """The promise that falls due next."""
        return next_due(self.clocks)

    def alarm(self, now: datetime) -> str | None:
        """Whether a promise is late or nearly so."""
        return alarm_of(self.due, now)


@dataclass(frozen=True, slots=True)
class Said:
    """Something that happened in a conversation, with what was said."""

    id: bytes
    at: datetime
    action: str
    by: str
    state: str
    words: str | None
    score: int | None = None
    # Whether it came by mail; and of its files those that were left out: what each was called, and the code of why.
    by_mail: bool = False
    left_out: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation whole: what was said, what may be done, and what the law says of a complaint."""

    ticket: TicketView
    said: tuple[Said, ...]
    allowed: tuple[str, ...]
    legal: Legal | None
    follows: tuple[bytes, str] | None
    followed_by: tuple[tuple[bytes, str], ...]
    ending: Said | None

    @property
    def reopen_until(self) -> datetime | None:
        """Until when it can be opened again."""
        at = self.ticket.resolved_at
        return None if at is None or self.ticket.state != RESOLVED else at + GRACE


def _mine(customer_id: bytes) -> Select[Any]:
    mine = select(Ticket.__table__, Vendor.name.label("vendor")).join(Vendor, Vendor.id == Ticket.vendor_id)
    return mine.where(Ticket.customer_id == customer_id)


def tickets_of(
    unit: Unit, customer_id: bytes, *, after: Place | None = None, limit: int = PAGE
) -> tuple[list[TicketView], Place | None]:
    """A customer's conversations with all companies, the latest first, and where the next page begins."""
    statement = _mine(customer_id).order_by(Ticket.changed_at.desc(), Ticket.id.desc())
    if after is not None:
        older = and_(Ticket.changed_at == after.changed_at, Ticket.id < after.id)
        statement = statement.where(or_(Ticket.changed_at < after.changed_at, older))
    rows = unit.connection.execute(statement.limit(limit + 1)).all()
    page = rows[:limit]
    return views(unit, page), Place(page[-1].changed_at, page[-1].id) if len(rows) > limit else None


def tickets_about(unit: Unit, customer_id: bytes, about_id: bytes) -> list[TicketView]:
    """A customer's conversations about one order or permission, the latest first."""
    about = _mine(customer_id).where(Ticket.about_id == about_id).order_by(Ticket.changed_at.desc())
    return views(unit, unit.connection.execute(about.limit(PAGE)).all())


def views(unit: Unit, rows: Sequence[Row[Any]]) -> list[TicketView]:
    """Rows as a list shows them, each with its clocks."""
    shown = clocks_by_ticket(unit, rows)
    own = [name for name in TicketView.__slots__ if name not in ("state", "clocks")]
    return [
        TicketView(
            **{name: getattr(row, name) for name in own},
            state=state_at(row.state, row.resolved_at, unit.at),
            clocks=shown[row.id],
        )
        for row in rows
    ]


def thread_of(unit: Unit, customer_id: bytes, holder_id: bytes, ticket_id: bytes) -> Thread:
    """One conversation of this customer; anybody else's is NotFound."""
    row = unit.connection.execute(_mine(customer_id).where(Ticket.id == ticket_id)).one_or_none()
    if row is None:
        raise NotFound
    (ticket,) = views(unit, [row])
    said = said_in(unit, holder_id, ticket_id)
    ending = next((one for one in reversed(said) if one.action in (RESOLVE, CLOSE)), None)
    allowed = allowed_actions(ticket.state, CUSTOMER)
    if ending is None or ending.score is not None:
        allowed = tuple(action for action in allowed if action != RATE)
    return Thread(
        ticket=ticket,
        said=tuple(said),
        allowed=allowed,
        legal=legal_in(unit, holder_id, row),
        follows=next(iter(_numbers(unit, customer_id, Ticket.id == row.follows_id)), None),
        followed_by=tuple(_numbers(unit, customer_id, Ticket.follows_id == row.id)),
        ending=ending if ticket.state in (RESOLVED, CLOSED) else None,
    )


def said_in(unit: Unit, holder_id: bytes, ticket_id: bytes) -> list[Said]:
    """What happened in a conversation and both see, with the words opened, in order."""
    box, rating = unit.box(holder_id), aliased(TicketRating)
    columns: tuple[Any, ...] = (TicketEvent.id, TicketEvent.at, TicketEvent.action, TicketEvent.by, TicketEvent.state)
    columns += (TicketEvent.words, TicketEvent.way, TicketEvent.left_out)
    statement = (
        select(*columns, rating.score)
        .outerjoin(rating, rating.event_id == TicketEvent.id)
        .where(TicketEvent.ticket_id == ticket_id)
        .order_by(TicketEvent.position)
    )
    return [
        Said(
            id=row.id,
            at=row.at,
            action=row.action,
            by=row.by,
            state=row.state,
            words=None if row.words is None else box.open("ticket_events", "words", row.id, row.words),
            score=row.score,
            by_mail=row.way == BY_MAIL,
            left_out=_left_out(box, row),
        )
        for row in unit.connection.execute(statement)
    ]


def _left_out(box: Any, row: Any) -> list[tuple[str, str]]:
    if row.left_out is None:
        return []
    return [(name, why) for name, why in json.loads(box.open("ticket_events", "left_out", row.id, row.left_out))]


def last_ending(unit: Unit, ticket_id: bytes) -> bytes | None:
    """The event by which a conversation ended last."""
    endings = (TicketEvent.ticket_id == ticket_id, TicketEvent.action.in_((RESOLVE, CLOSE)))
    statement = select(TicketEvent.id).where(*endings).order_by(TicketEvent.position.desc()).limit(1)
    return unit.connection.execute(statement).scalar()


def legal_in(unit: Unit, holder_id: bytes, row: Any) -> Legal | None:
    """What the law says of a complaint, by the day that was reckoned when it arrived."""
    if row.legal is None:
        return None
    kept = json.loads(unit.box(holder_id).open("tickets", "legal", row.id, row.legal))
    found = legal_of(kept["law"], row.opened_at, zone(), kept["country"])
    return Legal(found.law, row.legal_day, found.authority)


def _numbers(unit: Unit, customer_id: bytes, *which: Any) -> list[tuple[bytes, str]]:
    statement = select(Ticket.id, Ticket.number).where(Ticket.customer_id == customer_id, *which).order_by(Ticket.id)
    return [(row.id, row.number) for row in unit.connection.execute(statement)]
