"""Signing in and out: the session is ours to end, guesses are bounded, and nobody is led astray."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from portal.accounts import limits, passwords, service
from portal.accounts.facts.sessions import SignInRefused
from portal.accounts.models import Account, Session
from portal.accounts.reads import role_live, session_live
from portal.app import create_app
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import digest, text_of
from portal.kernel.log_queue import QueuedFact
from portal.kernel.mail import queue_mail
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts.answers import same, statements
from tests.conftest import HouseMaker
from tests.people import PASSWORD
from tests.prove.sizes import size

ANA = "ana@example.org"
AWAY = [
    "//evil.example", "///evil.example", "////evil.example/x", "\\\\evil.example", "/\\evil.example", "\\/evil.example",
    "https://evil.example", "https:evil.example", "https:/evil.example", "http:evil.example", "//evil.example/%2e%2e",
    "/%09/evil.example", "/\t/evil.example", "/\n/evil.example", "/%0a/evil.example", "/%0d%0aLocation:%20//evil.example",
    "\t//evil.example", " //evil.example", "/ /evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example",
    "/%2f/evil.example", "/%2Fevil.example", "/%5cevil.example", "/%5Cevil.example", "/%255cevil.example",
    "/%252fevil.example", "/..//evil.example", "/.//evil.example", "/a/..//evil.example", "/data/../../evil",
    "@evil.example", "/\u2028/evil.example", "/\x00/evil.example", "?next=//evil.example", "#//evil.example", "",
]  # fmt: skip


def _try(client: FlaskClient, email: str = ANA, password: str = "not the password", **where: str) -> TestResponse:
    token = people.csrf_of(client)
    data = {"csrf_token": token, "email": email, "password": password}
    return client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": where.get("from_", "192.0.2.1")})


def _cookie(client: FlaskClient, name: str = "session") -> str:
    found = client.get_cookie(name)
    return found.value if found else ""


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(house: House, app: Flask) -> None:
    people.register(house, ANA)
    client, copy = app.test_client(), app.test_client()
    people.sign_in(client, ANA)
    copy.set_cookie("session", _cookie(client))
    assert copy.get("/account").status_code == 200
    left = people.post(client, "/sign-out", page="/account")
    assert (left.status_code, left.location) == (303, "/")
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    for browser in (client, copy):
        assert browser.get("/account").status_code == 303


def test_a_session_ended_elsewhere_is_refused_at_its_next_request(house: House, app: Flask) -> None:
    account_id = people.register(house, ANA)
    clients = [app.test_client() for _ in range(size(test=3, prove=50))]
    for at, client in enumerate(clients):
        client.environ_base["REMOTE_ADDR"] = f"198.51.{at}.7"  # so many from one network would be too many
        people.sign_in(client, ANA)
        assert client.get("/account").status_code == 200
    with house.writing(SYSTEM) as unit:
        assert service.end_sessions(unit, account_id=account_id, reason="asked") == len(clients)
    assert [client.get("/account").status_code for client in clients] == [303] * len(clients)


def test_attack_62_the_list_shows_my_browsers_and_ends_one_others_or_all(house: House, app: Flask) -> None:
    people.register(house, ANA)
    here, phone, tablet = (app.test_client() for _ in range(3))
    for client, agent in ((here, "X11; Linux x86_64 Firefox/130"), (phone, "Android Chrome/130"), (tablet, "iPad Safari/605")):
        client.environ_base["HTTP_USER_AGENT"] = agent
        people.sign_in(client, ANA)
    page = here.get("/account/sessions").text
    assert all(name in page for name in ("Firefox on Linux", "Chrome on Android", "Safari on iPad", "This browser"))
    newest_other = re.findall(r'name="session" value="([A-Za-z0-9_-]{22})"', page)
    assert len(newest_other) == 2
    people.post(here, "/account/sessions/end", page="/account/sessions", session=newest_other[0])
    assert sorted(client.get("/account").status_code for client in (phone, tablet)) == [200, 303]
    people.post(here, "/account/sessions/end", page="/account/sessions", session="others")
    assert [client.get("/account").status_code for client in (here, phone, tablet)] == [200, 303, 303]
    people.post(here, "/account/sessions/end", page="/account/sessions", session="all")
    assert here.get("/account").status_code == 303


def test_somebody_elses_session_is_not_found(house: House, app: Flask) -> None:
    people.register(house, ANA)
    people.register(house, "joan@example.org")
    ana, joan = app.test_client(), app.test_client()
    people.sign_in(ana, ANA)
    people.sign_in(joan, "joan@example.org")
    people.sign_in(app.test_client(), "joan@example.org")
    (other,) = re.findall(r'name="session" value="([A-Za-z0-9_-]{22})"', joan.get("/account/sessions").text)
    answer = people.post(ana, "/account/sessions/end", page="/account/sessions", session=other)
    assert answer.status_code == 404
    assert people.post(ana, "/account/sessions/end", page="/account/sessions", session="nonsense").status_code == 404


def test_each_sign_in_has_a_new_session_and_the_cookie_of_before_opens_nothing(house: House, app: Flask) -> None:
    people.register(house, ANA)
    client, fixed = app.test_client(), app.test_client()
    people.csrf_of(client)
    fixed.set_cookie("session", _cookie(client))
    people.sign_in(client, ANA)
    first = _cookie(client)
    assert fixed.get("/account").status_code == 303
    with client.session_transaction() as held:
        secret = held["_user_id"]
    token = people.csrf_of(client, "/account")
    client.post("/sign-in", data={"csrf_token": token, "email": ANA, "password": PASSWORD})
    with client.session_transaction() as held:
        assert held["_user_id"] != secret
    fixed.set_cookie("session", first)
    assert fixed.get("/account").status_code == 303, "the session of before still opens"


def test_only_the_digest_of_a_sessions_secret_is_kept(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    with client.session_transaction() as held:
        secret = held["_user_id"]
    assert len(secret) == 43
    with house.reading() as unit:
        row = unit.connection.execute(select(*Session.__table__.columns)).one()
    assert row.secret_hash == digest(secret)
    assert secret.encode() not in b"".join(value for value in row if isinstance(value, bytes))


def test_the_form_of_one_person_does_nothing_after_another_signed_in(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.register(house, "joan@example.org")
    people.sign_in(client, ANA)
    old = people.csrf_of(client, "/account/password")
    people.post(client, "/sign-out", page="/account")
    people.sign_in(client, "joan@example.org")
    late = client.post("/account/sessions/end", data={"csrf_token": old, "session": "all"})
    assert late.status_code == 400
    assert client.get("/account").status_code == 200


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


@pytest.mark.parametrize("target", AWAY)
def test_next_leads_nowhere_else(house: House, client: FlaskClient, target: str) -> None:
    page = client.get(f"/sign-in?next={quote(target, safe='')}")
    assert page.status_code == 200
    assert 'name="next" type="hidden" value=""' in page.text
    people.register(house, ANA)
    answer = people.sign_in(client, ANA, next=target)
    assert answer.location == "/"


@pytest.mark.parametrize("target", ["/data", "/requests/x?a=b&c=d", "/activity?week=2026-W10", "/data/profile.tastes?q=%C3%A9"])
def test_next_leads_back_to_a_page_of_ours(house: House, client: FlaskClient, target: str) -> None:
    people.register(house, ANA)
    assert people.sign_in(client, ANA, next=target).location == target


def test_an_officer_lands_at_the_desk_unless_they_were_going_somewhere(house: House, app: Flask) -> None:
    otto = people.officer(house)
    people.register(house, "ana@example.org")
    ana, officer = app.test_client(), app.test_client()
    assert people.sign_in(ana, "ana@example.org").location == "/"
    assert ana.get("/sign-in").location == "/"
    assert people.sign_in(app.test_client(), "otto@example.org", next="/orders").location == "/orders"
    assert people.sign_in(officer, "otto@example.org").location == "/desk"
    assert officer.get("/sign-in").location == "/desk"
    assert officer.get("/desk").status_code == 200
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=otto, role="operator")
    assert people.sign_in(app.test_client(), "otto@example.org").location == "/"


def test_a_page_for_people_who_signed_in_leads_through_sign_in_and_back(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    sent = client.get("/account/sessions")
    assert (sent.status_code, sent.location) == (303, "/sign-in?next=%2Faccount%2Fsessions")
    assert people.sign_in(client, ANA, next="/account/sessions").location == "/account/sessions"
    assert client.get("/sign-in?next=/account/password").location == "/account/password"


def test_a_session_ends_when_it_was_not_used_and_when_its_time_is_over(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    with clock.moved(timedelta(days=13)):
        assert client.get("/account").status_code == 200
    with clock.moved(timedelta(days=26)):
        assert client.get("/account").status_code == 200
    with clock.moved(timedelta(days=30, minutes=1)):
        assert client.get("/account").status_code == 303
    people.sign_in(client, ANA)
    with clock.moved(timedelta(days=14, minutes=1)):
        assert client.get("/account").status_code == 303


def test_whoever_sees_other_peoples_things_has_a_shorter_session(house: House, client: FlaskClient) -> None:
    people.officer(house, "otto@example.org")
    people.sign_in(client, "otto@example.org")
    with clock.moved(timedelta(minutes=59)):
        assert client.get("/account").status_code == 200
    with clock.moved(timedelta(minutes=59 + 61)):
        assert client.get("/account").status_code == 303


def test_when_a_session_was_last_used_is_written_once_a_minute(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)

    def seen() -> object:
        with house.reading() as unit:
            return unit.connection.execute(select(Session.last_seen_at)).scalar_one()

    first = seen()
    client.get("/account")
    assert seen() == first
    with clock.moved(timedelta(seconds=61)):
        client.get("/account")
    assert seen() > first


def test_a_gain_or_loss_of_a_role_ends_the_sessions_of_before(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, ANA)
    people.sign_in(client, ANA)
    with house.writing(SYSTEM) as unit:
        role_id = service.grant_role(unit, account_id=account_id, role="officer")
    assert client.get("/account").status_code == 303
    people.sign_in(client, ANA)
    assert client.get("/account").status_code == 200
    with house.writing(SYSTEM) as unit:
        service.end_role(unit, role_id=role_id)
    assert client.get("/account").status_code == 303


def test_the_log_learns_of_ended_sessions_and_roles_in_one_look(house: House, app: Flask) -> None:
    account_id = people.register(house, ANA)
    client = app.test_client()
    people.sign_in(client, ANA)
    people.sign_in(app.test_client(), ANA)
    with house.reading() as unit:
        ids = unit.connection.execute(select(Session.id).order_by(Session.created_at)).scalars().all()
    with house.writing(SYSTEM) as unit:
        service.end_session(unit, account_id=account_id, session_id=ids[0])
    with house.reading() as unit:
        asked = [(ids[0],), (ids[1],), (b"x" * 16,), (ids[1],)]
        assert session_live(unit.connection, asked, unit.at) == {0, 2}
        assert session_live(unit.connection, asked, unit.at + timedelta(days=31)) == {0, 1, 2, 3}
        roles = [(account_id, "officer"), (account_id, "operator")]
        assert role_live(unit.connection, roles, unit.at) == {0, 1}
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=account_id, role="officer")
    with house.reading() as unit:
        assert role_live(unit.connection, roles, unit.at) == {1}


def test_the_cookie_is_closed_to_scripts_and_other_sites(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    cookies = people.sign_in(client, ANA).headers.getlist("Set-Cookie")
    (session,) = [cookie for cookie in cookies if cookie.startswith("session=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(session.split("; "))
    assert "Domain" not in session


def test_on_https_the_cookie_is_bound_to_host_and_transport(make_house: HouseMaker, engine_name: str) -> None:
    house = make_house(engine_name, origin="https://freehold.example")
    people.register(house, ANA)
    client = create_app(house).test_client()
    base = "https://freehold.example"
    page = client.get("/sign-in", base_url=base).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    answer = client.post(
        "/sign-in",
        base_url=base,
        data={"csrf_token": token[1], "email": ANA, "password": PASSWORD},
        headers={"Referer": f"{base}/sign-in"},
    )
    assert answer.status_code == 303
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))


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


def test_an_old_link_leads_somebody_who_is_signed_in_home(house: House, client: FlaskClient) -> None:
    assert 'href="/register"' in client.get("/verify/of-long-ago").text
    people.register(house, ANA)
    people.sign_in(client, ANA)
    page = client.get("/verify/of-long-ago").text
    assert "there is nothing more to confirm" in page
    assert 'href="/register"' not in page
