"""What the oauth room does beside its answers: it forgets what is dead."""

from collections.abc import Iterator

from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.oauth.service.sweeping import SWEEPS


def sweep(house: House) -> Iterator[int]:
    """Deletes dead tokens, codes and requests, a slice a commit; gives how many each time, so that one can stop between."""
    for dead, forget in SWEEPS:
        after = b""
        while True:
            with house.reading(SYSTEM) as unit:
                ids = dead(unit, after)
            if not ids:
                break
            with house.writing(SYSTEM) as unit:
                gone = forget(unit, ids)
            yield gone
            after = ids[-1]
