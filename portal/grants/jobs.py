"""What the grants room does beside its answers: it forgets what nobody came for."""

from collections.abc import Iterator

from portal.grants.service.sweeping import forget_requests, unclaimed_requests
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM


def sweep(house: House) -> Iterator[int]:
    """Deletes requests that nobody opened in time, a slice a commit; gives how many each time."""
    after = b""
    while True:
        with house.reading(SYSTEM) as unit:
            ids = unclaimed_requests(unit, after)
        if not ids:
            return
        with house.writing(SYSTEM) as unit:
            gone = forget_requests(unit, ids)
        yield gone
        after = ids[-1]
