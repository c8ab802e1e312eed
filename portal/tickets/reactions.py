"""What conversations answer to: whoever is erased leaves none."""

from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.kernel.unit import Unit
from portal.tickets.service import erasing


def forget_tickets(unit: Unit, fact: CustomerErased) -> None:
    """Answers CustomerErased with :func:`portal.tickets.service.erasing.forget`; notes TicketsForgotten."""
    assert fact.holder is not None
    erasing.forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)
