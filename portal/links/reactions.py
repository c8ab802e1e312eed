"""What links answer to facts of other rooms."""

from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.kernel.unit import Unit
from portal.links.service import forget


def end_links(unit: Unit, fact: CustomerErased) -> None:
    """Answers CustomerErased with :func:`portal.links.service.forget`; notes LinkEnded and LinksForgotten."""
    assert fact.holder is not None
    forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)
