"""Organisations: how they come in, what of them is shown, what they may ask for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.i18n import in_every_locale
from portal.kernel.ids import new_id
from portal.kernel.mail import message_of, queue_mail
from portal.vendors.card import checked, in_language
from portal.vendors.names import slug_of
from portal.vendors.purposes import DELIVERY, PURPOSES, find, label_of, sentence_of
from portal.vendors.reads import allowed_of, find_vendor, vendor_live, vendor_of, vendors_of
from portal.vendors.service import admit, allow_purpose, block, set_card, unblock
from portal.vendors.things import ThingIds, thing_id
from tests import people
from tests.customers.someone import company

CARD = {
    "web": "https://books.example.org",
    "country": "ES",
    "description": {"en": "Books.", "ca": "Llibres."},
    "privacy_contact": "privacy@books.example.org",
}


def test_an_admitted_company_is_found_by_its_name_however_written(house: House) -> None:
    with house.writing() as unit:
        made = admit(unit, name="  Llibreria  d'Àvila ", card=CARD)
    with house.reading() as unit:
        assert find_vendor(unit, "LLIBRERIA D'ÀVILA").id == made.id
        assert find_vendor(unit, "llibreria-d-avila") == vendor_of(unit, made.id)
        assert vendors_of(unit, [made.id])[made.id].card == {"kind": "company", **CARD}
        with pytest.raises(NotFound):
            find_vendor(unit, "Nobody")


@pytest.mark.parametrize("odd", ["\u202e", "\u2066", "\u200b", "\u200f", "\u3164", "\ufeff", "\U000e0041", "\x07"])
def test_nothing_unseen_or_turned_round_stands_in_what_customers_read_of_a_company(house: House, odd: str) -> None:
    shop = company(house)
    for name in (f"Bo{odd}oks", odd, "¿ !"):
        with pytest.raises(Invalid) as caught, house.writing() as unit:
            admit(unit, name=name)
        assert caught.value.fields.keys() == {"name"}
    for member, value in (
        ("legal_name", f"Books{odd}Ltd"),
        ("description", {"en": f"We sell{odd} books."}),
        ("web", f"https://books.example/{odd}"),
        ("privacy_contact", f"https://books.example/{odd}x"),
    ):
        with pytest.raises(Invalid) as caught:
            checked({member: value})
        assert any(name.startswith(member) for name in caught.value.fields)
    with pytest.raises(Invalid) as caught, house.writing() as unit:
        allow_purpose(unit, vendor_id=shop.id, purpose=DELIVERY, datatypes=["profile.email"], text={"en": f"To{odd}x"})
    assert caught.value.fields.keys() == {"text"}


def test_names_and_texts_of_every_script_are_taken(house: House) -> None:
    names = ("Книжный магазин", "ספרים", "کتاب\u200cفروشی", "書店", "7", "Zoë & Sons, 1º")
    for name in names:
        with house.writing() as unit:
            assert admit(unit, name=name, card={"description": {"en": "One line.\nAnother 👩\u200d💻."}}).name == name


def test_a_name_is_one_companys_alone(house: House) -> None:
    company(house, "Books")
    for name in ("Books", "BOOKS", "books!"):
        with pytest.raises(Conflict), house.writing() as unit:
            admit(unit, name=name)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("web", "javascript:alert(1)"),
        ("web", "http://books.example.org"),
        ("web", "https://user:word@books.example.org"),
        ("country", "Spain"),
        ("description", {"xx": "Books"}),
        ("description", {"en": ""}),
        ("privacy_contact", "not an address"),
        ("privacy_contact", "josé@example.org"),
        ("privacy_contact", "büro@münchen.de"),
        ("logo", "https://books.example.org/logo.png"),
        ("kind", "friend"),
    ],
)
def test_a_card_that_is_not_right_says_which_member(member: str, value: Any) -> None:
    with pytest.raises(Invalid) as caught:
        checked({member: value})
    assert any(name.startswith(member) for name in caught.value.fields)


def test_letters_reach_every_privacy_contact_that_a_card_may_name(house: House) -> None:
    for contact in ("privacy@books.example.org", "info@münchen.de", "Ana.Vila@Example.org"):
        card = checked({"privacy_contact": contact})
        with house.writing() as unit:
            letter = queue_mail(unit, to=card["privacy_contact"], template="accounts/unknown")
        with house.reading() as unit:
            assert message_of(unit, letter).as_bytes().isascii()
    people.do_jobs(house)
    assert len(people.mails(house)) == 3


def test_a_changed_card_takes_the_place_of_the_old_one(house: House) -> None:
    shop = company(house)
    with house.writing() as unit:
        assert set_card(unit, vendor_id=shop.id, card=CARD).card["web"] == CARD["web"]
    with house.writing() as unit:
        assert "web" not in set_card(unit, vendor_id=shop.id, card={"country": "RO"}).card
    with house.writing() as unit:
        set_card(unit, vendor_id=shop.id, card={"country": "RO"})
        assert unit.facts == []


def test_a_companys_text_is_its_own_in_the_readers_language_or_another(house: House) -> None:
    assert in_language({"ca": "Llibres.", "en": "Books."}, "ca") == ("Llibres.", "ca")
    assert in_language({"en": "Books."}, "ro") == ("Books.", "en")
    assert in_language({"es": "Libros."}, "ro") == ("Libros.", "es")
    assert in_language({}, "ro") is None


def test_what_may_be_asked_is_replaced_by_what_is_allowed_last(house: House) -> None:
    shop = company(house)
    for datatypes in (["profile.email", "profile.phone"], ["profile.email"]):
        with house.writing() as unit:
            allow_purpose(
                unit, vendor_id=shop.id, purpose="dpv#DeliveryOfGoods", datatypes=datatypes, may_require=["profile.email"]
            )
    with house.reading() as unit:
        allowed = allowed_of(unit, shop.id, DELIVERY)
        assert allowed is not None
        assert (allowed.datatypes, allowed.may_require) == (["profile.email"], ["profile.email"])
        assert allowed_of(unit, shop.id, "https://w3id.org/dpv#DirectMarketing") is None


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("purpose", {"purpose": "https://example.org/anything"}),
        ("datatypes", {"datatypes": []}),
        ("datatypes", {"datatypes": ["profile.email", "Profile Email"]}),
        ("may_require", {"may_require": ["profile.phone"]}),
        ("text", {"text": {"xx": "why"}}),
    ],
)
def test_only_a_known_purpose_and_its_own_datatypes_are_allowed(
    house: House, field: str, change: dict[str, Any]
) -> None:
    shop = company(house)
    asked = {"purpose": DELIVERY, "datatypes": ["profile.email"], **change}
    with pytest.raises(Invalid) as caught, house.writing() as unit:
        allow_purpose(unit, vendor_id=shop.id, **asked)
    assert set(caught.value.fields) == {field}


def test_a_company_that_is_not_there_may_ask_nothing(house: House) -> None:
    with pytest.raises(NotFound), house.writing() as unit:
        allow_purpose(unit, vendor_id=new_id(), purpose=DELIVERY, datatypes=["profile.email"])


def test_the_log_sees_that_a_company_is_blocked(house: House) -> None:
    shop, bank = company(house, "Shop"), company(house, "Bank")
    args = [(shop.id,), (bank.id,), (new_id(),)]
    with house.writing() as unit:
        block(unit, vendor_id=bank.id)
        block(unit, vendor_id=bank.id)
        assert [fact.EVENT for fact in unit.facts] == ["vendor.blocked"]
    with house.reading() as unit:
        assert vendor_live(unit.connection, args, unit.at) == {1, 2}
    with house.writing() as unit:
        unblock(unit, vendor_id=bank.id)
    with house.reading() as unit:
        assert vendor_live(unit.connection, args, unit.at) == {2}
    with pytest.raises(NotFound), house.writing() as unit:
        block(unit, vendor_id=new_id())


def test_a_thing_has_another_id_for_each_vendor_and_kind_and_it_leads_back(house: House) -> None:
    thing, shop, bank = new_id(), new_id(), new_id()
    told = ThingIds(house.keys, shop).text_of("order", thing)
    assert told == thing_id(house.keys, shop, "order", thing)
    assert ThingIds(house.keys, shop).id_from("order", told) == thing
    assert len({told, thing_id(house.keys, bank, "order", thing), thing_id(house.keys, shop, "line", thing)}) == 3
    for vendor, kind, text in ((bank, "order", told), (shop, "line", told), (shop, "order", told[:-1] + "A0")):
        with pytest.raises(NotFound):
            ThingIds(house.keys, vendor).id_from(kind, text)


@given(st.text())
def test_any_text_is_a_thing_not_found_or_leads_back(text: str) -> None:
    assert slug_of(text).isascii()
    ids = _IDS
    with pytest.raises(NotFound):
        ids.id_from("order", text)


class _Keys:
    def derive(self, purpose: str, context: bytes) -> bytes:
        return (purpose.encode() + context).ljust(64, b"0")[:64]


_IDS = ThingIds(_Keys(), b"vendor")  # type: ignore[arg-type]


def test_every_purpose_is_said_in_every_language() -> None:
    assert len(PURPOSES) >= 12
    for purpose in PURPOSES.values():
        for words in (purpose.label, purpose.sentence, purpose.if_not):
            said = in_every_locale(words)
            assert all(said.values())
            assert len(set(said.values())) == 4, said
    assert find("dpv#DeliveryOfGoods") is find(DELIVERY) is find("dpv:DeliveryOfGoods")
    assert sentence_of("https://example.org/x") == label_of("https://example.org/x") == "https://example.org/x"
