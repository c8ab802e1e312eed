"""What added orders answer to: whoever is erased leaves none."""

from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.kernel.unit import Unit
from portal.orders.added import service


def forget_added(unit: Unit, fact: CustomerErased) -> None:
    """Answers CustomerErased with :func:`portal.orders.added.service.forget`; notes AddedOrdersForgotten."""
    assert fact.holder is not None
    service.forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)
