"""A prospect turns out to be a person: what one vendor wrote about them becomes theirs, and nothing is lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.customers.reads import customer_of
from portal.customers.service import set_attribute
from portal.kernel import clock
from portal.kernel.errors import Conflict, Gone, NotFound
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from portal.kernel.sealing import DataKey, pseudonym_of
from portal.kernel.unit import Actor
from portal.links import service
from portal.links.reads import (
    Earlier,
    LinkView,
    earlier_of,
    invited,
    link_by_number,
    link_of,
    links_of,
    sub_of,
)
from portal.links.reads.orders import orders_of
from portal.orders.models import Order
from portal.orders.service import put_all
from tests.customers.someone import company, someone
from tests.links.test_links import at_once, done, linked, subs_of


def prospect(house: House, vendor_id: bytes, number: str = "C-1", email: str | None = None) -> LinkView:
    with house.writing() as unit:
        return service.prospect(unit, vendor_id=vendor_id, number=number, email=email)


def fold(house: House, actor: Actor, link: LinkView) -> LinkView:
    assert actor.customer_id is not None
    with house.writing(actor) as unit:
        return service.fold(unit, prospect_link=link.id, into=actor.customer_id)


def test_folding_into_nothing_makes_a_link_of_the_persons_own_to_which_both_ids_lead(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    with house.reading() as unit:
        sub = sub_of(unit, source.id)
    kept = fold(house, ana, source)
    assert (kept.state, kept.customer_id, kept.number) == ("active", ana.customer_id, "C-1")
    with house.reading() as unit:
        assert link_of(unit, source.id).folded_into == kept.id
        assert subs_of(unit, shop.id) == {sub: kept.id, sub_of(unit, kept.id): kept.id}


def test_both_ids_go_on_working_when_a_prospect_is_folded_into_a_link(house: House) -> None:
    ana, shop = someone(house), company(house)
    link, source = linked(house, ana, shop.id), prospect(house, shop.id)
    with house.reading() as unit:
        own, other = sub_of(unit, link.id), sub_of(unit, source.id)
    kept = fold(house, ana, source)
    assert (kept.id, kept.number) == (link.id, "C-1")
    with house.reading() as unit:
        assert sub_of(unit, kept.id) == own
        assert subs_of(unit, shop.id) == {own: kept.id, other: kept.id}
        assert link_by_number(unit, shop.id, "C-1") == kept
        assert links_of(unit, ana.customer_id or b"") == [kept]


def test_a_second_number_goes_on_leading_to_the_link(house: House) -> None:
    ana, shop = someone(house), company(house)
    first, second = prospect(house, shop.id, "C-1"), prospect(house, shop.id, "C-2")
    fold(house, ana, first)
    kept = fold(house, ana, second)
    assert kept.number == "C-1"
    with house.reading() as unit:
        assert link_by_number(unit, shop.id, "C-2") == kept
        assert link_of(unit, first.id).folded_into == link_of(unit, second.id).folded_into == kept.id
    with house.writing() as unit:
        assert service.prospect(unit, vendor_id=shop.id, number="C-2") == kept


def test_what_was_sealed_for_the_prospect_opens_for_the_person(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    with house.writing() as unit:
        holder = customer_of(unit, source.customer_id).holder_id
        sealed = unit.box(holder).seal("order_lines", "name", source.id, "A book")
    fold(house, ana, source)
    with house.reading() as unit:
        assert unit.box(ana.holder_id or b"").open("order_lines", "name", source.id, sealed) == "A book"
        assert customer_of(unit, source.customer_id).joined_into == ana.customer_id
        holders = set(unit.connection.execute(select(DataKey.holder_id)).scalars())
    assert holder not in holders


def test_the_entry_names_both_pseudonyms(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    with house.reading() as unit:
        prospects = pseudonym_of(unit, customer_of(unit, source.customer_id).holder_id)
        persons = pseudonym_of(unit, ana.holder_id or b"")
    fold(house, ana, source)
    with house.reading() as unit:
        entries = [json.loads(entry) for entry in unit.connection.execute(select(QueuedFact.entry)).scalars()]
    (folded,) = [entry for entry in entries if entry["event"] == "link.folded"]
    assert (folded["customer"], folded["detail"]["joined"]) == (persons, prospects)
    with house.reading() as unit:
        assert pseudonym_of(unit, ana.holder_id or b"") == persons


def test_a_prospect_joins_one_person_once_however_many_try(house: House) -> None:
    shop = company(house)
    source = prospect(house, shop.id)
    people = [someone(house, f"p{number}@example.org") for number in range(6)]
    outcomes = at_once(6, lambda number: fold(house, people[number], source))
    assert [type(outcome) for outcome in outcomes].count(LinkView) == 1
    assert [type(outcome) for outcome in outcomes].count(Conflict) == 5


def test_attack_70_a_prospect_is_never_a_person_to_join(house: House) -> None:
    shop = company(house)
    first, second = prospect(house, shop.id, "C-1"), prospect(house, shop.id, "C-2")
    with pytest.raises(NotFound), house.writing() as unit:
        service.fold(unit, prospect_link=first.id, into=second.customer_id)
    ana = someone(house)
    mine = linked(house, ana, shop.id)
    with pytest.raises(Conflict), house.writing(ana) as unit:
        service.fold(unit, prospect_link=mine.id, into=ana.customer_id or b"")


def write_orders(house: House, vendor_id: bytes, number: str, count: int) -> None:
    """The vendor writes orders for one of its customers."""
    told = {"customer": number, "status": "OrderDelivered", "placed_at": "2026-03-01T10:00:00Z"}
    orders = [{"number": f"{number}-{at}", **told} for at in range(count)]
    results = list(put_all(house.reading, house.writing, vendor_id=vendor_id, orders=orders))
    assert [result.outcome for result in results[0]] == ["created"] * count


def test_a_verified_address_leads_to_the_earlier_orders_of_that_vendor_alone(house: House) -> None:
    ana, shop, bank = someone(house, "ana@example.org"), company(house), company(house, "Bank")
    source = prospect(house, shop.id, "C-1", "Ana@Example.org")
    prospect(house, bank.id, "B-1", "other@example.org")
    for vendor, number in ((shop, "C-1"), (bank, "B-1")):
        write_orders(house, vendor.id, number, 3)
    with house.reading(ana) as unit:
        day = datetime(2026, 3, 1, 10, tzinfo=UTC)
        three = Earlier(source.id, shop.id, 3, day, day)
        found = earlier_of(unit, shop.id, customer_id=ana.customer_id)
        assert found == replace(three, address="ana@example.org")
        assert earlier_of(unit, bank.id, customer_id=ana.customer_id) is None
        assert earlier_of(unit, shop.id, number="C-1") == replace(three, number="C-1")
        assert earlier_of(unit, bank.id, number="C-1") is None
    fold(house, ana, source)
    with house.reading(ana) as unit:
        assert earlier_of(unit, shop.id, customer_id=ana.customer_id) is None
        assert earlier_of(unit, shop.id, number="C-1") is None


def test_orders_come_along_to_the_link_that_stays(house: House) -> None:
    ana, shop = someone(house), company(house)
    link, source = linked(house, ana, shop.id), prospect(house, shop.id)
    write_orders(house, shop.id, "C-1", 2)
    fold(house, ana, source)
    with house.reading() as unit:
        assert orders_of(unit, link.id) == 2
        owners = set(unit.connection.execute(select(Order.customer_id)).scalars())
    assert owners == {ana.customer_id}


def test_a_prospect_without_orders_is_not_asked_about(house: House) -> None:
    ana, shop = someone(house), company(house)
    prospect(house, shop.id, "C-1", "ana@example.org")
    with house.reading(ana) as unit:
        assert earlier_of(unit, shop.id, customer_id=ana.customer_id) is None


def test_attack_70_an_address_that_is_only_written_leads_nowhere(house: House) -> None:
    eve, shop = someone(house, "eve@example.org"), company(house)
    source = prospect(house, shop.id, "C-1", "ana@example.org")
    with house.writing(eve) as unit:
        set_attribute(unit, customer_id=eve.customer_id or b"", path="profile.email", value="ana@example.org")
    with house.reading(eve) as unit:
        assert earlier_of(unit, shop.id, customer_id=eve.customer_id) is None
    assert source.state == "prospect"


def invite(house: House, link: LinkView) -> str:
    with house.writing() as unit:
        return service.invite(unit, link_id=link.id)


def accept(house: House, actor: Actor, secret: str) -> LinkView:
    assert actor.customer_id is not None
    with house.writing(actor) as unit:
        return service.accept_invitation(unit, secret=secret, customer_id=actor.customer_id)


def test_an_invitation_works_once_however_many_take_it_at_the_same_moment(house: House) -> None:
    secret = invite(house, prospect(house, company(house).id))
    people = [someone(house, f"p{number}@example.org") for number in range(8)]
    outcomes = at_once(8, lambda number: accept(house, people[number], secret))
    assert [type(outcome) for outcome in outcomes].count(LinkView) == 1
    assert [type(outcome) for outcome in outcomes].count(Gone) == 7


def test_looking_at_an_invitation_uses_nothing_up(house: House) -> None:
    ana, link = someone(house), prospect(house, company(house).id)
    secret = invite(house, link)
    for _ in range(2):
        with house.reading(ana) as unit:
            about = invited(unit, secret)
        assert about is not None
        assert about.link_id == link.id
    kept = accept(house, ana, secret)
    with house.reading(ana) as unit:
        assert link_of(unit, link.id).folded_into == kept.id
        assert invited(unit, secret) is None


def test_an_invitation_ends_after_its_time_and_is_never_guessed(house: House) -> None:
    ana = someone(house)
    secret = invite(house, prospect(house, company(house).id))
    with clock.moved(timedelta(days=91)), pytest.raises(Gone):
        accept(house, ana, secret)
    with pytest.raises(Gone):
        accept(house, ana, secret[:-1])


def test_only_a_prospect_is_invited(house: House) -> None:
    ana, shop = someone(house), company(house)
    link = linked(house, ana, shop.id)
    with pytest.raises(Conflict):
        invite(house, link)
    with pytest.raises(NotFound), house.writing() as unit:
        service.invite_number(unit, vendor_id=shop.id, number="nobody")


def test_two_invitations_of_one_prospect_fold_it_once(house: House) -> None:
    link = prospect(house, company(house).id)
    secrets = [invite(house, link), invite(house, link)]
    ana, eve = someone(house), someone(house, "eve@example.org")
    accept(house, ana, secrets[0])
    with pytest.raises(Gone):
        accept(house, eve, secrets[1])


def test_an_ended_connection_is_opened_again_by_folding(house: House) -> None:
    ana, shop = someone(house), company(house)
    link, source = linked(house, ana, shop.id), prospect(house, shop.id)
    done(house, ana, service.end, link)
    assert fold(house, ana, source).state == "active"
