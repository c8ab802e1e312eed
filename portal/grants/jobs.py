"""What the grants room does beside its answers: it forgets what nobody came for, and puts on record what is over."""

from collections.abc import Iterator

from portal.grants.service.expiring import ends_wait, tell_ends
from portal.grants.service.sweeping import forget_requests, unclaimed_requests
from portal.kernel import forgetting
from portal.kernel.house import House


def sweep(house: House) -> Iterator[int]:
    """Deletes requests that nobody opened in time."""
    return forgetting.sweep(house, unclaimed_requests, forget_requests)


def tell_over(house: House) -> int:
    """Puts the ends of permissions on record that have come since; gives how many."""
    told = 0
    while _waits(house):
        with house.writing() as unit:
            told += tell_ends(unit)
    return told


def _waits(house: House) -> bool:
    with house.reading() as unit:
        return ends_wait(unit)
