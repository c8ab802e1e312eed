"""How a customer found one ending of a conversation."""

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from portal.kernel.errors import Conflict, Invalid
from portal.kernel.unit import Unit
from portal.tickets.clocks import CUSTOMER
from portal.tickets.facts import TicketRated
from portal.tickets.machine import RATE
from portal.tickets.models import TicketRating
from portal.tickets.reads.rows import my_ticket
from portal.tickets.reads.threads import last_ending
from portal.tickets.service.saying import step

SCORES = (1, 2, 3, 4, 5)


def rate(unit: Unit, *, ticket_id: bytes, event_id: bytes, score: int) -> None:
    """One answer to one ending; said again it changes nothing, and of an ending that is not the last it is Conflict."""
    if score not in SCORES:
        raise Invalid("unknown-score", fields={"score": "is a number from 1 to 5"})
    held = my_ticket(unit, ticket_id)
    state = step(held.state(unit.at), CUSTOMER, RATE)
    if last_ending(unit, held.row.id) != event_id:
        raise Conflict("changed")
    values = {"event_id": event_id, "ticket_id": held.row.id, "customer_id": held.row.customer_id, "score": score}
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(insert(TicketRating).values(**values, vendor_id=held.row.vendor_id, at=unit.at))
    except IntegrityError:
        return
    about = {"holder": held.holder_id, "vendor": held.row.vendor_id, "link": held.row.link_id}
    unit.note(TicketRated(**about, about=("ticket", held.row.id), number=held.row.number, state=state))
