"""What happens elsewhere and ends permissions here, in the same transaction."""

from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.grants.service import end_grants_of_link, erasing
from portal.kernel.unit import Unit
from portal.links.facts import LinkBlocked, LinkEnded


def end_grants(unit: Unit, fact: LinkBlocked | LinkEnded) -> None:
    """A company was blocked, or the connection ended: nothing stays permitted."""
    assert fact.link is not None
    end_grants_of_link(unit, fact.link)


def forget_choices(unit: Unit, fact: CustomerErased) -> None:
    """A customer is erased: nothing stays permitted, asked or recorded."""
    assert fact.holder is not None
    erasing.forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)
