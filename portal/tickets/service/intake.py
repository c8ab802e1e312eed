"""What a company's program sends, many at a time: each item is done or refused by itself, in a unit of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from portal.customers.reads import customer_of
from portal.kernel.errors import Conflict, Invalid, NotFound, Problem, Refused
from portal.kernel.ids import new_id
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, link_by_number
from portal.orders.reads import known_orders
from portal.tickets.facts import InteractionTold
from portal.tickets.machine import NOTE, ORDER, WEIGH
from portal.tickets.models import Interaction, Ticket
from portal.tickets.reads.rows import ticket_of_vendor
from portal.tickets.service.inside import note, weigh
from portal.tickets.service.opening import About, New, begin
from portal.tickets.service.saying import answer, in_turn
from portal.tickets.shapes import InteractionIn, Refusal, TicketActionIn, TicketIn, parse

Writing = Callable[[], AbstractContextManager[Unit]]
CREATED, UNCHANGED, DONE, REFUSED = "created", "unchanged", "done", "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item; ``ticket`` is the number that both know."""

    outcome: str
    number: str | None = None
    ticket: str | None = None
    refusal: Refusal | None = None

    def as_json(self) -> dict[str, Any]:
        """As the API says it."""
        why = {} if self.refusal is None else self.refusal.model_dump(exclude_none=True)
        ticket = {} if self.ticket is None else {"ticket": self.ticket}
        return {"number": self.number, "outcome": self.outcome, **ticket, **why}


Note = Callable[[Unit, Sequence[Result]], None]
"""Called within the unit that writes these results, before it commits."""
Work = Callable[[Unit, Any], Result]


def take_all(writing: Writing, kind: Any, items: Sequence[Any], work: Work, note: Note) -> Iterator[Result]:
    """Does the items in their order, a commit each. Who is cut off goes on where they stopped."""
    for item in items:
        wanted = parse(kind, item)
        yield _taken(writing, wanted, _named(item), work, note)


def _named(item: Any) -> str | None:
    number = item.get("number", item.get("ticket")) if isinstance(item, dict) else None
    return number if isinstance(number, str) and len(number) <= 64 and number.isascii() else None


def _taken(writing: Writing, wanted: Any, number: str | None, work: Work, note: Note) -> Result:
    def one(unit: Unit) -> Result:
        result = work(unit, wanted)
        note(unit, [result])
        return result

    refusal = wanted
    if not isinstance(wanted, Refusal):
        try:
            return in_turn(writing, one)
        except (Conflict, Invalid, NotFound, Refused) as problem:
            refusal = _why(problem)
    refused = Result(REFUSED, number, refusal=refusal)
    with writing() as unit:
        note(unit, [refused])
    return refused


def _why(problem: Problem) -> Refusal:
    allowed = problem.extra.get("allowed")
    field = next(iter(problem.fields), problem.extra.get("field"))
    return Refusal(
        reason=problem.reason,
        field=field,
        detail=problem.detail,
        allowed_actions=None if allowed is None else list(allowed),
    )


def begin_one(unit: Unit, vendor_id: bytes, item: TicketIn) -> Result:
    """Begins a conversation; told before under this number, with the same customer, it changes nothing."""
    link = _link(unit, vendor_id, item.customer)
    known = select(Ticket.number, Ticket.customer_id).where(Ticket.vendor_id == vendor_id)
    before = unit.connection.execute(known.where(Ticket.vendor_number == item.number)).one_or_none()
    if before is not None:
        if before.customer_id != link.customer_id:
            raise Conflict("number-taken", "This number is another customer's conversation.", field="number")
        return Result(UNCHANGED, item.number, before.number)
    about, holder_id = _about(unit, vendor_id, link, item.order), _holder(unit, link)
    new = New(kind=item.kind, words=item.words, impact=item.impact, about=about, vendor_number=item.number)
    made = begin(unit, link=link, holder_id=holder_id, new=new)
    return Result(CREATED, item.number, made.number)


def do_one(unit: Unit, vendor_id: bytes, item: TicketActionIn) -> Result:
    """Does something in a conversation."""
    which: dict[str, Any] = {"vendor_id": vendor_id, "number": item.ticket}
    if item.action == NOTE:
        note(unit, **which, words=item.words or "")
    elif item.action == WEIGH:
        weigh(unit, **which, urgency=item.urgency or 0)
    else:
        answer(unit, **which, action=item.action, words=item.words, seen=item.version)
    return Result(DONE, item.ticket, item.ticket)


def tell_one(unit: Unit, vendor_id: bytes, item: InteractionIn, *, test: bool = False) -> Result:
    """Puts a call or a visit into the customer's history; told before under this number, it changes nothing."""
    link = _link(unit, vendor_id, item.customer)
    known = select(Interaction.customer_id).where(Interaction.vendor_id == vendor_id, Interaction.number == item.number)
    before = unit.connection.execute(known).one_or_none()
    if before is not None:
        if before.customer_id != link.customer_id:
            raise Conflict("number-taken", "This number is another customer's.", field="number")
        return Result(UNCHANGED, item.number)
    id_, holder_id = new_id(), _holder(unit, link)
    sealed = None if item.words is None else unit.box(holder_id).seal("interactions", "words", id_, item.words)
    unit.connection.execute(
        insert(Interaction).values(
            id=id_,
            customer_id=link.customer_id,
            vendor_id=vendor_id,
            link_id=link.id,
            ticket_id=_ticket(unit, vendor_id, link, item.ticket),
            number=item.number,
            channel=item.channel,
            initiated_by=item.initiated_by,
            at=item.at,
            words=sealed,
            told_at=unit.at,
        )
    )
    about: dict[str, Any] = {"holder": holder_id, "vendor": vendor_id, "link": link.id, "about": ("interaction", id_)}
    unit.note(InteractionTold(**about, channel=item.channel, test=test))
    return Result(CREATED, item.number, item.ticket)


def _link(unit: Unit, vendor_id: bytes, number: str) -> LinkView:
    link = link_by_number(unit, vendor_id, number)
    if link is None:
        raise Conflict("unknown-customer", "You told us of no such customer.", field="customer")
    if link.state != "active" or not link.live:
        raise Conflict("not-linked", "This customer is not connected with you.", field="customer")
    return link


def _holder(unit: Unit, link: LinkView) -> bytes:
    return customer_of(unit, link.customer_id).holder_id


def _about(unit: Unit, vendor_id: bytes, link: LinkView, order: str | None) -> About | None:
    if order is None:
        return None
    row = known_orders(unit, vendor_id, [order]).get(order)
    if row is None or row.customer_id != link.customer_id:
        raise Conflict("unknown-order", "You told us of no such order of this customer.", field="order")
    return About(ORDER, row.id)


def _ticket(unit: Unit, vendor_id: bytes, link: LinkView, number: str | None) -> bytes | None:
    if number is None:
        return None
    row = ticket_of_vendor(unit, vendor_id, number).row
    if row.customer_id != link.customer_id:
        raise Conflict("unknown-ticket", "This conversation is another customer's.", field="ticket")
    found: bytes = row.id
    return found

