"""What a company may ask for: it proposes, the operator answers, and less than it has holds at once."""

import pytest
from flask import Flask

from portal.kernel.errors import Conflict, NotFound
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import SYSTEM
from portal.vendors.purposes import DELIVERY
from portal.vendors.reads import allowed_of
from portal.vendors.reads.proposals import proposals_of
from portal.vendors.service import approve_purpose, refuse_purpose
from tests import people
from tests.customers.test_pages import text_of_page
from tests.oauth.cast import entries
from tests.vendors.consoles import at_work, company

PAGE = "/console/shop/purposes/DeliveryOfGoods"
WANTED = {"datatypes": ["profile.name", "profile.email"], "may_require": ["profile.name"], "text_en": "To  bring\r\nit."}


def test_what_a_company_proposes_holds_once_the_operator_has_approved_it(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    assert "has approved nothing" in client.get("/console/shop/purposes").text
    assert people.post(client, PAGE, **WANTED).status_code == 303
    assert "Waits for the operator" in client.get("/console/shop/purposes").text
    with house.reading() as unit:
        assert allowed_of(unit, shop.id, DELIVERY) is None
    with house.writing(SYSTEM) as unit:
        approve_purpose(unit, vendor_id=shop.id, purpose="dpv#DeliveryOfGoods")
    with house.reading() as unit:
        allowed = allowed_of(unit, shop.id, DELIVERY)
        assert allowed is not None and proposals_of(unit) == []
    assert (allowed.datatypes, allowed.may_require) == (["profile.email", "profile.name"], ["profile.name"])
    assert allowed.text == {"en": "To bring it."}
    [proposed] = entries(house, "vendor.purpose_proposed")
    assert (proposed["actor"]["kind"], proposed["vendor"], proposed["purpose"]) == ("staff", text_of(shop.id), DELIVERY)
    [ended] = entries(house, "vendor.proposal_ended")
    assert (ended["actor"]["kind"], ended["reason"]) == ("system", "approved")
    page = client.get("/console/shop/purposes").text
    assert "Approved" in page and "Waits for the operator" not in page


def test_a_companys_own_words_stand_under_their_languages_the_readers_first(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    people.post(client, PAGE, **WANTED, text_ca="Per portar-ho.", text_ro="Ca să aducem.")
    page = text_of_page(client.get("/console/shop/purposes"))
    found = [page.index(f"In your words, in {name}:") for name in ("English", "Catalan", "Romanian")]
    assert found == sorted(found)
    assert "Customers read as the reason: To bring you what you ordered." in page
    people.post(client, "/language", "/console/shop/purposes", locale="ro", next="/")
    page = text_of_page(client.get("/console/shop/purposes"))
    assert page.index("în română") < page.index("în engleză") < page.index("în catalană")
    assert "în catalană" in text_of_page(client.get(PAGE)), "and so are the fields called"


def test_less_asks_nobody_and_one_thing_more_asks_for_all_of_it(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    people.post(client, PAGE, **WANTED)
    with house.writing(SYSTEM) as unit:
        approve_purpose(unit, vendor_id=shop.id, purpose=DELIVERY)
    less = {**WANTED, "datatypes": ["profile.name"], "may_require": []}
    assert people.post(client, PAGE, **less).status_code == 303
    with house.reading() as unit:
        now = allowed_of(unit, shop.id, DELIVERY)
        assert now is not None and (now.datatypes, now.may_require) == (["profile.name"], [])
    for more in (
        {**less, "datatypes": ["profile.name", "profile.phone"]},
        {**less, "may_require": ["profile.name"]},
        {**less, "text_en": "To bring it twice."},
    ):
        people.post(client, PAGE, **more)
        with house.reading() as unit:
            assert allowed_of(unit, shop.id, DELIVERY) == now
            assert len(proposals_of(unit, shop.id)) == 1, "the newest takes the place of the one before"
    people.post(client, f"{PAGE}/back", "/console/shop/purposes")
    with house.reading() as unit:
        assert proposals_of(unit) == []
    assert people.post(client, f"{PAGE}/back", "/console/shop/card").status_code == 404


def test_the_operator_may_approve_without_required_and_may_turn_it_down(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    people.post(client, PAGE, **WANTED)
    with house.writing(SYSTEM) as unit:
        approve_purpose(unit, vendor_id=shop.id, purpose=DELIVERY, as_optional=True)
    with house.reading() as unit:
        now = allowed_of(unit, shop.id, DELIVERY)
        assert now is not None and now.may_require == []
    people.post(client, PAGE, **WANTED)
    with house.writing(SYSTEM) as unit:
        refuse_purpose(unit, vendor_id=shop.id, purpose=DELIVERY)
    with house.reading() as unit:
        assert allowed_of(unit, shop.id, DELIVERY) == now
    for answer in (approve_purpose, refuse_purpose):
        with pytest.raises(NotFound), house.writing(SYSTEM) as unit:
            answer(unit, vendor_id=shop.id, purpose=DELIVERY)


def test_attack_the_operator_approves_nothing_that_took_the_place_of_what_they_looked_at(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    people.post(client, PAGE, **WANTED)
    with house.reading() as unit:
        [seen] = proposals_of(unit, shop.id)
    people.post(client, PAGE, **{**WANTED, "datatypes": [*WANTED["datatypes"], "profile.birth_date"]})
    with house.reading() as unit:
        [newer] = proposals_of(unit, shop.id)
    with pytest.raises(Conflict), house.writing(SYSTEM) as unit:
        approve_purpose(unit, vendor_id=shop.id, purpose=DELIVERY, mark=seen.mark)
    with house.writing(SYSTEM) as unit:
        approve_purpose(unit, vendor_id=shop.id, purpose=DELIVERY, mark=newer.mark)


def test_attack_43_what_is_not_offered_is_not_proposed(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    for wrong in (
        {"datatypes": []},
        {"datatypes": ["profile.everything"]},
        {"datatypes": ["profile.name"], "may_require": ["profile.email"]},
        {"datatypes": ["profile.name"], "text_en": "To \u202ebring it."},
        {"datatypes": ["profile.name"], "text_en": "a" * 301},
    ):
        answer = people.post(client, PAGE, **wrong)
        assert (answer.status_code, "notice-wrong" in answer.text) == (422, True), wrong
    assert client.get("/console/shop/purposes/Anything").status_code == 404
    assert people.post(client, "/console/shop/purposes/Anything", PAGE, **WANTED).status_code == 404
    with house.reading() as unit:
        assert proposals_of(unit) == []


def test_attack_89_nobody_but_an_owner_proposes_and_none_for_another_company(app: Flask, house: House) -> None:
    shop = company(house)
    company(house, "Bank")
    owner = at_work(app, house, shop)
    assert people.post(owner, PAGE.replace("shop", "bank"), PAGE, **WANTED).status_code == 404
    for rank in ("developer", "agent", "reader"):
        client = at_work(app, house, shop, f"{rank}@shop.example", rank)
        assert client.get("/console/shop/purposes").status_code == 200
        assert client.get(PAGE).status_code == 403
        assert people.post(client, PAGE, "/language", **WANTED).status_code == 403
    with house.reading() as unit:
        assert proposals_of(unit) == []
