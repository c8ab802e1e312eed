"""What a company does among itself: notes, whose it is, how soon it is needed, words kept for later, and what it promises."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.ids import digest, new_id
from portal.kernel.unit import Unit
from portal.tickets.clocks import VENDOR, WAITING_CUSTOMER, WAITING_THIRD
from portal.tickets.facts import (
    ReplyRemoved,
    ReplySaved,
    TicketHandedOver,
    TicketNoted,
    TicketsPromised,
    TicketWeighed,
)
from portal.tickets.machine import DEGREES, HAND_OVER, NOTE, WEIGH, priority_of
from portal.tickets.models import SavedReply, Ticket, TicketNote, TicketPromise
from portal.tickets.reads.rows import Held, ticket_of_vendor
from portal.tickets.service.saying import author_of, changed, step, was_done
from portal.vendors.reads import colleagues_of

PAUSES = (WAITING_CUSTOMER, WAITING_THIRD)


def note(unit: Unit, *, vendor_id: bytes, number: str, words: str, once: str | None = None) -> None:
    """Writes something down that only the company sees."""
    if not words.strip():
        raise Invalid("words-needed", fields={"words": "is needed here"})
    held = ticket_of_vendor(unit, vendor_id, number)
    _inside(unit, held, NOTE, once, words=words.strip())


def hand_over(unit: Unit, *, vendor_id: bytes, number: str, to: bytes | None, company_id: bytes | None = None) -> None:
    """Gives it to a colleague, or to nobody in particular. NotFound for somebody who does not act for the company."""
    held = ticket_of_vendor(unit, vendor_id, number)
    if to is not None and to not in {one.account_id for one in colleagues_of(unit, company_id or vendor_id)}:
        raise NotFound
    step(held.state(unit.at), VENDOR, HAND_OVER)
    if held.row.assignee_id == to:
        return
    same = (Ticket.id == held.row.id, Ticket.assignee_id.is_not_distinct_from(held.row.assignee_id))
    if unit.connection.execute(update(Ticket).where(*same).values(assignee_id=to)).rowcount != 1:
        raise changed(held.state(unit.at), VENDOR)
    _inside(unit, held, HAND_OVER, None, to=to)


def weigh(unit: Unit, *, vendor_id: bytes, number: str, urgency: int) -> None:
    """Says how soon it is needed; with how much it hinders, as the customer said, that makes its priority."""
    held = ticket_of_vendor(unit, vendor_id, number)
    if urgency not in DEGREES:
        raise Invalid("unknown-urgency", fields={"urgency": "is 1, 2 or 3"})
    step(held.state(unit.at), VENDOR, WEIGH)
    if held.row.urgency == urgency:
        return
    values = {"urgency": urgency, "priority": priority_of(held.row.impact, urgency)}
    unit.connection.execute(update(Ticket).where(Ticket.id == held.row.id).values(values))
    _inside(unit, held, WEIGH, None, urgency=urgency)


_FACTS = {NOTE: TicketNoted, HAND_OVER: TicketHandedOver, WEIGH: TicketWeighed}


def _inside(
    unit: Unit,
    held: Held,
    action: str,
    once: str | None,
    *,
    words: str | None = None,
    to: bytes | None = None,
    urgency: int | None = None,
) -> None:
    mark, id_ = None if once is None else digest(once), new_id()
    if mark is not None and was_done(unit, TicketNote, held.row.id, mark):
        return
    state = step(held.state(unit.at), VENDOR, action)
    sealed = None if words is None else unit.box(held.holder_id).seal("ticket_notes", "words", id_, words)
    row = {"id": id_, "ticket_id": held.row.id, "customer_id": held.row.customer_id, "at": unit.at, "action": action}
    unit.connection.execute(
        insert(TicketNote).values(
            **row, author_id=author_of(unit), to_id=to, urgency=urgency, words=sealed, once=mark
        )
    )
    about = {"holder": held.holder_id, "vendor": held.row.vendor_id, "link": held.row.link_id}
    unit.note(_FACTS[action](**about, about=("ticket", held.row.id), number=held.row.number, state=state))


def save_reply(unit: Unit, *, vendor_id: bytes, title: str, words: str) -> None:
    """Keeps words under a title; Conflict ``title-taken`` where there are some under it."""
    values = {"id": new_id(), "vendor_id": vendor_id, "title": title.strip(), "words": words.strip(), "saved_at": unit.at}
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(insert(SavedReply).values(values))
    except IntegrityError:
        raise Conflict("title-taken") from None
    unit.note(ReplySaved(vendor=vendor_id))


def remove_reply(unit: Unit, *, vendor_id: bytes, reply_id: bytes) -> None:
    """Keeps them no longer; removed before, it changes nothing."""
    theirs = (SavedReply.id == reply_id, SavedReply.vendor_id == vendor_id)
    if unit.connection.execute(delete(SavedReply).where(*theirs)).rowcount:
        unit.note(ReplyRemoved(vendor=vendor_id))


def promise(
    unit: Unit,
    *,
    vendor_id: bytes,
    zone: str,
    week: Sequence[Sequence[Sequence[int]]] | None,
    closed: Sequence[str],
    targets: Mapping[str, int],
) -> bytes:
    """What the company promises to conversations that begin from now on; those under way keep what they were promised."""
    values: dict[str, Any] = {"zone": zone, "week": week, "closed": list(closed), "targets": dict(targets)}
    id_ = new_id()
    made = {"id": id_, "vendor_id": vendor_id, "made_at": unit.at, "pause_on": list(PAUSES)}
    unit.connection.execute(insert(TicketPromise).values(**made, **values))
    unit.note(TicketsPromised(vendor=vendor_id, clocks=tuple(sorted(targets))))
    return id_
