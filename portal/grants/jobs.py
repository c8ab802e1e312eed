"""What the grants room does beside its answers: it forgets what nobody came for."""

from collections.abc import Iterator

from portal.grants.service.sweeping import forget_requests, unclaimed_requests
from portal.kernel import forgetting
from portal.kernel.house import House


def sweep(house: House) -> Iterator[int]:
    """Deletes requests that nobody opened in time."""
    return forgetting.sweep(house, unclaimed_requests, forget_requests)
