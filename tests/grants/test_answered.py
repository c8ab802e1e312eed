"""Whose a request is, where an answer leads, and what becomes of a second press."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.service import choose_language
from portal.grants import reads
from portal.grants.service import ask, revoke
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.unit import Actor
from portal.links import service as links
from portal.links.reads import link_by_number, link_of
from tests.grants.answering import field_of, mine, named, opened, page_of, press
from tests.grants.cast import asked, company, detail, person, signed_in
from tests.oauth.cast import BACK, STATE, VERIFIER, answered, authorize_url, program
from tests.orders.cast import an_order, line, tell


def test_somebody_elses_request_is_not_there(app: Flask, house: House) -> None:
    vendor, ana, joan = company(house), named(house), named(house, "joan@example.org")
    path = page_of(asked(house, vendor, ana))
    client = signed_in(app, joan)
    token = field_of(client.get("/sharing").text, "csrf_token")
    assert client.get(path).status_code == 404
    for answer in ("share", "refuse", "preview"):
        assert client.post(path, data={"csrf_token": token, "answer": answer}).status_code == 404
    assert client.get(path + "/block").status_code == 404
    assert client.get("/requests/AAAAAAAAAAAAAAAAAAAAAA").status_code == client.get("/requests/x").status_code == 404


def test_a_company_that_keeps_asking_can_be_blocked_from_its_request(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    token = opened(client, path)["csrf_token"]
    assert "Block Librería del Mar?" in client.get(path + "/block").text
    assert client.post(path + "/block", data={"csrf_token": token}).status_code == 303
    assert "You said no" in client.get(path).text
    other = page_of(asked(house, vendor))
    assert "You blocked Librería del Mar" in client.get(other).text


def test_earlier_orders_are_asked_about_in_one_line_and_found_with_a_yes(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    number = "C-77"
    with house.writing() as unit:
        link = links.prospect(unit, vendor_id=vendor.id, number=number, email="ana@example.org")
    assert "earlier order" not in signed_in(app, ana).get(page_of(asked(house, vendor))).text
    tell(house, vendor.id, an_order("O-1", number, line("Solaris")))
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    page = client.get(path).text
    assert "Is this 1 earlier order yours?" in page and "No, or no answer: nothing happens." in page
    assert "Solaris" not in page and "O-1" not in page
    press(client, path, "share", earlier="yes")
    with house.reading(ana) as unit:
        assert link_of(unit, link.id).folded_into == reads.grants_of(unit)[0].link_id
        found = link_by_number(unit, vendor.id, number)
        assert found is not None and found.customer_id == ana.customer_id


def test_a_number_that_the_company_named_itself_leads_to_the_earlier_orders_too(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    tell(house, vendor.id, an_order("O-1", "C-8", line("Solaris")), an_order("O-2", "C-8", line("Fiasco")))
    for pushed in (False, True):
        with house.writing() as unit:
            made = ask(unit, vendor_id=vendor.id, details=[detail(house, identifier="C-8")], pushed=pushed)
        page = signed_in(app, ana).get(page_of(made)).text
        assert ("Are these 2 earlier orders yours?" in page) == pushed


# With a program that waits for the answer


def test_a_yes_leads_back_to_the_program_with_a_code(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    sent = client.get(authorize_url(house, shop))
    assert sent.status_code == 303
    page = client.get(sent.location)
    assert f"form-action 'self' {BACK.rsplit('/', 1)[0]};" in page.headers["Content-Security-Policy"]
    assert "books.example" not in client.get("/sharing").headers["Content-Security-Policy"]
    answer = press(client, sent.location, "share")
    parameters = answered(answer.location)
    assert answer.status_code == 303 and answer.location.startswith(BACK)
    assert parameters["state"] == STATE and parameters["iss"] == house.settings.origin and parameters["code"]


def test_a_no_leads_back_to_the_program_without_a_word_of_the_counter_offer(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    for changes in ({}, {"items_0": ["profile.email"]}):
        path = client.get(authorize_url(house, shop)).location
        parameters = answered(press(client, path, "refuse", **changes).location)
        assert parameters == {"error": "access_denied", "state": STATE, "iss": house.settings.origin}
        with house.reading(ana) as unit:
            kept = reads.request_of(unit, id_from(path.rsplit("/", 1)[1]))
        assert (kept.counter_offer is not None) == bool(changes)
    assert mine(house, ana) == []


def test_a_yes_pressed_twice_is_one_permission_and_the_second_press_leads_back_too(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, shop)).location
    form = {**opened(client, path), "answer": "share"}
    first, second = client.post(path, data=form), client.post(path, data=form)
    codes = {answered(answer.location)["code"] for answer in (first, second)}
    assert len(codes) == 2 and len(mine(house, ana)) == 1
    tokens = [_exchange(client, shop, answered(answer.location)["code"]).status_code for answer in (first, second)]
    assert tokens == [400, 200]
    third = client.post(path, data=form)
    assert third.location == path and "You said yes to Librería del Mar" in client.get(path).text


def test_a_second_press_after_a_stop_says_what_became_of_it_and_gives_no_code(app: Flask, house: House) -> None:
    shop, ana = program(house), named(house)
    client = signed_in(app, ana)
    path = client.get(authorize_url(house, shop)).location
    form = {**opened(client, path), "answer": "share"}
    first = client.post(path, data=form)
    _stop_all(house, ana)
    second = client.post(path, data=form)
    assert (second.status_code, second.location) == (303, path)
    page = client.get(path).text
    assert "You said yes to Librería del Mar" in page and "You stopped it on" in page and "can stop at any" not in page
    assert _exchange(client, shop, answered(first.location)["code"]).status_code == 400
    assert len(mine(house, ana)) == 1


def test_a_second_press_where_no_program_waits_does_not_say_that_it_is_shared(app: Flask, house: House) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    form = {**opened(client, path), "answer": "share"}
    assert "/sharing/" in client.post(path, data=form).location
    _stop_all(house, ana)
    client.get("/sharing")  # takes the first answer's word off
    answer = client.post(path, data=form, follow_redirects=True).text
    assert "You share it with" not in answer and "You stopped it on" in answer


@pytest.mark.parametrize(("first", "said"), [("share", "You said yes to"), ("refuse", "You said no to")])
@pytest.mark.parametrize("second", ["share", "refuse", "preview"])
def test_another_answer_to_an_answered_request_says_what_became_of_it(
    app: Flask, house: House, first: str, second: str, said: str
) -> None:
    vendor, ana = company(house), named(house)
    client, path = signed_in(app, ana), page_of(asked(house, vendor))
    form = opened(client, path)
    assert client.post(path, data={**form, "answer": first}).status_code == 303
    answer = client.post(path, data={**form, "answer": second})
    assert (answer.status_code, answer.location) == (303, path) and said in client.get(path).text


def _stop_all(house: House, actor: Actor) -> None:
    with house.writing(actor) as unit:
        for grant in reads.grants_of(unit):
            revoke(unit, grant_id=grant.id)


def _exchange(client: FlaskClient, shop: Any, code: str) -> TestResponse:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return client.post("/oauth/token", data=form, headers=shop.basic)


def test_a_request_begun_as_a_stranger_waits_through_registration_and_on_another_device(
    app: Flask, house: House
) -> None:
    shop = program(house)
    path = app.test_client().get(authorize_url(house, shop)).location
    joan = named(house, "joan@example.org")
    assert signed_in(app, joan).get(path).status_code == 200
    answer = press(signed_in(app, joan), path, "share")
    assert answered(answer.location)["state"] == STATE
    assert signed_in(app, person(house)).get(path).status_code == 404


def test_mistakes_are_told_to_the_program_only_where_it_is_known(app: Flask, house: House) -> None:
    shop, client = program(house), app.test_client()
    for changes in ({"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}, {"state": "a\0b"}):
        answer = client.get(authorize_url(house, shop, **changes))
        assert answer.status_code == 400 and "Location" not in answer.headers
        assert "has a mistake" in answer.text and 'href="https://evil' not in answer.text
    wrong = detail(house, datatypes=("profile.iban",), required=())
    answer = client.get(authorize_url(house, shop, wrong))
    assert answer.status_code == 303 and answer.location.startswith(BACK)
    assert answered(answer.location)["error"] == "invalid_authorization_details"


@pytest.mark.parametrize(("language", "share", "refuse"), [
    ("ca", "Comparteix amb Librería del Mar", "No comparteixis"),
    ("es", "Compartir con Librería del Mar", "No compartir"),
    ("ro", "Partajează cu Librería del Mar", "Nu partaja"),
])  # fmt: skip
def test_the_page_speaks_the_readers_language_and_the_record_keeps_it(
    app: Flask, house: House, language: str, share: str, refuse: str
) -> None:
    vendor, ana = company(house), named(house)
    client = signed_in(app, ana)
    with house.writing(ana) as unit:
        choose_language(unit, account_id=ana.id or b"", locale=language)
    path = page_of(asked(house, vendor))
    page = client.get(path).text
    assert f'<html lang="{language}"' in page and share in page and refuse in page
    press(client, path, "share")
    with house.reading(ana) as unit:
        assert [record.language for record in reads.records_of(unit)] == [language]
