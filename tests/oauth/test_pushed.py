"""Pushed requests: what a program tells us itself, brought by a browser as one address, good once."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import new_secret
from portal.links.reads import link_by_number
from portal.oauth.models import PushedRequest
from portal.oauth.service.pushing import URN
from tests.grants.answering import press
from tests.grants.cast import detail, person, signed_in
from tests.oauth.cast import (
    BACK,
    FORM,
    STATE,
    Program,
    answered,
    authorize_url,
    entries,
    own_token,
    profile,
    program,
    program_of,
    redeem,
)
from tests.oauth.racing import race
from tests.orders.cast import an_order, line, tell
from tests.prove.sizes import size

ROUNDS = size(test=12, prove=64)
AT_ONCE = 40  # a pushed request lives a minute and a half


@pytest.fixture
def shop(house: House) -> Program:
    """A program."""
    return program(house)


def form_of(house: House, made: Program, *details: Any, **changes: str | None) -> dict[str, str]:
    """What the program would otherwise put into the address."""
    return answered(authorize_url(house, made, *details, **changes))


def push(client: FlaskClient, house: House, made: Program, *details: Any, **changes: str | None) -> TestResponse:
    return client.post("/oauth/par", data=form_of(house, made, *details, **changes), headers=made.basic)


def pushed(client: FlaskClient, house: House, made: Program, *details: Any, **changes: str | None) -> str:
    """The address that the program then sends the browser to."""
    answer = push(client, house, made, *details, **changes)
    assert answer.status_code == 201, answer.text
    return brought(made, answer.json["request_uri"])


def brought(made: Program, uri: str, **more: str) -> str:
    return "/authorize?" + urlencode({"client_id": made.client_id, "request_uri": uri, **more})


def waiting(house: House) -> int:
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(PushedRequest)).scalar_one()


def goes_nowhere(answer: TestResponse) -> bool:
    """The page that turns a person away, and no word of where the answer would have gone."""
    return answer.status_code == 400 and "Location" not in answer.headers and BACK not in answer.text


def test_a_pushed_request_is_answered_with_an_address_of_256_bits_for_a_minute_and_a_half(
    house: House, client: FlaskClient, shop: Program
) -> None:
    answer = push(client, house, shop)
    assert answer.status_code == 201
    assert answer.json.keys() == {"request_uri", "expires_in"}
    assert 60 <= answer.json["expires_in"] <= 90
    assert len(answer.json["request_uri"].removeprefix(URN)) == 43
    assert answer.headers["Cache-Control"] == "no-store"
    assert push(client, house, shop).json["request_uri"] != answer.json["request_uri"]


def test_it_leads_through_consent_to_a_token_and_the_pages_can_be_loaded_again(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    browser = signed_in(app, person(house, given_name="Ana", family_name="Vila"))
    sent = browser.get(pushed(client, house, shop))
    assert sent.status_code == 303
    assert browser.get(sent.location).status_code == browser.get(sent.location).status_code == 200
    back = answered(press(browser, sent.location, "share").location)
    assert (back["state"], back["iss"]) == (STATE, house.settings.origin)
    assert waiting(house) == 0
    token = redeem(client, shop, back["code"]).json["access_token"]
    assert profile(client, token).json["profile"]["name"] == "Ana Vila"


@pytest.mark.parametrize("answer", ["share", "refuse"])
def test_the_address_leads_to_one_request_until_that_is_answered(
    app: Flask, house: House, client: FlaskClient, shop: Program, answer: str
) -> None:
    url, browser = pushed(client, house, shop), signed_in(app, person(house, given_name="Ana", family_name="Vila"))
    (place,) = {browser.get(url).location for _ in range(3)}
    assert len(entries(house, "grant.requested")) == 1
    assert browser.get(place).status_code == 200
    press(browser, place, answer)
    assert goes_nowhere(browser.get(url))


def test_the_address_ends_with_its_time(house: House, client: FlaskClient, shop: Program) -> None:
    answer = push(client, house, shop)
    url, life = brought(shop, answer.json["request_uri"]), timedelta(seconds=answer.json["expires_in"])
    with clock.moved(clock.now() + life):
        late = client.get(url)
        assert goes_nowhere(late)
        assert "is older than 90 seconds, or is not its own. It has to send a new one." in late.text
        assert client.post("/oauth/par", data=form_of(house, shop), headers=shop.basic).status_code == 201
    assert waiting(house) == 1  # the next push takes out what is over


def test_another_programs_or_a_guessed_address_goes_nowhere(
    house: House, client: FlaskClient, shop: Program
) -> None:
    uri = push(client, house, shop).json["request_uri"]
    for other in (program_of(house, shop.vendor_id, "Second till"), program(house, "Floristería")):
        assert goes_nowhere(client.get(brought(other, uri)))
    assert goes_nowhere(client.get("/authorize?" + urlencode({"request_uri": uri})))
    for guessed in (URN, URN + new_secret(), uri[:-1], uri + "x", uri.upper(), URN + uri, URN + "\u202e", URN + "%00"):
        assert goes_nowhere(client.get(brought(shop, guessed))), guessed
        assert goes_nowhere(client.get(authorize_url(house, shop, request_uri=guessed))), guessed
    assert client.get(brought(shop, uri)).status_code == 303


def test_what_stands_beside_the_address_is_ignored(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    uri = push(client, house, shop).json["request_uri"]
    beside = {
        "redirect_uri": "https://evil.example/",
        "state": "another",
        "scope": "orders:read",
        "response_type": "token",
        "code_challenge": "x" * 43,
        "authorization_details": "[]",
        "prompt": "none",
    }
    browser = signed_in(app, person(house, given_name="Ana"))
    sent = browser.get(brought(shop, uri, **beside))
    assert sent.status_code == 303
    back = press(browser, sent.location, "share").location
    assert back.startswith(BACK) and answered(back)["state"] == STATE
    tokens = redeem(client, shop, answered(back)["code"])
    assert (tokens.status_code, tokens.json["scope"]) == (200, "profile:read")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"scope": "orders:write"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"authorization_details": None}, "invalid_request"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
        ({"authorization_details": '["\\ud800"]'}, "invalid_authorization_details"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"prompt": "none"}, "consent_required"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "invalid_request"),
        ({"request_uri": URN + "x"}, "invalid_request"),
        ({"client_id": "somebody"}, "invalid_request"),
        ({"client_secret": "x"}, "invalid_request"),
    ],
)
def test_what_would_be_turned_down_in_the_address_is_turned_down_at_once(
    house: House, client: FlaskClient, shop: Program, changes: dict[str, str | None], error: str
) -> None:
    answer = push(client, house, shop, **changes)
    assert (answer.status_code, answer.json["error"]) == (400, error)
    assert "evil" not in answer.text
    assert waiting(house) == 0


def test_what_a_company_may_not_ask_for_is_told_to_its_program(
    house: House, client: FlaskClient, shop: Program
) -> None:
    for wrong in (
        detail(house, datatypes=("profile.language",), required=()),
        detail(house, required=("profile.email",)),
        detail(house, days=-1),
    ):
        assert push(client, house, shop, wrong).json["error"] == "invalid_authorization_details"


@pytest.mark.parametrize("name", ["redirect_uri", "response_type", "scope", "state", "code_challenge", "x"])
def test_a_parameter_that_stands_twice_or_holds_odd_bytes_is_refused(
    house: House, client: FlaskClient, shop: Program, name: str
) -> None:
    form = urlencode({"x": "y", **form_of(house, shop, scope="profile:read")})
    odd = [f"{form}&{name}=x", form.replace(f"{name}=", f"{name}=%ff", 1), form.replace(f"{name}=", f"{name}=%00", 1)]
    odd += [form.replace(f"{name}=", f"{name}={character}", 1) for character in ("%0A", "%C3%A9", "%E2%80%AE")]
    for body in odd:
        answer = client.post("/oauth/par", data=body, content_type=FORM, headers=shop.basic)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request"), body
    assert waiting(house) == 0


def test_only_a_program_with_its_secret_can_push(house: House, client: FlaskClient, shop: Program) -> None:
    form = form_of(house, shop)
    other = program_of(house, shop.vendor_id, "Second till")
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": f"Bearer {own_token(client, shop)}"}):
        answer = client.post("/oauth/par", data=form, headers=headers)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert client.post("/oauth/par", data=form, headers=other.basic).status_code == 400
    assert client.post("/oauth/par?" + urlencode(form), headers=shop.basic).status_code == 400
    assert client.post("/oauth/par", json=form, headers=shop.basic).status_code == 400


def test_neither_the_address_nor_its_secret_stands_in_the_database(
    house: House, client: FlaskClient, shop: Program
) -> None:
    secret = push(client, house, shop).json["request_uri"].removeprefix(URN)
    with house.reading() as unit:
        rows = unit.connection.execute(select(PushedRequest.__table__)).all()
    assert len(rows) == 1 and secret not in repr(rows)


def test_the_metadata_names_the_endpoint_and_asks_nobody_to_use_it(house: House, client: FlaskClient) -> None:
    said = client.get("/.well-known/oauth-authorization-server").json
    assert said["pushed_authorization_request_endpoint"] == f"{house.settings.origin}/oauth/par"
    assert said["require_pushed_authorization_requests"] is False


def test_a_customer_number_that_was_pushed_finds_the_earlier_orders_and_both_ids_go_on_working(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    tell(house, shop.vendor_id, an_order("O-1", "C-8", line("Solaris")), an_order("O-2", "C-8", line("Fiasco")))
    own = {"Authorization": f"Bearer {own_token(client, shop)}"}
    before = client.get("/api/v1/orders/O-1", headers=own).json["sub"]
    ana = person(house, given_name="Ana", family_name="Vila")
    asks = detail(house, datatypes=("profile.name", "orders.line.category"), identifier="C-8")
    browser = signed_in(app, ana)
    in_address = browser.get(authorize_url(house, shop, asks)).location
    assert "earlier orders" not in browser.get(in_address).text
    sent = browser.get(pushed(client, house, shop, asks)).location
    assert "Are these 2 earlier orders yours?" in browser.get(sent).text
    back = answered(press(browser, sent, "share", earlier="yes", items_0=["profile.name", "orders.line.category"]).location)
    token = redeem(client, shop, back["code"]).json["access_token"]
    read = profile(client, token).json
    assert read["sub"] != before and read["same_as"] == [before]
    for sub in (before, read["sub"]):
        asked = {"basis": "grant", "sub": sub, "purpose": asks["purpose"]}
        found = client.get("/api/v1/orders", query_string=asked, headers=own).json["orders"]
        assert [order["sub"] for order in found] == [read["sub"]] * 2
    assert client.get("/api/v1/orders/O-1", headers=own).json["sub"] == read["sub"]
    with house.reading() as unit:
        link = link_by_number(unit, shop.vendor_id, "C-8")
        assert link is not None and link.customer_id == ana.customer_id
    assert "Solaris" in browser.get("/orders").text


@pytest.mark.slow
def test_an_address_brought_eight_times_at_once_makes_one_request(
    house: House, client: FlaskClient, shop: Program
) -> None:
    for start in range(0, ROUNDS, AT_ONCE):
        urls = [pushed(client, house, shop) for _ in range(min(AT_ONCE, ROUNDS - start))]
        for answers in race(house, [{"path": url, "method": "GET"} for url in urls]):
            assert [status for status, _ in answers] == [303] * 8
    assert len(entries(house, "grant.requested")) == ROUNDS
    assert json.dumps(entries(house, "grant.requested")).count(URN) == 0
