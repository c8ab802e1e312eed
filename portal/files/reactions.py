"""What files answer to: whoever is erased leaves none."""

from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.files.service import forget
from portal.kernel.unit import Unit


def forget_files(unit: Unit, fact: CustomerErased) -> None:
    """Answers CustomerErased with :func:`portal.files.service.forget`; notes FilesForgotten."""
    assert fact.holder is not None
    forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)
