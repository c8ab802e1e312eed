"""A conversation begins: a customer's with a company, a company's with its customer, or one that goes on with a closed one."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select

from portal.audit.reads import look_of
from portal.customers.reads import value_of
from portal.grants.reads import grant_of
from portal.kernel.errors import Conflict, Invalid, NotFound, TooMany
from portal.kernel.i18n import zone
from portal.kernel.ids import digest, new_id, text_of
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, link_between, link_of
from portal.orders.reads import order_of
from portal.tickets.clocks import CUSTOMER, OPEN, VENDOR, WAITING_CUSTOMER
from portal.tickets.facts import TicketCreated
from portal.tickets.laws import Legal, law_of, legal_of
from portal.tickets.machine import COMPLAINT, ENTRY, FOLLOW, GRANT, MEDIUM, ORDER, priority_of
from portal.tickets.mailed.letters import BY_MAIL, ByMail
from portal.tickets.models import Ticket
from portal.tickets.numbers import new_number
from portal.tickets.promised import OPENED, Happened, clocks_of, promises_from, turn_of
from portal.tickets.reads.rows import my_ticket, newest_promise
from portal.tickets.service.saying import step, write_event
from portal.vendors.reads import vendor_of

MOST_A_DAY = 30
"""So many conversations one customer begins in a day."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class About:
    """What a conversation is about: an order, a permission, or a line of who looked."""

    kind: str
    id: bytes | None = None
    entry: int | None = None


@dataclass(frozen=True, kw_only=True)
class New:
    """A conversation that is to begin."""

    kind: str
    words: str
    impact: int = MEDIUM
    about: About | None = None
    follows: bytes | None = None
    vendor_number: str | None = None
    once: str | None = None
    by_mail: ByMail | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that began: by our id, and by the number that both know."""

    id: bytes
    number: str
    # What was said first; None where this very press had begun it before.
    message: bytes | None = None

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)


def start(unit: Unit, *, vendor_id: bytes, new: New) -> Opened:
    """The acting customer begins one with a company they are connected with, or were. Pressed twice, it begins once."""
    me, holder_id = unit.actor.customer_id, unit.actor.holder_id
    assert me is not None
    assert holder_id is not None
    before = _begun(unit, me, new.once)
    if before is not None:
        return before
    link = _link_with(unit, me, vendor_id)
    _check_about(unit, new.about, vendor_id)
    _check_pace(unit, me)
    return open_with(unit, link, holder_id, CUSTOMER, new)


def follow(
    unit: Unit, *, ticket_id: bytes, words: str, once: str | None = None, by_mail: ByMail | None = None
) -> Opened:
    """The customer writes on something that is closed: a new conversation begins, which is linked to it."""
    held = my_ticket(unit, ticket_id)
    before = _begun(unit, held.row.customer_id, once)
    if before is not None:
        return before
    step(held.state(unit.at), CUSTOMER, FOLLOW)
    if held.is_blocked:
        raise Conflict("blocked")
    _check_pace(unit, held.row.customer_id)
    row = held.row
    about = None if row.about is None else About(row.about, row.about_id, row.about_entry)
    new = New(kind=row.kind, words=words, impact=row.impact, about=about, follows=row.id, once=once, by_mail=by_mail)
    return open_with(unit, link_of(unit, row.link_id), held.holder_id, CUSTOMER, new)


def begin(unit: Unit, *, link: LinkView, holder_id: bytes, new: New) -> Opened:
    """A company begins one with a customer who is connected with it; Conflict ``not-linked`` for anybody else."""
    if link.state != "active" or not link.live:
        raise Conflict("not-linked", "This customer is not connected with you.")
    return open_with(unit, link, holder_id, VENDOR, new)


def _begun(unit: Unit, customer_id: bytes, once: str | None) -> Opened | None:
    if once is None:
        return None
    mine = (Ticket.customer_id == customer_id, Ticket.once == digest(once))
    row = unit.connection.execute(select(Ticket.id, Ticket.number).where(*mine)).one_or_none()
    return None if row is None else Opened(row.id, row.number)


def _link_with(unit: Unit, customer_id: bytes, vendor_id: bytes) -> LinkView:
    """Also one that has ended: whoever left a company may still have something to say to it."""
    link = link_between(unit, customer_id, vendor_id)
    if link is None or link.state == "prospect":
        raise NotFound
    if link.blocked_at is not None or vendor_of(unit, vendor_id).blocked_at is not None:
        raise Conflict("blocked")
    return link


def _check_about(unit: Unit, about: About | None, vendor_id: bytes) -> None:
    """Only what is the customer's own and has to do with this company; anything else is NotFound."""
    if about is None:
        return
    me = unit.actor.customer_id or b""
    if about.kind == ORDER:
        with_vendor = order_of(unit, me, about.id or b"").vendor_id
    elif about.kind == GRANT:
        with_vendor = grant_of(unit, about.id or b"").vendor_id
    elif about.kind == ENTRY and about.entry is not None:
        with_vendor = look_of(unit, unit.actor.holder_id or b"", zone(), about.entry).line.vendor or b""
    else:
        raise NotFound
    if with_vendor != vendor_id:
        raise NotFound


def _check_pace(unit: Unit, customer_id: bytes) -> None:
    lately = (Ticket.customer_id == customer_id, Ticket.opened_at > unit.at - _DAY, Ticket.opened_by == CUSTOMER)
    if unit.connection.execute(select(func.count()).select_from(Ticket).where(*lately)).scalar_one() >= MOST_A_DAY:
        raise TooMany("too-many", retry_after=int(_DAY.total_seconds()))


def open_with(unit: Unit, link: LinkView, holder_id: bytes, by: str, new: New) -> Opened:
    """Begins one under a link, whoever began it; whether they may is for whoever calls to know."""
    words = new.words.strip()
    if not words:
        raise Invalid("words-needed", fields={"words": "is needed here"})
    id_, number = new_id(), new_number(new.kind)
    unit.connection.execute(insert(Ticket).values(id=id_, number=number, **_values(unit, link, holder_id, by, new, id_)))
    state = OPEN if by == CUSTOMER else WAITING_CUSTOMER
    message = write_event(unit, id_, link.customer_id, holder_id, 1, by, OPENED, state, words, by_mail=new.by_mail)
    unit.note(
        TicketCreated(
            holder=holder_id,
            vendor=link.vendor_id,
            link=link.id,
            about=("ticket", id_),
            number=number,
            state=state,
            kind=new.kind,
            by=by,
            follows=None if new.follows is None else text_of(new.follows),
            way=None if new.by_mail is None else BY_MAIL,
        )
    )
    return Opened(id_, number, message)


def _values(unit: Unit, link: LinkView, holder_id: bytes, by: str, new: New, id_: bytes) -> dict[str, Any]:
    state, promise = OPEN if by == CUSTOMER else WAITING_CUSTOMER, newest_promise(unit, link.vendor_id)
    shown = clocks_of([Happened(unit.at, OPENED, by, state)], promises_from(promise), unit.at)
    about = new.about
    return {
        "customer_id": link.customer_id,
        "vendor_id": link.vendor_id,
        "link_id": link.id,
        "vendor_number": new.vendor_number,
        "kind": new.kind,
        "state": state,
        "version": 1,
        "impact": new.impact,
        "urgency": MEDIUM,
        "priority": priority_of(new.impact, MEDIUM),
        "about": None if about is None else about.kind,
        "about_id": None if about is None else about.id,
        "about_entry": None if about is None else about.entry,
        "follows_id": new.follows,
        "promise_id": None if promise is None else promise.id,
        "opened_by": by,
        "opened_at": unit.at,
        "changed_at": unit.at,
        **turn_of(state, unit.at, shown)._asdict(),
        "once": None if new.once is None else digest(new.once),
        **_legal(unit, link.customer_id, holder_id, new, id_),
    }


def _legal(unit: Unit, customer_id: bytes, holder_id: bytes, new: New, id_: bytes) -> dict[str, Any]:
    """Of a complaint: the law as it is for somebody who lives where the customer's own data say, on the day it arrived."""
    if new.kind != COMPLAINT:
        return {}
    address = value_of(unit, customer_id, "profile.address") or {}
    law, country = law_of(None if new.about is None else new.about.kind), address.get("country")
    found: Legal = legal_of(law, unit.at, zone(), country)
    kept = json.dumps({"law": law, "country": country})
    return {"legal_day": found.day, "legal": unit.box(holder_id).seal("tickets", "legal", id_, kept)}
