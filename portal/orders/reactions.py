"""What orders answer to: a prospect that turned out to be a person brings its orders along."""

from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.links.facts import LinkFolded
from portal.orders.service import move


def move_found_orders(unit: Unit, fact: LinkFolded) -> None:
    """Answers LinkFolded with :func:`portal.orders.service.move`; notes OrdersMoved."""
    assert fact.link is not None
    move(unit, link_id=id_from(fact.source), into=fact.link, holder_id=fact.holder)
