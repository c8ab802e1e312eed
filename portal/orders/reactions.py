"""What orders answer to: a prospect that turned out to be a person brings its orders along, and takes them back."""

from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.links.facts import LinkFolded, LinkParted
from portal.links.reads import last_parted
from portal.orders.service import give_back, move


def move_found_orders(unit: Unit, fact: LinkFolded) -> None:
    """Answers LinkFolded with :func:`portal.orders.service.move`; notes OrdersMoved."""
    assert fact.link is not None
    move(unit, link_id=id_from(fact.source), into=fact.link, holder_id=fact.holder)


def give_found_orders_back(unit: Unit, fact: LinkParted) -> None:
    """Answers LinkParted with :func:`portal.orders.service.give_back`; notes OrdersMoved."""
    give_back(unit, found=last_parted(unit, id_from(fact.source)))
