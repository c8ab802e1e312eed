"""Links: one for a customer and a vendor, whatever happens at the same moment; and whose they are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.customers.reads import customer_of
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.unit import Actor, Unit
from portal.links import service
from portal.links.models import Link, PairwiseId
from portal.links.reads import (
    LinkView,
    is_blocked,
    link_between,
    link_by_number,
    link_live,
    links_of,
    sub_of,
)
from tests.customers.someone import company, someone


def linked(house: House, actor: Actor, vendor_id: bytes) -> LinkView:
    assert actor.customer_id is not None
    with house.writing(actor) as unit:
        return service.ensure(unit, customer_id=actor.customer_id, vendor_id=vendor_id)


def subs_of(unit: Unit, vendor_id: bytes) -> dict[str, bytes]:
    """What a vendor calls its customers, and the link that each leads to."""
    rows = unit.connection.execute(
        select(PairwiseId.sub, PairwiseId.link_id).where(PairwiseId.vendor_id == vendor_id)
    )
    return {row.sub: row.link_id for row in rows}


def at_once(times: int, work: Callable[[int], Any]) -> list[Any]:
    """Runs the work so often at the same moment; gives results and errors."""
    barrier = Barrier(times)

    def one(number: int) -> Any:
        barrier.wait()
        try:
            return work(number)
        except Exception as error:  # an error is one of the outcomes that are counted
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_a_customer_and_a_vendor_have_one_link_however_often_it_is_asked_for(house: House) -> None:
    ana, shop = someone(house), company(house)
    first, second = linked(house, ana, shop.id), linked(house, ana, shop.id)
    assert first == second
    with house.reading(ana) as unit:
        assert links_of(unit, ana.customer_id or b"") == [first]


def test_first_links_made_at_the_same_moment_are_one(house: House) -> None:
    ana, shop = someone(house), company(house)
    made = at_once(8, lambda _: linked(house, ana, shop.id).id)
    assert len(set(made)) == 1
    with house.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(Link)).scalar_one() == 1


def test_each_vendor_calls_a_customer_by_an_id_of_its_own(house: House) -> None:
    ana, shop, bank = someone(house), company(house, "Shop"), company(house, "Bank")
    with house.reading() as unit:
        subs = {sub_of(unit, link.id) for link in (linked(house, ana, shop.id), linked(house, ana, bank.id))}
        assert len(subs) == 2
        assert set(subs_of(unit, shop.id)).isdisjoint(subs_of(unit, bank.id))


@pytest.mark.parametrize("verb", [service.pause, service.resume, service.block, service.unblock, service.end])
def test_somebody_elses_link_is_not_found(house: House, verb: Callable[..., LinkView]) -> None:
    ana, eve = someone(house, "ana@example.org"), someone(house, "eve@example.org")
    link = linked(house, ana, company(house).id)
    with pytest.raises(NotFound), house.writing(eve) as unit:
        verb(unit, link_id=link.id)


def version_of(house: House, actor: Actor) -> int:
    with house.reading() as unit:
        return customer_of(unit, actor.customer_id or b"").sharing_version


def done(house: House, actor: Actor, verb: Callable[..., LinkView], link: LinkView) -> LinkView:
    with house.writing(actor) as unit:
        return verb(unit, link_id=link.id)


def test_pause_and_resume_raise_the_sharing_version_once_each(house: House) -> None:
    ana = someone(house)
    link = linked(house, ana, company(house).id)
    before = version_of(house, ana)
    assert done(house, ana, service.pause, link).paused_at is not None
    assert done(house, ana, service.pause, link).paused_at is not None
    assert version_of(house, ana) == before + 1
    assert done(house, ana, service.resume, link).paused_at is None
    assert version_of(house, ana) == before + 2


def test_the_log_sees_that_a_link_is_blocked_or_ended(house: House) -> None:
    ana, shop, bank = someone(house), company(house, "Shop"), company(house, "Bank")
    links = [linked(house, ana, shop.id), linked(house, ana, bank.id)]
    args = [(link.id,) for link in links]

    def failed(unit: Unit) -> set[int]:
        return link_live(unit.connection, args, unit.at)

    with house.reading() as unit:
        assert failed(unit) == set()
    done(house, ana, service.block, links[0])
    with house.reading() as unit:
        assert failed(unit) == {0}
        assert is_blocked(unit, ana.customer_id or b"", shop.id)
    done(house, ana, service.end, links[1])
    with house.reading() as unit:
        assert failed(unit) == {0, 1}


def test_an_ended_link_is_opened_again_with_the_id_it_had(house: House) -> None:
    ana, shop = someone(house), company(house)
    link = linked(house, ana, shop.id)
    done(house, ana, service.end, link)
    again = linked(house, ana, shop.id)
    assert (again.id, again.state, again.ended_at) == (link.id, "active", None)


def test_a_blocked_company_is_not_linked_until_it_is_unblocked(house: House) -> None:
    ana, shop = someone(house), company(house)
    with house.writing(ana) as unit:
        link = service.block_vendor(unit, vendor_id=shop.id)
    assert (link.state, link.live) == ("ended", False)
    with pytest.raises(Conflict):
        linked(house, ana, shop.id)
    done(house, ana, service.unblock, link)
    assert linked(house, ana, shop.id).live


def test_a_vendors_numbers_are_its_own(house: House) -> None:
    ana, joan, shop, bank = someone(house), someone(house, "j@example.org"), company(house), company(house, "Bank")
    mine, theirs = linked(house, ana, shop.id), linked(house, joan, shop.id)
    with house.writing() as unit:
        service.set_number(unit, link_id=mine.id, number="C-1")
        assert link_by_number(unit, shop.id, "C-1") is not None
        assert link_by_number(unit, bank.id, "C-1") is None
    with pytest.raises(Conflict), house.writing() as unit:
        service.set_number(unit, link_id=theirs.id, number="C-1")


@pytest.mark.parametrize("number", ["", " ", "x" * 65, "é", "a\x00b", "1\n", " 1", "1 "])
def test_a_number_that_cannot_be_told_apart_is_refused(house: House, number: str) -> None:
    shop = company(house)
    with pytest.raises(Invalid), house.writing() as unit:
        service.prospect(unit, vendor_id=shop.id, number=number)


def test_the_same_prospects_written_at_the_same_moment_are_made_once(house: House) -> None:
    shop = company(house)
    numbers = {f"C-{number}": None for number in range(20)}

    def write(_: int) -> list[bytes]:
        with house.writing() as unit:
            return [link.id for link in service.prospects(unit, vendor_id=shop.id, numbers=numbers).values()]

    outcomes = at_once(6, write)
    assert all(isinstance(outcome, list) for outcome in outcomes)
    assert len({tuple(sorted(outcome)) for outcome in outcomes}) == 1


def test_a_customer_has_no_link_with_a_company_that_only_wrote_about_others(house: House) -> None:
    ana, shop = someone(house), company(house)
    with house.writing() as unit:
        service.prospect(unit, vendor_id=shop.id, number="C-1", email="someone.else@example.org")
    with house.reading(ana) as unit:
        assert link_between(unit, ana.customer_id or b"", shop.id) is None
