"""A letter to a company that stayed silent or said no: all that is on record, in its reader's language, and sent by nobody."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import use_locale
from portal.kernel.ids import text_of
from portal.kernel.mail import newest_mails
from portal.orders.demands.letters import STEPS, WANTED, letter_about
from portal.orders.demands.machine import CHANGE, CLAIM, CLAIM_TYPES, KINDS, MACHINES, NOT_MINE, RETURN, WITHDRAWAL
from portal.vendors.service import set_card
from tests import people
from tests.accounts.delegating import accepted
from tests.grants.cast import person, signed_in
from tests.orders.cast import an_order, line
from tests.orders.shelf import CARD, Shelf

POSTAL = {
    **CARD,
    "legal_name": "Far Llibres, S.L.",
    "city": "Girona",
    "country": "ES",
    "register_number": "B-17000000",
    "email": "atencio@far.example",
}


@pytest.fixture
def shelf(house: House) -> Shelf:
    """Orders of a company whose card says where it is."""
    made = Shelf(house, an_order("A/1", "c", line("Lamp", 1000, quantity=2)), an_order("2", "c"))
    with house.writing() as unit:
        set_card(unit, vendor_id=made.seller.vendor_id, card=POSTAL)
    return made


def text_on(browser: FlaskClient, demand_id: bytes) -> str:
    """The letter as text, from its page."""
    page = browser.get(f"/orders/demands/{text_of(demand_id)}/letter").text
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None, page
    return unescape(found[1])


def test_nothing_is_written_before_there_is_something_to_hold_against_a_company(app: Flask, shelf: Shelf) -> None:
    browser = signed_in(app, shelf.customer)
    waiting, done = shelf.ask("A/1", RETURN, 1), shelf.ask("2", RETURN)
    shelf.answer(done, "accept")
    shelf.answer(done, "close")
    for demand_id in (waiting, done):
        assert browser.get(f"/orders/demands/{text_of(demand_id)}/letter").status_code == 404
        assert "/letter" not in browser.get(f"/orders/demands/{text_of(demand_id)}").text


def test_a_silent_company_is_written_what_was_asked_promised_and_done_with_a_day(app: Flask, shelf: Shelf, house: House) -> None:
    demand_id = shelf.ask("A/1", RETURN, 2)
    people.do_jobs(house)
    before = len(people.mails(house))
    with clock.moved(timedelta(hours=49)):
        browser = signed_in(app, shelf.customer)
        assert f"/orders/demands/{text_of(demand_id)}/letter" in browser.get(f"/orders/demands/{text_of(demand_id)}").text
        text = text_on(browser, demand_id)
    for said in ("Far Llibres, S.L.", "Girona, Spain", "Register number: B-17000000", "atencio@far.example", "Return: order A/1"):
        assert said in text
    for said in ("2 × Lamp", "€10.00", "The company promises on its card", "Request made", "To this day there is no answer."):
        assert said in text
    assert "within 14 days, by" in text and "ana@example.org" in text
    people.do_jobs(house)
    with house.reading() as unit:
        assert not any("letter" in mail.subject.lower() for mail in newest_mails(unit))
    assert len(people.mails(house)) == before, "nothing is sent by us"


def test_a_no_is_written_back_with_its_reason_and_a_withdrawal_with_its_receipt(app: Flask, shelf: Shelf) -> None:
    refused = shelf.ask("A/1", CLAIM, 1)
    shelf.answer(refused, "decline", words="It was you who broke it.")
    withdrawn = shelf.ask("2", WITHDRAWAL)
    shelf.confirm(withdrawn)
    browser = signed_in(app, shelf.customer)
    text = text_on(browser, refused)
    assert "The company wrote: It was you who broke it." in text and "Answer of the company: no" in text
    assert "a replacement or a repair" in text
    assert browser.get(f"/orders/demands/{text_of(withdrawn)}/letter").status_code == 404
    shelf.answer(withdrawn, "acknowledge")
    with clock.moved(timedelta(days=15)):
        browser = signed_in(app, shelf.customer)
        assert "Not settled in time" in browser.get(f"/orders/demands/{text_of(withdrawn)}").text
        text = text_on(browser, withdrawn)
    assert text_of(withdrawn) in text and "/check" in text and "To this day it is not settled." in text
    shelf.answer(withdrawn, "dispute")
    text = text_on(signed_in(app, shelf.customer), withdrawn)
    assert "The company gave no reason." in text and "Disputed by the company" in text


def test_a_delegate_who_may_act_writes_it_without_the_customers_name_and_one_who_only_sees_does_not(
    app: Flask, shelf: Shelf, house: House
) -> None:
    demand_id = shelf.ask("A/1", RETURN, 1)
    shelf.answer(demand_id, "decline")
    address = f"/orders/demands/{text_of(demand_id)}/letter"
    for may, status in (("see", 403), ("act", 200)):
        bruno = person(house, f"bruno-{may}@example.org")
        lent = text_of(accepted(house, shelf.customer, bruno, {"orders": may}))
        browser = signed_in(app, bruno)
        people.post(browser, f"/acting/{lent}", page="/language")
        assert browser.get(address).status_code == status
        assert (address in browser.get(f"/orders/demands/{text_of(demand_id)}").text) == (may == "act")
        if may == "act":
            text = text_on(browser, demand_id)
            assert "ana@example.org" not in text and "Name and signature:" in text
    stranger = signed_in(app, person(house, "joan@example.org"))
    assert stranger.get(address).status_code == 404


@pytest.mark.parametrize("locale", ["en", "ca", "es", "ro"])
def test_every_kind_has_what_is_demanded_and_every_step_its_words_in_every_language(shelf: Shelf, locale: str) -> None:
    steps = {action for machine in MACHINES.values() for moves in machine.values() for action in moves}
    assert STEPS.keys() == steps | {"begin", "ask", "declare"}
    assert WANTED.keys() == {kind for kind in KINDS if kind != CLAIM} | set(CLAIM_TYPES)
    demand_ids = [shelf.ask("A/1", CLAIM, 1), shelf.ask("2", NOT_MINE)]
    for demand_id in demand_ids:
        shelf.answer(demand_id, "decline", words="No.")
    with use_locale(locale):
        texts = [letter_about(shelf.demand(one), POSTAL, origin="https://x", sender=("Ana",)).text for one in demand_ids]
    for text in texts:
        assert "%(" not in text and "No." in text and text.endswith("Ana\n")
    assert ("replacement" in texts[0]) == (locale == "en")
    assert CHANGE in WANTED
