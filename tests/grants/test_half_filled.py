"""What a delivery needs of an address, said where it can be filled in."""

import re

import pytest
from flask import Flask

from portal.accounts.service import choose_language
from portal.customers.reads import values_of
from portal.kernel.house import House
from tests.grants.answering import NAMES, mine, page_of, press
from tests.grants.cast import CARE, DELIVERY, asked, company, detail, person, signed_in

HALF = {"street": "Major 3", "city": "Girona"}


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("en", "For a delivery this is still missing: postal code and country."),
        ("ca", "Per a un lliurament encara hi falta: codi postal i país."),
        ("es", "Para una entrega aún falta: código postal y país."),
        ("ro", "Pentru o livrare mai lipsește: cod poștal și țară."),
    ],
)
def test_a_delivery_that_asks_for_a_half_filled_address_says_so_where_it_can_be_filled_in(
    app: Flask, house: House, language: str, hint: str
) -> None:
    vendor, ana = company(house), person(house, **NAMES, address=HALF)
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    both = (detail(house), detail(house, CARE, ("profile.address",), ()))
    client, path = signed_in(app, ana), page_of(asked(house, vendor, None, *both))
    page = client.get(path).text
    assert page.count(hint) == 1, "care delivers nothing"
    assert page.index("Major 3") < page.index(hint) < page.index("</fieldset>")
    assert len(re.findall(r'name="fill_\d+"', page)) == 2, "what is there is not asked for again"
    postal, country = re.findall(r'name="(fill_\d+)"', page)
    press(client, path, "share", items_0=["profile.name", "profile.address"], **{postal: "17001", country: "ES"})
    with house.reading(ana) as unit:
        held = values_of(unit, ana.customer_id or b"", ["profile.address"])["profile.address"]
    assert held == {**HALF, "postal_code": "17001", "country": "ES"}
    assert hint not in client.get(page_of(asked(house, vendor))).text


def test_a_half_filled_address_hinders_no_yes(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house, **NAMES, address=HALF)
    request = asked(house, vendor, None, detail(house, required=("profile.name", "profile.address")))
    assert press(signed_in(app, ana), page_of(request), "share").status_code == 303
    assert mine(house, ana) == [{DELIVERY: {"profile.name", "profile.address"}}]


def test_what_a_delivery_can_do_without_is_marked_and_what_it_lacks_is_said_of_what_is_written(
    app: Flask, house: House
) -> None:
    vendor, ana = company(house), person(house, given_name="Ana")
    path, client = page_of(asked(house, vendor)), signed_in(app, ana)
    page = client.get(path).text
    assert re.findall(r'<label class="form-label" for="fill_\d">([^<]+) <span class="optional">', page) == ["Province or region"]
    assert "A delivery needs all that is not marked as optional." in page
    assert "For a delivery this is still missing: family name." in page, "a first name alone is half a name"
    labels = {label.strip(): name for name, label in re.findall(r'<label class="form-label" for="(fill_\d)">([^<]+)', page)}
    written = {labels["Street and number"]: "Carrer de la Lluna 4", labels["Family name"]: "Vila"}
    seen = press(client, path, "preview", items_0=["profile.name", "profile.address"], **written).text
    assert "For a delivery this is still missing: postal code, city or town and country." in seen
    assert "missing: family name" not in seen and 'value="Vila"' in seen
    assert (page.count("Not in your data yet"), seen.count("Not in your data yet, so they")) == (1, 0)
    assert ">Not in your data yet<" not in seen
    assert seen.count("Written below; it is saved in your data when you share") == 1


def test_of_another_reason_nothing_is_said_that_a_delivery_lacks(app: Flask, house: House) -> None:
    vendor, ana = company(house), person(house, given_name="Ana")
    page = signed_in(app, ana).get(page_of(asked(house, vendor, None, detail(house, CARE)))).text
    assert "For a delivery" not in page and "A delivery needs" not in page
