"""Sessions: a list of one's own, where each ends, and what is kept and sent of them."""

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts import service
from portal.accounts.models import Session
from portal.accounts.reads import role_live, session_live
from portal.app import create_app
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import digest
from portal.kernel.unit import SYSTEM
from tests import people
from tests.conftest import HouseMaker
from tests.people import PASSWORD
from tests.prove.sizes import size

ANA = "ana@example.org"


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
