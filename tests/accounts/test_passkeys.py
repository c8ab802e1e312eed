"""Passkeys: one signs in alone, and nothing but the right one, answering the right question here, proves anything."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts.jobs import sweep
from portal.accounts.models import Challenge, Factor
from portal.accounts.passkeys import Site
from portal.app import create_app
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from tests import people
from tests.accounts import apps
from tests.accounts.authenticator import (
    ATTESTED,
    PRESENT,
    VERIFIED,
    Authenticator,
    add_passkey,
    begin,
    options_on,
    send,
)
from tests.conftest import HouseMaker

ANA = "ana@example.org"
EVE = "eve@example.org"


@pytest.fixture
def phone(house: House, app: Flask) -> Authenticator:
    """Ana's phone, whose passkey opens her account; nobody is signed in but in the browser that added it."""
    people.register(house, ANA)
    held, browser = Authenticator(), app.test_client()
    people.sign_in(browser, ANA)
    assert add_passkey(browser, held).status_code == 200
    return held


def _is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def _enter(client: FlaskClient, held: Authenticator, **lies: Any) -> TestResponse:
    return send(client, held.use(begin(client), **lies))


def test_a_passkey_signs_in_alone_and_leads_to_where_the_person_was_going(app: Flask, phone: Authenticator) -> None:
    client = app.test_client()
    done = send(client, phone.use(begin(client)), next="/account/sessions")
    assert (done.status_code, done.location) == (303, "/account/sessions")
    assert _is_in(client)
    assert send(app.test_client(), "").status_code == 422


def test_the_question_asks_for_a_verified_person_and_names_nobody(client: FlaskClient, phone: Authenticator) -> None:
    asked = begin(client)
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "localhost"
    assert asked.get("allowCredentials", []) == []
    assert ANA not in json.dumps(asked)


def test_with_a_passkey_the_password_alone_opens_nothing(app: Flask, phone: Authenticator) -> None:
    client = app.test_client()
    sent = apps.half_way(client, ANA)
    page = client.get(sent.location).text
    assert "Use your passkey" in page
    assert "You cannot use the passkey?" in page
    assert 'name="code"' not in page
    assert not _is_in(client)
    assert _enter(client, phone).status_code == 303


@pytest.mark.parametrize(
    ("clause", "lies"),
    [
        ("another origin", {"told": {"origin": "https://evil.example"}}),
        ("the same host on another port", {"told": {"origin": "http://localhost:9999"}}),
        ("another site's id", {"host": "evil.example"}),
        ("nobody verified", {"flags": PRESENT}),
        ("nobody present", {"flags": VERIFIED}),
        ("made, not used", {"told": {"type": "webauthn.create"}}),
        ("a challenge of its own", {"told": {"challenge": "A" * 43}}),
        ("another site's frame", {"told": {"crossOrigin": True}}),
        ("a count that stands still", {"counter": 1}),
        ("a count that goes back", {"counter": 0}),
        ("nobody's handle", {"user": b"x" * 16}),
        ("no handle", {"user": b""}),
    ],
)
def test_attack_69_an_answer_with_one_thing_wrong_opens_nothing(
    house: House, app: Flask, phone: Authenticator, clause: str, lies: dict[str, Any]
) -> None:
    client = app.test_client()
    phone.counter = 1
    refused = _enter(client, phone, **lies)
    assert refused.status_code == 422, clause
    assert "This passkey opens no account here." in refused.text
    assert not _is_in(client)
    with house.reading() as unit:
        entries = unit.connection.execute(select(QueuedFact.entry)).scalars().all()
    assert any(b"wrong-passkey" in entry for entry in entries)
    phone.counter = 1
    assert _enter(client, phone).status_code == 303, "with nothing wrong it opens"


def test_attack_69_the_handle_of_somebody_else_opens_neither_account(
    house: House, app: Flask, phone: Authenticator
) -> None:
    eve = people.register(house, EVE)
    hers, browser = Authenticator(), app.test_client()
    people.sign_in(browser, EVE)
    assert add_passkey(browser, hers).status_code == 200
    client = app.test_client()
    assert _enter(client, phone, user=eve).status_code == 422
    assert _enter(client, hers, user=phone.user).status_code == 422
    thief = Authenticator(id=phone.id, user=phone.user)
    assert _enter(client, thief).status_code == 422, "the id alone, signed with another key"
    assert not _is_in(client)


def test_attack_69_a_challenge_is_good_once_for_its_browser_and_for_ten_minutes(app: Flask, phone: Authenticator) -> None:
    first, other = app.test_client(), app.test_client()
    answer = phone.use(begin(first))
    begin(other)
    assert send(other, answer).status_code == 422, "another browser's question was another one"
    copy = app.test_client()
    copy.set_cookie("session", first.get_cookie("session").value)  # type: ignore[union-attr]
    assert send(first, answer).status_code == 303
    assert send(copy, answer).status_code == 422
    assert not _is_in(copy)
    late = app.test_client()
    answer = phone.use(begin(late))
    with clock.moved(timedelta(minutes=11)):
        assert "That took too long" in send(late, answer).text
    wrong = app.test_client()
    asked = begin(wrong)
    copy.set_cookie("session", wrong.get_cookie("session").value)  # type: ignore[union-attr]
    assert send(wrong, phone.use(asked, flags=PRESENT)).status_code == 422
    assert send(copy, phone.use(asked)).status_code == 422, "a wrong answer uses the question up"


def test_attack_69_of_eight_who_send_one_answer_at_once_one_gets_in(app: Flask, phone: Authenticator) -> None:
    first = app.test_client()
    answer = phone.use(begin(first))
    clients = [app.test_client() for _ in range(8)]
    for client in clients:
        client.set_cookie("session", first.get_cookie("session").value)  # type: ignore[union-attr]
    token = people.csrf_of(clients[0])

    def enter(client: FlaskClient) -> int:
        return client.post("/sign-in/passkey", data={"csrf_token": token, "credential": answer}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(enter, clients)) == [303, *[422] * 7]


def test_a_passkey_that_several_devices_keep_counts_nothing_and_works_again_and_again(house: House, app: Flask) -> None:
    people.register(house, ANA)
    synced, browser = Authenticator(counts=False), app.test_client()
    people.sign_in(browser, ANA)
    add_passkey(browser, synced)
    assert [_enter(app.test_client(), synced).status_code for _ in range(3)] == [303] * 3


@pytest.mark.parametrize(
    "lies",
    [
        {"told": {"origin": "https://evil.example"}},
        {"told": {"challenge": "A" * 43}},
        {"told": {"type": "webauthn.get"}},
        {"told": {"crossOrigin": True}},
        {"host": "evil.example"},
        {"flags": PRESENT | ATTESTED},
    ],
)
def test_attack_69_a_passkey_made_otherwise_is_not_added(house: House, client: FlaskClient, lies: dict[str, Any]) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    refused = add_passkey(client, Authenticator(), **lies)
    assert (refused.status_code, refused.location) == (303, "/account/factors")
    assert "No passkey was made." in client.get("/account/factors").text
    with house.reading() as unit:
        assert unit.connection.execute(select(Factor.id)).all() == []


def test_attack_69_one_passkey_belongs_to_one_account_and_is_added_by_its_own_session(
    house: House, app: Flask, phone: Authenticator
) -> None:
    people.register(house, EVE)
    eve = app.test_client()
    people.sign_in(eve, EVE)
    add_passkey(eve, phone)
    assert "My phone" not in eve.get("/account/factors").text
    asked = options_on(eve)
    with eve.session_transaction() as held:
        mark = held["make"]
    people.sign_in(eve, EVE)
    with eve.session_transaction() as held:
        held["make"] = mark
    people.post(eve, "/sign-out", page="/account")
    assert people.post(eve, "/account/factors/passkey/confirm", page="/sign-in", credential=Authenticator().make(asked)).location.startswith("/sign-in")


@pytest.mark.parametrize("answer", ["", "x", "{}", "[]", "null", '{"rawId": 1}', '{"rawId": "AA", "response": 7}', "9" * 30_000, "\x00"])
def test_what_is_no_answer_at_all_is_refused_calmly(house: House, app: Flask, client: FlaskClient, answer: str) -> None:
    begin(client)
    assert send(client, answer).status_code == 422
    people.register(house, ANA)
    people.sign_in(client, ANA)
    options_on(client)
    made = people.post(
        client, "/account/factors/passkey/confirm", page="/account/factors/passkey", credential=answer, name="x"
    )
    assert made.location == "/account/factors"
    begin(client, "/account/prove/begin", "/account/prove")
    proved = people.post(client, "/account/prove", proof_credential=answer, proof_for="/account/password")
    assert proved.status_code == 422


def test_attack_63_a_passkey_proves_anew_who_is_there_and_only_ones_own_does(
    house: House, app: Flask, phone: Authenticator
) -> None:
    people.register(house, EVE)
    hers, eve = Authenticator(), app.test_client()
    people.sign_in(eve, EVE)
    add_passkey(eve, hers)
    client = app.test_client()
    _enter(client, phone)
    with clock.moved(timedelta(minutes=11)):
        assert client.get("/account/password").location == "/account/prove?next=%2Faccount%2Fpassword"
        for held, status in ((hers, 422), (phone, 303)):
            asked = begin(client, "/account/prove/begin", "/account/prove")
            assert [one["id"] for one in asked["allowCredentials"]]
            sent = people.post(client, "/account/prove", proof_credential=held.use(asked), proof_for="/account/password")
            assert sent.status_code == status
        assert client.get("/account/password").status_code == 200


def test_a_removed_passkey_opens_nothing_and_the_last_one_leaves_the_password(house: House, app: Flask, phone: Authenticator) -> None:
    client = app.test_client()
    _enter(client, phone)
    with house.reading() as unit:
        factor_id = unit.connection.execute(select(Factor.id)).scalar_one()
    from portal.kernel.ids import text_of

    people.post(client, f"/account/factors/{text_of(factor_id)}/remove", page="/account/factors")
    assert _enter(app.test_client(), phone).status_code == 422
    assert people.sign_in(app.test_client(), ANA).location == "/"
    people.do_jobs(house)
    told = [mail.get_content() for mail in people.mails(house, ANA) if mail["Subject"] == "How you sign in has changed"]
    assert sum("a passkey was added" in text for text in told) == sum("a passkey was removed" in text for text in told) == 1


def test_ids_and_keys_are_sealed_and_questions_are_swept(house: House, client: FlaskClient, phone: Authenticator) -> None:
    begin(client)
    with client.session_transaction() as held:
        mark = held["enter"].encode()
    with house.reading() as unit:
        rows = unit.connection.execute(select(*Factor.__table__.columns)).all()
        rows += unit.connection.execute(select(*Challenge.__table__.columns)).all()
    kept = b"".join(value for row in rows for value in row if isinstance(value, bytes))
    assert not any(secret in kept for secret in (phone.id, phone.id.hex().encode(), mark, b"My phone"))
    with clock.moved(timedelta(minutes=16)), house.writing() as unit:
        sweep(unit)
        assert unit.connection.execute(select(Challenge.id)).all() == []


def test_sixty_questions_in_five_minutes_from_one_network(client: FlaskClient) -> None:
    token = people.csrf_of(client)
    answers = [client.post("/sign-in/passkey/begin", headers={"X-CSRFToken": token}).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


@pytest.mark.parametrize(
    ("origin", "usable"),
    [
        ("https://freehold.example", True), ("http://localhost:8000", True), ("http://freehold.example", False),
        ("http://127.0.0.1:8000", False), ("https://192.0.2.1", False), ("https://[2001:db8::1]", False),
    ],
)  # fmt: skip
def test_passkeys_are_offered_where_browsers_make_them(origin: str, usable: bool) -> None:
    assert Site(origin).usable is usable


def test_where_browsers_make_none_none_is_offered(make_house: HouseMaker, engine_name: str) -> None:
    house = make_house(engine_name, origin="http://freehold.example")
    people.register(house, ANA)
    client = create_app(house).test_client()
    assert "passkey" not in client.get("/sign-in").text
    people.sign_in(client, ANA)
    assert "Add a passkey" not in client.get("/account/factors").text
