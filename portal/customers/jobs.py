"""What the room does after its answers have left."""

from collections.abc import Iterator
from typing import Any

from portal.customers import service
from portal.customers.reads import without_index
from portal.kernel import bring_ups, mail
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.jobs import Again, Claimed, job, slow_job
from portal.kernel.unit import SYSTEM, Unit

_TELEPHONES = "telephones"


@job("customers.erase")
def erase(unit: Unit, payload: dict[str, Any]) -> None:
    """Erases a customer whose week is over."""
    if service.erase_due(unit, customer_id=id_from(payload["customer"])):
        # Of its own: every job of the person is over with their keys, this one too.
        unit.enqueue("customers.scrub", {})


def index_older(house: House, most: int = 50) -> Iterator[int]:
    """Brings the numbers of profiles that are older than the look-up by telephone into the index, a slice a commit.

    Once in a database's life: how far it came is kept with each slice, and a start after the last one looks at nobody.
    Gives how many a slice had.
    """
    with house.reading(SYSTEM) as unit:
        after = bring_ups.goes_on_after(unit, _TELEPHONES)
    while after is not None:
        with house.reading(SYSTEM) as unit:
            found = without_index(unit, after, most)
        after = found[-1] if found else None
        with house.writing(SYSTEM) as unit:
            bring_ups.came_to(unit, _TELEPHONES, after)
            count = service.index_older(unit, found)
        yield count


@slow_job("customers.scrub")
def scrub(house: House, claimed: Claimed) -> None:
    """After an erasure: what files still hold of the keys, and of letters."""
    house.lead()
    mail.forget_files(house)
    if not house.scrub():
        raise Again("somebody-reads-an-old-state")
