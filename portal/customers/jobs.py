"""What the room does after its answers have left."""

from typing import Any

from portal.customers import service
from portal.kernel import mail
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.jobs import Again, Claimed, job, slow_job
from portal.kernel.unit import Unit


@job("customers.erase")
def erase(unit: Unit, payload: dict[str, Any]) -> None:
    """Erases a customer whose week is over."""
    if service.erase_due(unit, customer_id=id_from(payload["customer"])):
        # Of its own: every job of the person is over with their keys, this one too.
        unit.enqueue("customers.scrub", {})


@slow_job("customers.scrub")
def scrub(house: House, claimed: Claimed) -> None:
    """After an erasure: what files still hold of the keys, and of letters."""
    house.lead()
    mail.forget_files(house)
    if not house.scrub():
        raise Again("somebody-reads-an-old-state")
