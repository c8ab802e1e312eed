"""Who acts for a company no more changes nothing there, however late it ended; and of too many at once one is too many."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from portal.accounts.service import end_role
from portal.events.service import add_endpoint
from portal.events.service.endpoints import MOST
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors.ranks import OWNER
from portal.vendors.reads import VendorView, colleagues_of, staff_of, vendor_of
from portal.vendors.service import end_staff, set_card
from tests import people
from tests.vendors.consoles import company, staff


def _end(house: House, shop: VendorView) -> None:
    with house.writing(SYSTEM) as unit:
        [one] = colleagues_of(unit, shop.id)
        end_role(unit, role_id=one.role_id)


def _change(house: House, me: Actor, shop: VendorView, pool: ThreadPoolExecutor) -> None:
    with house.writing(me) as unit:
        set_card(unit, vendor_id=staff_of(unit, shop.slug, OWNER).vendor.id, card={"city": "Girona"})
        ended = pool.submit(_end, house, shop)
        if not house.is_sqlite:
            # There whoever ends it comes after us.
            ended.result(60)


def test_attack_89_a_role_that_ended_before_the_commit_changes_nothing(house: House) -> None:
    shop = company(house)
    me = people.actor(house, staff(house, shop), "staff")
    with ThreadPoolExecutor(1) as pool:
        if house.is_sqlite:
            _change(house, me, shop, pool)
        else:
            with pytest.raises(NotFound):
                _change(house, me, shop, pool)
    with house.reading() as unit:
        assert ("city" in vendor_of(unit, shop.id).card) == house.is_sqlite
        assert colleagues_of(unit, shop.id) == []


def test_an_owner_ends_their_own_role(house: House) -> None:
    shop = company(house)
    mine = staff(house, shop)
    staff(house, shop, "other@shop.example")
    with house.writing(people.actor(house, mine, "staff")) as unit:
        found = staff_of(unit, shop.slug, OWNER)
        one = next(one for one in colleagues_of(unit, found.vendor.id) if one.account_id == mine)
        end_staff(unit, vendor_id=shop.id, role_id=one.role_id)
    with house.reading() as unit:
        assert len(colleagues_of(unit, shop.id)) == 1


def test_attack_of_two_webhooks_that_are_made_last_one_is_too_many(house: House) -> None:
    shop = company(house)

    def add() -> None:
        with house.writing(SYSTEM) as unit:
            add_endpoint(unit, vendor_id=shop.id, url="https://example.org/hooks")

    for _ in range(MOST - 1):
        add()
    with ThreadPoolExecutor(1) as pool:
        with house.writing(SYSTEM) as unit:
            add_endpoint(unit, vendor_id=shop.id, url="https://example.org/hooks")
            other = pool.submit(add)
            wait([other], 1)
        with pytest.raises(Conflict):
            other.result(60)
