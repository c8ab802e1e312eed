"""What is done about withdrawals without an account after an answer has left: links are mailed, and what is over goes."""

from collections.abc import Iterator
from typing import Any

from portal.kernel import forgetting
from portal.kernel.house import House
from portal.kernel.jobs import job
from portal.kernel.unit import Unit
from portal.orders.demands.guests import service
from portal.orders.demands.guests.service.linking import SENDING


@job(SENDING)
def send_link(unit: Unit, payload: dict[str, Any]) -> None:
    """The link, to whoever reads mail at the address."""
    unit.personal(address=payload["address"], agent=payload["agent"])
    service.send_link(unit, company=payload["company"], email=payload["email"])


def sweep(house: House) -> Iterator[int]:
    """Forgets what is over, a slice a commit; gives how many each time."""
    return forgetting.sweep(house, service.dead, service.forget)
