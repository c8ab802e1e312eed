"""A company has so many active webhooks and no more, also where two are added at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import func, select

from portal.events.models import WebhookEndpoint
from portal.events.service import add_endpoint, disable_endpoint, enable_endpoint
from portal.events.service.endpoints import MOST
from portal.kernel.errors import Conflict
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Unit
from tests.oauth.cast import program

URL = "https://hooks.shop.example/"
_SOON = 0.5
"""Seconds in which whoever does not wait is done."""


def active(house: House, vendor_id: bytes) -> int:
    """How many there are."""
    mine = WebhookEndpoint.vendor_id == vendor_id, WebhookEndpoint.state == "active"
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(WebhookEndpoint).where(*mine)).scalar_one()


def one_more(vendor_id: bytes) -> Callable[[Unit], object]:
    return lambda unit: add_endpoint(unit, vendor_id=vendor_id, url=URL)


def at_once(house: House, first: Callable[[Unit], object], second: Callable[[Unit], object]) -> None:
    """The second is under way in a connection of its own before the first has committed."""

    def done() -> None:
        with house.writing(SYSTEM) as unit:
            second(unit)

    with ThreadPoolExecutor(1) as pool:
        with house.writing(SYSTEM) as unit:
            first(unit)
            hand = pool.submit(done)
            wait([hand], _SOON)
        hand.result()


def test_of_two_that_are_added_at_once_where_there_is_room_for_one_one_is(house: House) -> None:
    shop, other = program(house).vendor_id, program(house, "Floristería").vendor_id
    with house.writing(SYSTEM) as unit:
        for _ in range(MOST - 1):
            one_more(shop)(unit)
    with pytest.raises(Conflict, match="too-many-webhooks"):
        at_once(house, one_more(shop), one_more(shop))
    assert active(house, shop) == MOST
    at_once(house, one_more(other), one_more(other))
    assert active(house, other) == 2, "where there is room both are"


def test_one_that_is_enabled_while_another_is_added_counts_as_well(house: House) -> None:
    shop = program(house).vendor_id
    with house.writing(SYSTEM) as unit:
        off, *_ = [add_endpoint(unit, vendor_id=shop, url=URL)[0].id for _ in range(MOST)]
        disable_endpoint(unit, vendor_id=shop, endpoint_id=off)
    with pytest.raises(Conflict, match="too-many-webhooks"):
        at_once(house, one_more(shop), lambda unit: enable_endpoint(unit, vendor_id=shop, endpoint_id=off))
    assert active(house, shop) == MOST
