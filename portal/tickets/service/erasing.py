"""A customer is erased: their conversations go. Companies keep what they have of them elsewhere."""

from sqlalchemy import delete, or_, select, update

from portal.kernel.unit import Unit
from portal.tickets.facts import TicketsForgotten
from portal.tickets.models import Guest, Interaction, Ticket, TicketEvent, TicketNote, TicketRating


def forget(unit: Unit, *, customer_id: bytes, holder_id: bytes) -> None:
    """Deletes all that was said, by either side, and all that was noted."""
    mine = Ticket.customer_id == customer_id
    in_mine = select(Ticket.id).where(mine)
    unit.connection.execute(delete(Guest).where(Guest.ticket_id.in_(in_mine)))
    for model in (TicketRating, TicketNote, Interaction, TicketEvent):
        # Also what was noted at the moment in which a guest's conversation became theirs.
        theirs = or_(model.customer_id == customer_id, model.ticket_id.in_(in_mine))
        unit.connection.execute(delete(model).where(theirs))
    unit.connection.execute(update(Ticket).where(mine).values(follows_id=None))
    count = unit.connection.execute(delete(Ticket).where(mine)).rowcount
    unit.note(TicketsForgotten(holder=holder_id, count=count))
