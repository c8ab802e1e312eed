"""Signing in: guesses are bounded, an answer tells nothing of who is known, and many at once all get in."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.accounts import limits, passwords, service
from portal.accounts.facts.sessions import SignInRefused
from portal.accounts.models import Account
from portal.app import create_app
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.log_queue import QueuedFact
from portal.kernel.mail import queue_mail
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts.answers import same, statements
from tests.conftest import HouseMaker
from tests.people import PASSWORD

ANA = "ana@example.org"


def _try(client: FlaskClient, email: str = ANA, password: str = "not the password", **where: str) -> TestResponse:
    token = people.csrf_of(client)
    data = {"csrf_token": token, "email": email, "password": password}
    return client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": where.get("from_", "192.0.2.1")})


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer_for_the_same_work(house: House, app: Flask) -> None:
    people.register(house, ANA)
    _try(app.test_client(), "first.of.the.month@example.org")
    wrong, unknown = app.test_client(), app.test_client()
    with statements(house) as for_known:
        known_answer = _try(wrong)
    with statements(house) as for_unknown:
        unknown_answer = _try(unknown, "nobody.here@example.org")
    same(known_answer, unknown_answer)
    assert known_answer.status_code == 422
    assert for_known == for_unknown
    same(_try(wrong, from_="192.0.2.9"), _try(unknown, "nobody.here@example.org", from_="192.0.2.9"))


def test_a_password_of_an_account_that_waits_for_its_address_opens_nothing(house: House, app: Flask) -> None:
    with house.writing(SYSTEM) as unit:
        service.register(unit, email=ANA, password_hash=people.hashed(PASSWORD))
    waiting, unknown = app.test_client(), app.test_client()
    same(_try(waiting, password=PASSWORD), _try(unknown, "nobody.here@example.org", PASSWORD))


def test_ten_guesses_in_five_minutes_and_the_page_says_until_when(house: House, app: Flask) -> None:
    people.register(house, ANA)
    client = app.test_client()
    assert [_try(client).status_code for _ in range(10)] == [422] * 10
    refused = _try(client, password=PASSWORD)
    assert refused.status_code == 429
    assert 200 < int(refused.headers["Retry-After"]) <= 310
    assert re.search(r"Try again in \d minutes", refused.text)
    assert 'value="ana@example.org"' in refused.text
    with clock.moved(timedelta(seconds=int(refused.headers["Retry-After"]))):
        assert _try(client, password=PASSWORD).status_code == 303


def test_guessing_from_many_addresses_is_bounded_and_a_known_browser_still_gets_in(house: House, app: Flask) -> None:
    people.register(house, ANA)
    own = app.test_client()
    people.sign_in(own, ANA)
    people.post(own, "/sign-out", page="/account")
    attacker = app.test_client()
    answers = [_try(attacker, from_=f"198.51.{n // 8}.{n}").status_code for n in range(103)]
    assert answers.count(422) == 99
    assert answers[-1] == 429
    assert _try(app.test_client(), password=PASSWORD, from_="203.0.113.5").status_code == 429
    assert _try(own, password=PASSWORD, from_="203.0.113.5").status_code == 303


def test_a_forged_mark_of_a_known_browser_gives_no_further_tries(house: House, app: Flask) -> None:
    people.register(house, ANA)
    client = app.test_client()
    for _ in range(10):
        _try(client)
    for forged in ("x", "e30.abc", "e30", '{"a":"b"}'):
        client.set_cookie("device", forged)
        assert _try(client, password=PASSWORD).status_code == 429


def test_a_browser_that_was_thrown_out_by_another_password_is_a_stranger_again(house: House, app: Flask) -> None:
    people.register(house, ANA)
    thief, ana = app.test_client(), app.test_client()
    for client in (thief, ana):
        people.sign_in(client, ANA)
    changed = {"current_password": PASSWORD, "password": "a louder harbour at dawn"}
    with clock.moved(timedelta(minutes=1)):
        assert people.post(ana, "/account/password", **changed).status_code == 303
        people.do_jobs(house)
        before = len(people.mails(house, ANA))
        for client in (ana, thief):
            people.post(client, "/sign-out", "/account")
            entered = people.post(client, "/sign-in", email=ANA, password="a louder harbour at dawn")
            assert entered.status_code == 303
        people.do_jobs(house)
        told = [str(mail["Subject"]) for mail in people.mails(house, ANA)]
    assert len(told) == before + 1, "of the owner's own browser nothing is told"
    assert "new device" in told[0]


def test_neighbours_in_one_ipv6_network_count_as_one(house: House, app: Flask) -> None:
    people.register(house, ANA)
    client = app.test_client()
    for n in range(10):
        assert _try(client, from_=f"2001:db8:1:2:{n:x}::1").status_code == 422
    assert _try(client, from_="2001:db8:1:2:ffff::1").status_code == 429
    assert _try(client, from_="2001:db8:1:3::1").status_code == 422


def test_whoever_invents_addresses_from_one_network_keeps_nobody_else_out(house: House, app: Flask) -> None:
    people.register(house, ANA)
    with house.writing() as unit:
        for _ in range(limits.SIGN_IN_NETWORK.most - 2):
            limits.charge(unit, limits.SIGN_IN_NETWORK, "2001:0db8:0007:0007::/64")
    attacker = app.test_client()
    invented = [_try(attacker, f"nobody{n}@example.org", from_=f"2001:db8:7:7:{n:x}::1") for n in range(4)]
    assert [answer.status_code for answer in invented] == [422, 422, 429, 429]
    assert _try(attacker, password=PASSWORD, from_="2001:db8:7:7::1").status_code == 429
    assert _try(app.test_client(), password=PASSWORD, from_="203.0.113.5").status_code == 303


def test_refused_sign_ins_are_on_record_for_the_owner_without_the_address(house: House, app: Flask) -> None:
    people.register(house, ANA)
    client = app.test_client()
    for _ in range(3):
        _try(client)
    people.do_jobs(house)
    with house.reading() as unit:
        entries = unit.connection.execute(select(QueuedFact.entry)).scalars().all()
    refused = [entry for entry in entries if SignInRefused.EVENT.encode() in entry]
    assert len(refused) == 1, "equal refusals of a minute are counted, not repeated"
    assert b"wrong-password" in refused[0]
    assert b"192.0.2.1" not in refused[0]
    assert ANA.encode() not in refused[0]
    assert b'"customer"' in refused[0]


def test_demonstration_accounts_open_in_a_demonstration_alone(
    house: House, client: FlaskClient, make_house: HouseMaker, engine_name: str
) -> None:
    people.register(house, "demo@example.org", demonstration=True)
    same(_try(client, "demo@example.org", PASSWORD), _try(client, "nobody@example.org", PASSWORD))
    demonstration = make_house(engine_name, demo=True)
    people.register(demonstration, "demo@example.org", demonstration=True)
    other = create_app(demonstration).test_client()
    people.sign_in(other, "demo@example.org")
    assert other.get("/account").status_code == 200


def test_more_passwords_than_two_at_once_wait_and_then_hear_that_the_house_is_busy(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.register(house, ANA)
    monkeypatch.setattr(passwords, "PATIENCE", 0.05)
    with passwords._place(), passwords._place():
        busy = _try(client, password=PASSWORD)
    assert busy.status_code == 503
    assert int(busy.headers["Retry-After"]) > 0
    assert _try(client, password=PASSWORD).status_code == 303


def test_many_sign_ins_at_once_all_get_in(house: House, app: Flask) -> None:
    people.register(house, ANA)
    clients = [app.test_client() for _ in range(8)]
    tokens = [people.csrf_of(client) for client in clients]

    def enter(n: int) -> int:
        data = {"csrf_token": tokens[n], "email": ANA, "password": PASSWORD}
        return clients[n].post("/sign-in", data=data).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(enter, range(8))) == [303] * 8


def test_a_hash_made_with_older_parameters_is_renewed_at_the_next_sign_in(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, ANA)
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with house.transaction("writing") as connection:
        connection.execute(update(Account).where(Account.id == account_id).values(password_hash=old))
    people.sign_in(client, ANA)
    with house.reading() as unit:
        stored = unit.connection.execute(select(Account.password_hash)).scalar_one()
    assert stored != old
    assert "m=19456,t=2,p=1" in stored
    people.sign_in(client, ANA)


def test_the_sign_in_page_tells_who_can_sign_in_only_in_a_demonstration(
    house: House, client: FlaskClient, make_house: HouseMaker, engine_name: str
) -> None:
    ana = {"name": "Ana", "email": "ana@demo.example", "password": "word-of-the-demo"}
    staff = [{**ana, "name": name, "company": f"{name}'s shop"} for name in ("Laia", "Pau")]
    told = json.dumps({"customers": [ana], "officers": [], "staff": staff})
    demonstration = make_house(engine_name, demo=True)
    for each in (house, demonstration):
        (each.settings.instance / "demo.json").write_text(told)
    assert "word-of-the-demo" not in client.get("/sign-in").text
    page = create_app(demonstration).test_client().get("/sign-in").text
    assert page.count("word-of-the-demo") == 1, "everybody has the same"
    assert "Laia&#39;s shop" in page
    assert "Pau&#39;s shop" in page
    assert "These people, whose passwords stand here, are let off in the demonstration." in page
    assert client.get("/demo/mail").status_code == 404


def test_the_mail_of_a_demonstration_can_be_read_there(make_house: HouseMaker, engine_name: str) -> None:
    house = make_house(engine_name, demo=True)
    client = create_app(house).test_client()
    assert "No mail yet" in client.get("/demo/mail").text
    people.post(client, "/register", email=ANA, password=PASSWORD)
    people.do_jobs(house)
    (link,) = re.findall(r'href="(/demo/mail/[^"]+)"', client.get("/demo/mail").text)
    page = client.get(link).text
    assert "Confirm your address" in page
    assert f'href="{house.settings.origin}/verify/' in page
    # A card sets its children apart: words and link of a letter are one.
    assert re.search(r'<div class="card"><div class="as-written"[^>]*>Hello,', page)
    assert client.get("/demo/mail/nothing").status_code == 404


def test_a_letter_that_goes_to_nobody_is_not_among_the_mail_of_a_demonstration(
    make_house: HouseMaker, engine_name: str
) -> None:
    house = make_house(engine_name, demo=True)
    client = create_app(house).test_client()
    with house.writing(SYSTEM) as unit:
        kept = queue_mail(unit, to=ANA, template="accounts/verify", is_trial=True, token="t-1")
    people.do_jobs(house)
    assert "No mail yet" in client.get("/demo/mail").text
    assert client.get(f"/demo/mail/{text_of(kept)}").status_code == 404


def test_a_refused_sign_in_says_what_may_be_wrong_and_a_page_that_was_asked_for_says_why(client: FlaskClient) -> None:
    refused = people.post(client, "/sign-in", email="ana@example.org", password="not the one").text
    assert "You are not signed in" in refused
    assert "or the address is not confirmed yet" in refused
    sent = client.get("/data")
    assert "Sign in to see this page." in client.get(sent.location).text
    assert "Sign in to see this page." not in client.get("/sign-in").text
