"""The page of a company's card: its owners write it, its customers see it, the record says who changed what."""

from flask import Flask

from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.vendors.reads import vendor_of
from tests import people
from tests.grants.cast import asked, detail, person, signed_in
from tests.grants.cast import company as delivering
from tests.oauth.cast import entries
from tests.plain_browser import Browser
from tests.promises.cast import Inside
from tests.vendors.consoles import OWNER, at_work, company, staff

PAGE = "/console/shop/card"
WRITTEN = {
    "description_en": "Books.\r\nAnd maps.",
    "web": "https://shop.example",
    "country": "ES",
    "privacy_contact": "privacy@shop.example",
    "phone": "+34 931 000 000",
    "hours_ca": "De dilluns a divendres",
    "returns_en": "Within 30 days",
    "subcontractors": "Parcels Ltd; es; bring what is ordered\r\n\r\nPrint SA; RO; print labels",
}


def test_what_an_owner_writes_is_what_customers_see_and_the_record_names_the_owner(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    assert people.post(client, PAGE, **WRITTEN).status_code == 303
    with house.reading() as unit:
        card = vendor_of(unit, shop.id).card
    assert card["description"] == {"en": "Books.\nAnd maps."}
    assert [one["name"] for one in card["subcontractors"]] == ["Parcels Ltd", "Print SA"]
    page = client.get(PAGE).text
    assert "Parcels Ltd; ES; bring what is ordered" in page, "it comes back as it was written"
    assert "When they are there" in page and "De dilluns" in page
    [changed] = entries(house, "vendor.card_changed")
    owner = people.actor(house, _account(house))
    assert (changed["actor"], changed["vendor"]) == ({"kind": "staff", "id": owner.name}, text_of(shop.id))
    assert changed["detail"]["members"] == sorted({name.partition("_")[0] if name[-3:-2] == "_" else name for name in WRITTEN})
    assert "Books" not in str(changed)
    assert people.post(client, PAGE, **WRITTEN).status_code == 303
    assert len(entries(house, "vendor.card_changed")) == 1, "what changes nothing is no entry"


def test_what_the_page_shows_of_a_card_may_be_sent_back_as_it_is(app: Flask, house: House) -> None:
    client = at_work(app, house, company(house))
    assert people.post(client, PAGE, **WRITTEN).status_code == 303
    for _ in range(2):
        page = Browser(Inside(client)).open(PAGE).press("Save")
        assert "Parcels Ltd; ES; bring what is ordered\nPrint SA; RO; print labels" in page.source
    assert len(entries(house, "vendor.card_changed")) == 1, "nothing of it was changed"


def _account(house: House) -> bytes:
    from portal.accounts.reads import account_by_email

    with house.reading() as unit:
        found = account_by_email(unit, OWNER)
    assert found is not None
    return found


WRONG = [
    ("web", "javascript:alert(1)"),
    ("web", "http://shop.example"),
    ("privacy_policy", "https://user:word@shop.example"),
    ("privacy_contact", "nobody"),
    ("email", "josé@shop.example"),
    ("country", "XX"),
    ("legal_name", "Sh\u202eop"),
    ("hours_ro", "\u200b"),
    ("description_en", "a" * 601),
    ("subcontractors", "Parcels Ltd"),
    ("subcontractors", "Parcels Ltd; Spain; all"),
    ("subcontractors", "\n".join("A; ES; b" for _ in range(31))),
]


def test_what_is_not_right_is_said_beside_its_field_and_nothing_is_kept(app: Flask, house: House) -> None:
    shop = company(house)
    client = at_work(app, house, shop)
    for field, text in WRONG:
        answer = people.post(client, PAGE, city="Berga", **{field: text})
        assert answer.status_code == 422, field
        assert f'id="{field}-error"' in answer.text
        assert 'value="Berga"' in answer.text, "what was typed is still there"
    with house.reading() as unit:
        assert vendor_of(unit, shop.id).card == {"kind": "company"}


def test_attack_43_what_the_form_does_not_offer_is_not_taken(app: Flask, house: House) -> None:
    shop = company(house, mode="test")
    client = at_work(app, house, shop)
    more = {"kind": "organisation", "name": "Bank", "mode": "live", "slug": "bank", "admitted_by": "a notary", "blocked_at": ""}
    assert people.post(client, PAGE, city="Berga", **more).status_code == 303
    with house.reading() as unit:
        now = vendor_of(unit, shop.id)
    assert now.card == {"kind": "company", "city": "Berga"}
    assert (now.name, now.slug, now.mode, now.admitted_by) == (shop.name, shop.slug, shop.mode, shop.admitted_by)


def test_attack_89_whoever_is_no_owner_sees_the_card_and_changes_nothing_of_it(app: Flask, house: House) -> None:
    shop = company(house)
    for rank in ("developer", "agent", "reader"):
        client = at_work(app, house, shop, f"{rank}@shop.example", rank)
        assert "<textarea" not in client.get(PAGE).text
        assert people.post(client, PAGE, "/language", city="Berga").status_code == 403


def test_attack_16_nobody_changes_the_card_of_another_company(app: Flask, house: House) -> None:
    bank = company(house, "Bank")
    client = at_work(app, house, company(house))
    assert people.post(client, "/console/bank/card", PAGE, city="Berga").status_code == 404
    with house.reading() as unit:
        assert vendor_of(unit, bank.id).card == bank.card


def test_whoever_works_for_a_company_is_named_before_a_customer_shares(app: Flask, house: House) -> None:
    shop = delivering(house, "Shop")
    staff(house, shop)
    client = app.test_client()
    people.sign_in(client, OWNER)
    ana = person(house)
    request = asked(house, shop, ana, detail(house))
    before = signed_in(app, ana).get(f"/requests/{text_of(request.id)}").text
    assert "pass it on to nobody else" in before
    assert people.post(client, PAGE, **WRITTEN).status_code == 303
    now = signed_in(app, ana).get(f"/requests/{text_of(request.id)}").text
    assert "nobody but those who work for them: Parcels Ltd and Print SA." in now
    assert "bring what is ordered" in now and "Within 30 days" in now
