"""What the oauth room does beside its answers: it forgets what is dead."""

from collections.abc import Iterator

from portal.kernel import forgetting
from portal.kernel.house import House
from portal.oauth.service.sweeping import SWEEPS


def sweep(house: House) -> Iterator[int]:
    """Deletes dead tokens, codes and requests."""
    for dead, forget in SWEEPS:
        yield from forgetting.sweep(house, dead, forget)
