"""A yes to earlier orders is taken back: what was joined by key is parted by key, and nothing of it stays behind."""

import json
from dataclasses import replace
from random import Random
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.report import SOUND
from portal.audit.verify import verify
from portal.customers.models import Customer
from portal.customers.reads import customer_of, profile_of
from portal.customers.service import set_attribute
from portal.kernel.blind_index import Identifier
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.log_queue import QueuedFact
from portal.kernel.sealing import DataKey, pseudonym_of
from portal.kernel.unit import Actor
from portal.links import service
from portal.links.models import Link, PairwiseId
from portal.links.reads import (
    LinkView,
    earlier_of,
    folds_into,
    link_by_number,
    link_of,
    links_of,
    my_fold,
    sub_of,
)
from portal.orders.models import Order, OrderLine
from portal.orders.reads import told_links
from portal.orders.service import hide, mark_gift, put_all, put_orders
from portal.orders.service.preparing import Prepared, prepare
from portal.orders.shapes import parse
from tests.customers.someone import company, signed_in, someone
from tests.grants.cast import DELIVERY, detail
from tests.grants.cast import person as customer
from tests.links.test_folding import fold, prospect, write_orders
from tests.links.test_links import at_once, linked, subs_of, version_of
from tests.oauth.cast import connect, own_token, program
from tests.orders.cast import an_order, found, line, list_of, own, shared_with, tell
from tests.orders.cast import company as seller
from tests.people import post
from tests.prove.sizes import size
from tests.vendor_api.test_reads import walk


def part(house: House, actor: Actor, kept: LinkView) -> LinkView:
    """Takes back the one fold into a link."""
    with house.reading(actor) as unit:
        (one,) = folds_into(unit, kept.id)
    with house.writing(actor) as unit:
        return service.part(unit, fold_id=one.id)


def rows(house: House, *models: Any) -> dict[str, list[Any]]:
    """All that stands in these tables, but for the version that only ever rises."""
    found = {}
    with house.reading() as unit:
        for table in (model.__table__ for model in models):
            columns = [column for column in table.columns if column.name != "sharing_version"]
            found[table.name] = sorted(map(tuple, unit.connection.execute(select(*columns))), key=repr)
    return found


def test_what_was_folded_is_as_it_was_before(house: House) -> None:
    ana, shop = someone(house, "ana@example.org"), company(house)
    prospect(house, shop.id, "C-1", "ana@example.org")
    write_orders(house, shop.id, "C-1", 3)
    link = linked(house, ana, shop.id)
    tables: tuple[Any, ...] = (Link, PairwiseId, DataKey, Identifier, Customer, Order, OrderLine)
    before = rows(house, *tables)
    with house.reading(ana) as unit:
        earlier = earlier_of(unit, shop.id, customer_id=ana.customer_id)
    assert earlier is not None
    kept = fold(house, ana, replace(link, id=earlier.link_id))
    assert kept.id == link.id and rows(house, *tables) != before
    assert part(house, ana, kept) == link
    assert rows(house, *tables) == before
    with house.reading(ana) as unit:
        assert earlier_of(unit, shop.id, customer_id=ana.customer_id) == earlier and earlier.orders == 3
        assert links_of(unit, ana.customer_id or b"") == [link] and folds_into(unit, link.id) == []


def test_whoever_they_really_are_can_find_them_afterwards(house: House) -> None:
    ana, joan, shop = someone(house), someone(house, "joan@example.org"), company(house)
    source = prospect(house, shop.id)
    tell(house, shop.id, an_order("O-1", "C-1", line("Solaris")))
    part(house, ana, fold(house, ana, source))
    assert list_of(house, ana) == []
    kept = fold(house, joan, source)
    assert [each.lines[0].name for each in list_of(house, joan)] == ["Solaris"]
    with house.reading() as unit:
        assert link_by_number(unit, shop.id, "C-1") == kept and kept.customer_id == joan.customer_id


def test_what_was_told_meanwhile_goes_along_under_the_prospects_own_key(house: House) -> None:
    ana, joan, shop = someone(house), someone(house, "joan@example.org"), company(house)
    source = prospect(house, shop.id)
    tell(house, shop.id, an_order("O-1", "C-1", line("Solaris", number="a")))
    kept = fold(house, ana, source)
    tell(house, shop.id, an_order("O-2", "C-1", line("Fiasco", category="Novels")))
    tell(house, shop.id, an_order("O-1", "C-1", line("Solaris, signed", number="a")))
    part(house, ana, kept)
    with house.reading() as unit:
        theirs = customer_of(unit, source.customer_id).holder_id
        key = unit.box(theirs).current
        sealed = unit.connection.execute(select(OrderLine.name, OrderLine.category)).all()
    assert {value[1:17] for row in sealed for value in row if value is not None} == {key}
    fold(house, joan, source)
    assert {each.lines[0].name for each in list_of(house, joan)} == {"Solaris, signed", "Fiasco"}


def test_what_is_told_afterwards_is_the_prospects(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    write_orders(house, shop.id, "C-1", 1)
    part(house, ana, fold(house, ana, source))
    tell(house, shop.id, an_order("O-9", "C-1"))
    with house.reading() as unit:
        assert set(unit.connection.execute(select(Order.link_id)).scalars()) == {source.id}


def test_orders_under_other_numbers_stay_and_marks_of_a_strangers_hand_go(house: House) -> None:
    ana, shop = someone(house), company(house)
    first, second = prospect(house, shop.id, "C-1"), prospect(house, shop.id, "C-2")
    tell(house, shop.id, an_order("O-1", "C-1"), an_order("O-2", "C-2"), an_order("O-3", "C-2"))
    kept = fold(house, ana, first)
    fold(house, ana, second)
    wrong = {each.number: each for each in list_of(house, ana)}
    with house.writing(ana) as unit:
        hide(unit, order_id=wrong["O-2"].id)
        hide(unit, order_id=wrong["O-3"].id, line_id=wrong["O-3"].lines[0].id)
        mark_gift(unit, order_id=wrong["O-3"].id, line_id=wrong["O-3"].lines[0].id)
    with house.reading(ana) as unit:
        (found_,) = [one for one in folds_into(unit, kept.id) if one.number == "C-2"]
        assert found_.orders == 2
    with house.writing(ana) as unit:
        service.part(unit, fold_id=found_.id)
    assert [each.number for each in list_of(house, ana)] == ["O-1"]
    with house.reading() as unit:
        assert set(unit.connection.execute(select(Order.withheld_at)).scalars()) == {None}
        marks = unit.connection.execute(select(OrderLine.withheld_at, OrderLine.gift_at)).all()
    assert {tuple(mark) for mark in marks} == {(None, None)}


def test_lines_of_the_profile_that_came_with_it_go_and_those_written_since_stay(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    with house.writing() as unit:
        for path, value in (("profile.given_name", "Joan"), ("profile.nickname", "Joanet")):
            set_attribute(unit, customer_id=source.customer_id, path=path, value=value, source="vendor")
    kept = fold(house, ana, source)
    with house.writing(ana) as unit:
        set_attribute(unit, customer_id=ana.customer_id or b"", path="profile.nickname", value="Anna")
    part(house, ana, kept)
    with house.reading() as unit:
        assert {p: h.value for p, h in profile_of(unit, ana.customer_id or b"").items() if "name" in p} == {
            "profile.nickname": "Anna"
        }
        assert {p: h.value for p, h in profile_of(unit, source.customer_id).items()} == {"profile.given_name": "Joan"}


def test_the_entry_names_both_pseudonyms_and_the_log_stays_sound(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    write_orders(house, shop.id, "C-1", 1)
    with house.reading() as unit:
        theirs = pseudonym_of(unit, customer_of(unit, source.customer_id).holder_id)
        hers = pseudonym_of(unit, ana.holder_id or b"")
    kept = fold(house, ana, source)
    tell(house, shop.id, an_order("O-9", "C-1"))
    part(house, ana, kept)
    with house.reading() as unit:
        entries = [json.loads(entry) for entry in unit.connection.execute(select(QueuedFact.entry)).scalars()]
        assert pseudonym_of(unit, customer_of(unit, source.customer_id).holder_id) == theirs
        assert unit.box(ana.holder_id or b"").pseudonyms == [hers]
    (parted,) = [entry for entry in entries if entry["event"] == "link.parted"]
    assert (parted["customer"], parted["detail"]["parted"]) == (hers, theirs)
    house.lead()
    assert verify(house).exit_code == SOUND


def test_nobody_parts_what_somebody_else_joined(house: House) -> None:
    ana, eve, shop = someone(house), someone(house, "eve@example.org"), company(house)
    kept = fold(house, ana, prospect(house, shop.id))
    with house.reading(ana) as unit:
        (one,) = folds_into(unit, kept.id)
    with pytest.raises(NotFound), house.writing(eve) as unit:
        service.part(unit, fold_id=one.id)
    with pytest.raises(NotFound), house.reading(eve) as unit:
        my_fold(unit, one.id)


def test_pressed_eight_times_at_once_it_is_taken_back_once(house: House) -> None:
    ana, shop = someone(house), company(house)
    kept = fold(house, ana, prospect(house, shop.id))
    with house.reading(ana) as unit:
        (one,) = folds_into(unit, kept.id)
    before = version_of(house, ana)

    def press(_: int) -> bytes:
        with house.writing(ana) as unit:
            return service.part(unit, fold_id=one.id).id

    assert set(at_once(8, press)) == {kept.id}
    assert version_of(house, ana) == before + 1
    with house.reading() as unit:
        told = [json.loads(entry)["event"] for entry in unit.connection.execute(select(QueuedFact.entry)).scalars()]
    assert told.count("link.parted") == 1


def test_it_can_be_said_and_taken_back_again(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    write_orders(house, shop.id, "C-1", 2)
    for _ in range(3):
        kept = fold(house, ana, source)
        assert len(list_of(house, ana)) == 2
        part(house, ana, kept)
        assert list_of(house, ana) == []


def test_a_number_that_the_company_gave_to_another_meanwhile_stays_theirs(house: House) -> None:
    ana, joan, shop = someone(house), someone(house, "joan@example.org"), company(house)
    source = prospect(house, shop.id)
    kept, other = fold(house, ana, source), linked(house, joan, shop.id)
    with house.writing() as unit:
        service.set_number(unit, link_id=kept.id, number="C-7")
        service.set_number(unit, link_id=other.id, number="C-1")
    part(house, ana, kept)
    with house.reading() as unit:
        assert link_of(unit, kept.id).number == "C-7" and link_of(unit, source.id).number is None
        assert link_of(unit, other.id).number == "C-1" and link_of(unit, source.id).state == "prospect"


# Beside a company that writes at the same moment


def test_an_order_made_ready_before_the_parting_is_not_written_to_the_person_after_it(house: House) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    write_orders(house, shop.id, "C-1", 1)
    kept = fold(house, ana, source)
    told = parse(an_order("O-9", "C-1"))
    with house.reading() as unit:
        told_to = told_links(unit, shop.id, {"C-1"})
        (ready,) = prepare(unit, vendor_id=shop.id, orders=[told], told=told_to)  # type: ignore[list-item]
    assert isinstance(ready, Prepared) and ready.told.customer_id == ana.customer_id
    part(house, ana, kept)
    with pytest.raises(Conflict), house.writing() as unit:
        put_orders(unit, vendor_id=shop.id, prepared=[ready])
    assert list_of(house, ana) == []


@pytest.mark.parametrize("seed", range(size(test=2, prove=10)))
def test_while_it_is_said_and_taken_back_every_order_is_where_its_number_leads(house: House, seed: int) -> None:
    ana, shop = someone(house), company(house)
    source = prospect(house, shop.id)
    random, wrong = Random(seed), []

    def write() -> None:
        for number in range(30):
            order = an_order(f"O-{random.randrange(12)}", "C-1", line(f"Book {number}", number="a"))
            for batch in put_all(house.reading, house.writing, vendor_id=shop.id, orders=[order]):
                wrong.extend(each for each in batch if each.refusal is not None)

    writer = Thread(target=write)
    writer.start()
    for _ in range(8):
        part(house, ana, fold(house, ana, source))
    writer.join()
    assert wrong == [] and list_of(house, ana) == []
    with house.reading() as unit:
        orders = unit.connection.execute(select(Order.link_id, Order.customer_id)).all()
        lines = unit.connection.execute(select(OrderLine.id, OrderLine.customer_id, OrderLine.name)).all()
        box = unit.box(customer_of(unit, source.customer_id).holder_id)
        assert {tuple(row) for row in orders} == {(source.id, source.customer_id)}
        assert {row.customer_id for row in lines} == {source.customer_id}
        assert all(box.open("order_lines", "name", row.id, row.name).startswith("Book") for row in lines)


# What companies read


def test_the_company_reads_the_persons_profile_without_the_other_id_and_is_told_that_it_changed(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop, ana = program(house), customer(house, given_name="Ana", family_name="Vila")
    connect(app, shop, ana, detail(house))
    source = prospect(house, shop.vendor_id)
    with house.reading() as unit:
        other = sub_of(unit, source.id)
    kept = fold(house, ana, source)
    token = own_token(client, shop)
    (before,), _, position = walk(client, token, purpose=DELIVERY)
    assert before["same_as"] == [other]
    part(house, ana, kept)
    (after,), ended, _ = walk(client, token, purpose=DELIVERY, changed_since=position)
    assert after == {name: value for name, value in before.items() if name != "same_as"} and ended == []
    with house.reading() as unit:
        assert subs_of(unit, shop.vendor_id) == {before["sub"]: kept.id, other: source.id}


def test_its_orders_are_the_prospects_again_for_its_seller_and_nobodys_for_others(app: Flask, house: House) -> None:
    shop, reader = seller(house, "Zapatería"), seller(house, "Librería")
    tell(house, shop.vendor_id, an_order("O-1", "C-1"), an_order("O-2", "C-2"))
    before = own(app, shop).walk()
    ana = found(house, shop, "C-1", "ana@example.org")
    with house.reading() as unit:
        hers = link_by_number(unit, shop.vendor_id, "C-1")
        assert hers is not None
    other = shared_with(app, reader, ana)
    assert len(other.walk()) == 1
    part(house, ana, hers)
    assert other.walk() == [] and own(app, shop).walk() == before


# The page


def test_it_is_one_confirmed_step_from_the_companys_page_and_from_an_order(
    house: House, client: FlaskClient
) -> None:
    ana, shop = someone(house), company(house, "Llibreria Àvila")
    source = prospect(house, shop.id)
    write_orders(house, shop.id, "C-1", 3)
    kept = fold(house, ana, source)
    browser = signed_in(house, client, ana)
    sharing = f"/sharing/{text_of(kept.id)}"
    with house.reading(ana) as unit:
        path = f"/earlier/{text_of(folds_into(unit, kept.id)[0].id)}"
    assert f'href="{path}"' in browser.get(sharing).text
    assert f'href="{path}"' in browser.get(f"/orders/{list_of(house, ana)[0].text}").text
    page = browser.get(path).text
    assert "Are these 3 earlier orders not yours?" in page and "calls C-1" in page and "goes on as it is" not in page
    assert len(list_of(house, ana)) == 3
    answer = post(browser, path)
    assert (answer.status_code, answer.location) == (303, sharing)
    page = browser.get(sharing).text
    assert "customer C-1 of Llibreria Àvila is not you" in page and path not in page
    assert list_of(house, ana) == []
    assert browser.get(path).location == sharing and post(browser, path, "/data/add").status_code == 303


def test_the_page_of_somebody_elses_is_not_there(house: House, client: FlaskClient) -> None:
    ana, eve = someone(house), someone(house, "eve@example.org")
    kept = fold(house, ana, prospect(house, company(house).id))
    with house.reading(ana) as unit:
        path = f"/earlier/{text_of(folds_into(unit, kept.id)[0].id)}"
    assert client.get(path).status_code in (302, 303)
    browser = signed_in(house, client, eve)
    assert browser.get(path).status_code == 404 and post(browser, path, "/data/add").status_code == 404
    assert browser.get("/earlier/x").status_code == 404
