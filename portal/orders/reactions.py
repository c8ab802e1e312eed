"""What orders answer to: a prospect that turned out to be a person brings its orders along, and takes them back.

Whoever is erased leaves none.
"""

from portal.customers.facts import CustomerErased
from portal.customers.reads import customer_of_holder
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.links.facts import LinkFolded, LinkParted
from portal.links.reads import last_parted
from portal.orders.service import erasing, give_back, move


def move_found_orders(unit: Unit, fact: LinkFolded) -> None:
    """Answers LinkFolded with :func:`portal.orders.service.move`; notes OrdersMoved."""
    assert fact.link is not None
    move(unit, link_id=id_from(fact.source), into=fact.link, holder_id=fact.holder)


def give_found_orders_back(unit: Unit, fact: LinkParted) -> None:
    """Answers LinkParted with :func:`portal.orders.service.give_back`; notes OrdersMoved and FilesRemoved."""
    give_back(unit, found=last_parted(unit, id_from(fact.source)))


def forget_orders(unit: Unit, fact: CustomerErased) -> None:
    """Answers CustomerErased with :func:`portal.orders.service.erasing.forget`; notes OrdersForgotten."""
    assert fact.holder is not None
    erasing.forget(unit, customer_id=customer_of_holder(unit, fact.holder), holder_id=fact.holder)
