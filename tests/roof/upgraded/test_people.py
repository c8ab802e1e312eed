"""An instance that a release left in the middle of a day is upgraded: everybody finds what they had."""

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.customers.reads import names_by_telephone
from portal.demo.cast import ANA, JOAN, OFFICER
from portal.kernel.house import House
from portal.kernel.telephones import normal_number
from portal.orders.models import Order
from tests import people
from tests.grants.test_records import verified
from tests.prove.sizes import size
from tests.roof.upgraded.released import LOG, PASSWORD, TOLD, work
from tests.roof.walking import walk


def test_everybody_signs_in_with_the_password_of_before(app: Flask) -> None:
    for email, name in ((ANA.email, "Ana"), (JOAN.email, "Joan"), ("mar@example.org", "Mar")):
        browser = app.test_client()
        assert people.sign_in(browser, email, PASSWORD).location == "/"
        assert browser.get("/").status_code == 200, name
        assert browser.get("/account").status_code == 200, name


def test_an_officer_of_before_is_at_the_desk_with_every_entry_of_before(app: Flask) -> None:
    browser = app.test_client()
    assert people.sign_in(browser, OFFICER.email, PASSWORD).location == "/desk"
    assert "Mercat Verd" in browser.get("/desk/entries").text
    for index in range(0, LOG["size"], size(test=40, prove=1)):
        assert browser.get(f"/desk/entries/{index}").status_code == 200, index


def test_a_browser_of_before_stays_signed_in_and_opens_whatever_was_sealed(ana: FlaskClient) -> None:
    assert "Hello, Ana" in ana.get("/").text
    words = {path: ana.get(path).text for path in ("/data", "/orders")}
    assert "Carrer de la Mar 14, 2n 1a" in words["/data"]
    assert "BCN 0047 3316" in words["/data"]
    assert "MV-" in words["/orders"]
    pages = [(rule, answer.status_code) for rule, answer in walk(ana, ["/", "/activity", "/messages", "/orders", "/sharing"], each=size(test=2, prove=20))]
    assert len(pages) > 30
    assert [(rule, status) for rule, status in pages if status >= 400] == []


def test_a_signed_record_of_before_is_the_same_and_is_checked_with_the_keys_of_now(ana: FlaskClient, house: House) -> None:
    for record, signed in TOLD["records"].items():
        assert ana.get(f"/records/{record}.jwt").text == signed
        assert verified(house, signed) == ana.get(f"/records/{record}.json").get_json(force=True)


def test_an_invitation_of_before_brings_the_earlier_orders(ana: FlaskClient, house: House) -> None:
    earlier = select(sa.func.count()).where(Order.number.like("LF-%"))
    answer = people.post(ana, TOLD["invitation"])
    assert (answer.status_code, answer.location) == (303, "/orders")
    with house.reading() as unit:
        assert unit.connection.execute(earlier).scalar_one() == 3
    assert "LF-" in ana.get("/orders").text


def test_an_officer_finds_by_telephone_who_wrote_a_number_before(house: House) -> None:
    work(house)
    with house.reading() as unit:
        assert len(names_by_telephone(unit, normal_number(ANA.profile["profile.phone"]))) == 1
