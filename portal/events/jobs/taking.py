"""From the log to what an endpoint is to be told; and forgetting what was told long ago."""

from collections.abc import Iterator

from portal.events.reads import endpoints_behind, find_endpoint
from portal.events.reads.due import Behind
from portal.events.service import forget_deliveries, old_deliveries, queue_again, queue_news
from portal.events.shared import happened_from
from portal.kernel import forgetting
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM

_LAGS = 1000
"""Entries that concern nobody before an endpoint's place is moved past them: it costs a commit."""


def sweep(house: House) -> Iterator[int]:
    """Deletes what was told longer ago than the feed goes back, a slice a commit."""
    return forgetting.sweep(house, old_deliveries, forget_deliveries)


Looked = dict[bytes, int]
"""How far a worker has looked through the log for each endpoint, past entries that concern nobody."""


def take_news(house: House, looked: Looked) -> bool:
    """Puts down for each active endpoint what the next slice of the log has for it; whether there was or is anything."""
    with house.reading(SYSTEM) as unit:
        behind = endpoints_behind(unit)
    found = False
    for one in behind:
        if max(one.place, looked.get(one.endpoint_id, 0)) < one.end:
            found |= _take(house, one, looked)
        if one.again is not None:
            found |= _take_again(house, one, one.again, one.again_until or 0)
    return found


def _take(house: House, behind: Behind, looked: Looked) -> bool:
    begin = max(behind.place, looked.get(behind.endpoint_id, 0))
    with house.reading(SYSTEM) as unit:
        endpoint = find_endpoint(unit, behind.endpoint_id)
        events, place = happened_from(unit, endpoint.vendor_id, begin)
    wanted = [event for event in events if endpoint.wants(event.kind)]
    if wanted or place - behind.place >= _LAGS:
        with house.writing(SYSTEM) as unit:
            if not queue_news(unit, behind, wanted, place):
                return True
    looked[behind.endpoint_id] = place
    return bool(wanted) or place < behind.end


def _take_again(house: House, behind: Behind, begin: int, end: int) -> bool:
    """The next slice of a stretch that is told again."""
    with house.reading(SYSTEM) as unit:
        endpoint = find_endpoint(unit, behind.endpoint_id)
        events, place = happened_from(unit, endpoint.vendor_id, begin)
    wanted = [event for event in events if event.idx < end and endpoint.wants(event.kind)]
    with house.writing(SYSTEM) as unit:
        queue_again(unit, behind, wanted, place)
    return True
