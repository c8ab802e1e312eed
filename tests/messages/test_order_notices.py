"""Orders and steps whose promised day is over: told of once, and no more where nobody waits."""

from datetime import timedelta
from typing import Any

import pytest

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links import service as links
from portal.messages import jobs
from portal.messages.reads import notices_of
from tests.grants.cast import person
from tests.messages.notices import new, told
from tests.oauth.cast import Program
from tests.orders.cast import an_order, join, list_of, tell
from tests.orders.cast import company as seller_of


def _bought(house: House, shop: Program, ana: Actor, **more: Any) -> None:
    """Ana's order O-1, as its seller tells it now."""
    tell(house, shop.vendor_id, an_order("O-1", "C-1", **{"status": "OrderInTransit", **more}))


@pytest.fixture
def seller(house: House) -> tuple[Program, Actor]:
    """A shop and its customer C-1."""
    ana, shop = person(house), seller_of(house, "Librería del Mar")
    with house.writing() as unit:
        links.prospect(unit, vendor_id=shop.vendor_id, number="C-1")
    join(house, shop, "C-1", ana)
    return shop, ana


def _reminded(house: House, ana: Actor) -> list[tuple[str, str, bool]]:
    list(jobs.remind(house))
    return [row for row in told(house, ana) if row[0] == "late"]


def test_an_order_is_told_of_once_when_the_day_of_its_promise_is_over(house: House, seller: tuple[Program, Actor]) -> None:
    shop, ana = seller
    promised = (clock.now() + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    _bought(house, shop, ana, promised_at=promised.isoformat())
    for days, number in ((2.9, 0), (5, 1), (5.2, 1), (40, 1)):
        with clock.moved(timedelta(days=days)):
            late = _reminded(house, ana)
            assert len(late) == number, days
    assert late[0][1].startswith("Your order from Librería del Mar is late: it was promised for ")
    with clock.moved(timedelta(days=6)):
        assert new(house, ana) == 1
        _bought(house, shop, ana, promised_at=promised.isoformat(), status="OrderDelivered")
        assert new(house, ana) == 0, "it has come"


def test_a_step_is_told_of_once_when_the_day_of_its_promise_is_over_until_it_is_done(
    house: House, seller: tuple[Program, Actor]
) -> None:
    shop, ana = seller
    promised = (clock.now() + timedelta(days=3)).replace(hour=0, minute=0, second=0, microsecond=0)
    step = {"number": "1", "name": "Damage assessed", "promised_at": promised.isoformat()}
    _bought(house, shop, ana, process="Insurance claim", steps=[step])
    for days, number in ((2.9, 0), (5, 1), (5.2, 1), (40, 1)):
        with clock.moved(timedelta(days=days)):
            late = _reminded(house, ana)
            assert len(late) == number, days
    assert late[0][1].startswith("Something that Librería del Mar promised you for ")
    with house.reading(ana) as unit:
        assert ana.customer_id is not None
        (notice,) = [one for one in notices_of(unit, ana.customer_id) if one.kind == "late"]
    (order,) = list_of(house, ana)
    assert notice.href == f"/orders/{text_of(order.id)}" and notice.button == "See the order"
    with clock.moved(timedelta(days=6)):
        assert new(house, ana) == 1
        done = (promised + timedelta(days=2)).isoformat()
        _bought(house, shop, ana, process="Insurance claim", steps=[{**step, "done_at": done}])
        assert new(house, ana) == 0, "it is done"


def test_a_promise_that_its_seller_takes_back_is_no_news_any_more_and_the_inbox_still_says_which_it_was(
    house: House, seller: tuple[Program, Actor]
) -> None:
    shop, ana = seller
    _bought(house, shop, ana, promised_at=(clock.now() - timedelta(days=2)).isoformat())
    (late,) = _reminded(house, ana)
    _bought(house, shop, ana)
    assert told(house, ana) == [(*late[:2], False)]
    assert new(house, ana) == 0


def test_of_old_orders_and_of_orders_that_nobody_waits_for_nothing_is_told(house: House, seller: tuple[Program, Actor]) -> None:
    shop, ana = seller
    long_ago, lately = (clock.now() - timedelta(days=days) for days in (30, 2))
    for at, status in ((long_ago, "OrderInTransit"), (lately, "OrderDelivered"), (lately, "OrderCancelled"), (lately, "OrderReturned")):
        _bought(house, shop, ana, promised_at=at.isoformat(), status=status)
        assert _reminded(house, ana) == [], status
