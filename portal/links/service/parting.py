"""A prospect was not this person after all: the yes to earlier orders is taken back."""

from typing import Any

from sqlalchemy import select, update

from portal.customers import service as customers
from portal.kernel.ids import text_of
from portal.kernel.parting import Belongings
from portal.kernel.unit import Unit
from portal.links.facts import LinkParted
from portal.links.models import Fold, Link, PairwiseId
from portal.links.reads import Found, LinkView, link_by_number, link_of, my_fold
from portal.links.service.making import holder_of


def part(unit: Unit, *, fold_id: bytes) -> LinkView:
    """Undoes one of the actor's folds: link, number, id, keys and pseudonym are the prospect's own again, as they were.

    Gives the link that the person keeps, with all that they share under it. Said again it changes nothing.
    """
    found = my_fold(unit, fold_id)
    # Held, so that a vendor who is writing orders for either link is through, or sees where they belong now.
    unit.connection.execute(
        select(Link.id).where(Link.id.in_((found.link_id, found.source_id))).order_by(Link.id).with_for_update()
    )
    claimed = unit.connection.execute(
        update(Fold)
        .where(Fold.id == fold_id, Fold.customer_id == unit.actor.customer_id, Fold.parted_at.is_(None))
        .values(parted_at=unit.at)
    )
    if claimed.rowcount == 1:
        _part(unit, found)
    return link_of(unit, found.link_id)


def _part(unit: Unit, found: Found) -> None:
    parted = customers.part(unit, prospect_id=found.prospect_id, belongings=Belongings.of(found.belongings))
    own: dict[str, Any] = {"customer_id": found.prospect_id, "state": "prospect", "ended_at": None, "folded_into": None}
    unit.connection.execute(update(Link).where(Link.id == found.source_id).values(own))
    _give_number_back(unit, found)
    unit.connection.execute(
        update(PairwiseId).where(PairwiseId.sub == found.sub).values(link_id=found.source_id, own=True)
    )
    kept = link_of(unit, found.link_id)
    unit.note(
        LinkParted(
            holder=holder_of(unit, kept),
            vendor=kept.vendor_id,
            link=kept.id,
            source=text_of(found.source_id),
            parted=parted,
        )
    )


def _give_number_back(unit: Unit, found: Found) -> None:
    """The vendor's number leads to the prospect again, unless the vendor gave it to somebody else meanwhile."""
    kept = link_of(unit, found.link_id)
    if found.number is None:
        return
    if kept.number == found.number:
        unit.connection.execute(update(Link).where(Link.id == kept.id).values(number=None))
    if link_by_number(unit, kept.vendor_id, found.number) is None:
        unit.connection.execute(update(Link).where(Link.id == found.source_id).values(number=found.number))
