"""What the room does beside its answers: it mails invitations, and forgets those that lapsed."""

from collections.abc import Callable, Iterator

from portal.kernel.house import House
from portal.kernel.jobs import Claimed, slow_job
from portal.kernel.unit import SYSTEM, Unit
from portal.links.service.inviting import SENDING
from portal.links.service.sending import forget_lapsed, send_due


@slow_job(SENDING)
def send(house: House, claimed: Claimed) -> None:
    """Mails what is due: whose turn it is stands in the rows, so that done twice it is done once."""
    for _ in send_invitations(house):
        pass


def send_invitations(house: House) -> Iterator[int]:
    """The same, reminders too, a slice a commit; gives how many each time."""
    return _slices(house, send_due)


def sweep(house: House) -> Iterator[int]:
    """Forgets what lapsed."""
    return _slices(house, forget_lapsed)


def _slices(house: House, work: Callable[[Unit], int]) -> Iterator[int]:
    while True:
        with house.writing(SYSTEM) as unit:
            count = work(unit)
        if not count:
            return
        yield count
