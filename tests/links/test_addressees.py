"""What an address was sent and what its reader said stays with the address, whatever number it stands under."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.links.service import block_vendor
from tests.customers.someone import someone
from tests.grants.cast import signed_in
from tests.links.bringing import Bringer, by_mail, letters, link_in, press

EVA, ANA = "eva@example.org", "ana@example.org"


@pytest.fixture
def shop(app: Flask, house: House) -> Bringer:
    """The company on this engine."""
    return Bringer(app, house)


def test_attack_an_address_gets_no_fifth_letter_by_numbers_that_get_another_address(shop: Bringer, house: House) -> None:
    for number in range(4):
        assert shop.states(by_mail(str(number), EVA)) == ["invited"]
        letters(house)
        shop.invite(by_mail(str(number), f"other{number}@example.org"))
    [refused] = shop.invite(by_mail("5", EVA))
    assert (refused["state"], refused.get("reason")) == ("refused", "written-often")


def test_attack_a_no_holds_when_the_number_has_another_address_by_now(
    client: FlaskClient, shop: Bringer, house: House
) -> None:
    shop.invite(by_mail("1", EVA))
    [letter] = letters(house)
    shop.invite(by_mail("1", ANA))
    assert letter.stop is not None
    assert client.post(letter.stop.removeprefix(house.settings.origin)).status_code == 200
    assert shop.states(by_mail("2", EVA)) == ["declined"]


def test_a_letter_to_another_address_than_the_customers_is_good_no_more(
    app: Flask, shop: Bringer, house: House
) -> None:
    shop.invite(by_mail("1", EVA))
    [wrong] = letters(house)
    shop.invite(by_mail("1", ANA))
    [_, right] = letters(house)
    assert press(signed_in(app, someone(house, EVA)), link_in(wrong)).status_code == 410
    assert press(signed_in(app, someone(house, ANA)), link_in(right)).status_code == 303


@pytest.mark.parametrize("at_once", [False, True])
def test_whoever_has_the_new_address_is_asked_about_its_number_alone(
    app: Flask, shop: Bringer, house: House, at_once: bool
) -> None:
    shop.invite({"number": "1", "email": EVA})
    other, corrected = {"number": "9", "email": EVA}, {"number": "1", "email": ANA}
    for some in ([other, corrected],) if at_once else ([other], [corrected]):
        shop.invite(*some)
    pages = {address: signed_in(app, someone(house, address)).get("/").text for address in (EVA, ANA)}
    assert {address: page.count("/connect/") for address, page in pages.items()} == {EVA: 1, ANA: 1}
    assert "customer 9" in pages[EVA] and "customer 1" in pages[ANA]


def test_attack_a_company_does_not_learn_by_its_letters_that_somebody_blocked_it(shop: Bringer, house: House) -> None:
    with house.writing(someone(house, EVA)) as unit:
        block_vendor(unit, vendor_id=shop.vendor_id)
    for address in (EVA, ANA):
        shop.invite(*(by_mail(f"{address[0]}{number}", address) for number in range(4)))
    assert {mail.to for mail in letters(house)} == {ANA}
    told = [shop.states(by_mail(f"{address[0]}9", address)) for address in (EVA, ANA)]
    assert told == [["refused"], ["refused"]]
