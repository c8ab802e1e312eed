"""What conversations answer to: erasing, a guest who turns out to be somebody, and answers that a guest waits for."""

from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.links.facts import LinkFolded
from portal.links.reads import link_of
from portal.tickets.facts import TicketAnswered, TicketResolved
from portal.tickets.service import erasing, guests


def forget_tickets(unit: Unit, fact: CustomerErased) -> None:
    """Answers CustomerErased with :func:`portal.tickets.service.erasing.forget`; notes TicketsForgotten."""
    assert fact.holder is not None
    erasing.forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)


def move_found_conversations(unit: Unit, fact: LinkFolded) -> None:
    """Answers LinkFolded with :func:`portal.tickets.service.guests.move`; notes TicketsMoved and FilesMoved."""
    assert fact.link is not None
    assert fact.holder is not None
    customer_id = link_of(unit, fact.link).customer_id
    guests.move(unit, link_id=id_from(fact.source), into=fact.link, customer_id=customer_id, holder_id=fact.holder)


def write_to_guest(unit: Unit, fact: TicketAnswered | TicketResolved) -> None:
    """Answers TicketAnswered and TicketResolved with :func:`portal.tickets.service.guests.mail_answer`; notes GuestMailed."""
    assert fact.about is not None
    guests.mail_answer(unit, ticket_id=fact.about[1])
