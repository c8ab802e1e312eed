"""Whoever is there proves it anew before what matters, the session gets another secret, and other sessions end."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.accounts import service
from portal.accounts.models import Session
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts import apps
from tests.people import PASSWORD

ANA = "ana@example.org"
LATER = timedelta(minutes=11)
NEW = "a louder harbour at dawn"


def _secret(client: FlaskClient) -> str:
    with client.session_transaction() as held:
        return str(held.get("_user_id"))


def _copy(app: Flask, client: FlaskClient) -> FlaskClient:
    other = app.test_client()
    for name in ("session", "device"):
        cookie = client.get_cookie(name)
        if cookie is not None:
            other.set_cookie(name, cookie.value)
    return other


def _is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def _prove(client: FlaskClient, target: str = "/account", **proof: str) -> int:
    page = client.get(f"/account/prove?next={target}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    answer = client.post("/account/prove", data={"csrf_token": token[1], "proof_for": target, **proof})
    return answer.status_code


@pytest.fixture
def ana(house: House, client: FlaskClient) -> Iterator[apps.App]:
    """It is noon; Ana is signed in in ``client``, with an app."""
    people.register(house, ANA)
    with apps.at():
        people.sign_in(client, ANA)
        yield apps.add_app(client)


def test_attack_60_the_sessions_secret_is_another_after_a_sign_in_and_after_each_proof(
    house: House, app: Flask, client: FlaskClient
) -> None:
    people.register(house, ANA)
    client.get("/sign-in")
    planted = client.get_cookie("session")
    people.sign_in(client, ANA)
    first, copy = _secret(client), _copy(app, client)
    assert planted is None or planted.value != client.get_cookie("session").value  # type: ignore[union-attr]
    assert _prove(client, proof_password=PASSWORD) == 303
    assert _secret(client) != first
    assert _is_in(client)
    assert not _is_in(copy), "a stolen copy of before is dead"
    people.sign_in(client, ANA)
    assert _secret(client) != first


def test_attack_60_a_gain_of_a_role_ends_the_sessions_of_before(house: House, client: FlaskClient) -> None:
    account_id = people.register(house, ANA)
    people.sign_in(client, ANA)
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=account_id, role="operator")
    assert not _is_in(client)


def test_attack_61_no_cookie_outlives_the_row_of_its_session(house: House, app: Flask, client: FlaskClient) -> None:
    account_id = people.register(house, ANA)
    people.sign_in(client, ANA)
    copies = [_copy(app, client) for _ in range(3)]
    copies[1].set_cookie("remember_token", _secret(client))
    copies[2].set_cookie("__Host-device", "anything")
    with house.writing(SYSTEM) as unit:
        service.end_sessions(unit, account_id=account_id, reason="asked")
    assert not any(_is_in(each) for each in (client, *copies))
    assert client.get_cookie("remember_token") is None
    assert client.get_cookie("device") is not None, "what is kept longer says only that a browser was here before"


def test_attack_63_after_ten_minutes_the_second_factor_is_asked_for_before_password_and_address(
    client: FlaskClient, ana: apps.App
) -> None:
    for path in ("/account/password", "/account/address"):
        assert client.get(path).status_code == 200
        with apps.at(LATER):
            asked = client.get(path)
            assert (asked.status_code, asked.location) == (303, f"/account/prove?next=%2Faccount%2F{path[9:]}")
    with apps.at(LATER):
        sent = client.post(
            "/account/password",
            data={"csrf_token": people.csrf_of(client), "current_password": PASSWORD, "password": NEW},
        )
        assert (sent.status_code, sent.location) == (303, "/account/prove?next=%2Faccount%2Fpassword")
        sent = client.post(
            "/account/address",
            data={"csrf_token": people.csrf_of(client), "current_password": PASSWORD, "email": "thief@example.org"},
        )
        assert sent.location == "/account/prove?next=%2Faccount%2Faddress"
        assert _prove(client, "/account/address", proof_code=ana.code()) == 303
        assert people.post(client, "/account/address", email="new@example.org", current_password=PASSWORD).status_code == 303


def test_attack_63_factors_are_touched_by_nobody_who_has_not_just_proved_it(client: FlaskClient, ana: apps.App) -> None:
    found = re.search(r"/account/factors/([\w-]{22})", client.get("/account/factors").text)
    assert found is not None
    paths = ["app", "codes", found[1], f"{found[1]}/remove"]
    with apps.at(LATER):
        token = people.csrf_of(client, "/account/factors")
        for path in paths:
            answer = client.post(f"/account/factors/{path}", data={"csrf_token": token, "name": "Mine now"})
            assert answer.status_code == 403, path
            assert "Is it you?" in answer.text
        assert "My phone" in client.get("/account/factors").text
        assert "10 codes are left" in client.get("/account/factors").text


def test_attack_63_without_a_second_factor_the_password_is_asked_for_before_one_is_added(
    house: House, client: FlaskClient
) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    with clock.moved(LATER):
        asked = people.post(client, "/account/factors/app", page="/account/factors")
        assert asked.status_code == 403
        assert 'name="proof_password"' in asked.text
        assert _prove(client, proof_password="a guess of a thief") == 422
        assert people.post(client, "/account/factors/app", page="/account/factors").status_code == 403
        assert _prove(client, proof_password=PASSWORD) == 303
        assert people.post(client, "/account/factors/app", page="/account/factors").status_code == 303


def test_what_was_sent_before_the_proof_is_sent_again_after_it(client: FlaskClient, ana: apps.App) -> None:
    found = re.search(r"/account/factors/([\w-]{22})", client.get("/account/factors").text)
    assert found is not None
    path = f"/account/factors/{found[1]}"
    with apps.at(LATER):
        page = people.post(client, path, page="/account/factors", name='Old "phone"').text
        assert "What you chose is kept" in page
        carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        assert carried["name"] == "Old &#34;phone&#34;"
        sent = {**carried, "name": 'Old "phone"', "proof_code": ana.code()}
        proved = client.post("/account/prove", data=sent)
        assert (proved.status_code, proved.location) == (307, path), "the browser sends the same once more"
        assert client.post(proved.location, data=sent).location == "/account/factors"
        assert "Old &#34;phone&#34;" in client.get("/account/factors").text


def test_a_proof_leads_nowhere_else(client: FlaskClient, ana: apps.App) -> None:
    for at, target in enumerate(("//evil.example", "https:evil.example", "/\\evil.example")):
        with apps.at(LATER + at * apps.STEP):
            page = client.get("/account/prove", query_string={"next": target}).text
            assert 'name="proof_for" value="/account"' in page
            sent = {"csrf_token": people.csrf_of(client), "proof_for": target, "proof_code": ana.code()}
            assert client.post("/account/prove", data=sent).location == "/account"


def test_guessing_a_code_with_a_stolen_session_is_bounded(client: FlaskClient, ana: apps.App) -> None:
    assert [_prove(client, proof_code=ana.wrong()) for _ in range(6)] == [422] * 5 + [429]


def test_a_change_of_factors_ends_every_other_session_and_every_link(house: House, app: Flask) -> None:
    people.register(house, ANA)
    here, there = app.test_client(), app.test_client()
    people.sign_in(here, ANA)
    people.sign_in(there, ANA)
    stolen = _copy(app, here)
    people.post(app.test_client(), "/reset", email=ANA)
    people.do_jobs(house)
    link = people.link_in(next(m for m in people.mails(house, ANA) if m["Subject"] == "Choose a new password"))
    mine = apps.add_app(here)
    assert [_is_in(each) for each in (here, there, stolen)] == [True, False, False]
    assert here.get(link).status_code == 410
    found = re.search(r"/account/factors/([\w-]{22})", here.get("/account/factors").text)
    assert found is not None
    other, stolen = app.test_client(), _copy(app, here)
    apps.half_way(other, ANA)
    assert apps.second(other, mine.codes[0]).status_code == 303
    people.post(here, f"/account/factors/{found[1]}/remove", page="/account/factors")
    assert [_is_in(each) for each in (here, other, stolen)] == [True, False, False]


def test_the_browser_that_proves_a_new_address_goes_on_under_a_new_secret_and_no_other(house: House, app: Flask) -> None:
    people.register(house, ANA)
    here, elsewhere = app.test_client(), app.test_client()
    for asker, opener, stays in ((here, here, True), (here, elsewhere, False)):
        people.sign_in(asker, ANA if stays else "new1@example.org")
        before, copy = _secret(asker), _copy(app, asker)
        email = "new1@example.org" if stays else "new2@example.org"
        people.post(asker, "/account/address", email=email, current_password=PASSWORD)
        people.do_jobs(house)
        people.post(opener, people.link_in(people.mails(house, email)[0]))
        assert _is_in(asker) is stays
        assert not _is_in(copy)
        assert _secret(asker) != before or not stays


def test_a_session_from_before_proofs_were_written_down_is_asked(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    with house.transaction("writing") as connection:
        connection.execute(update(Session).values(proved_at=None))
    assert people.post(client, "/account/factors/app", page="/account/factors").status_code == 403


def test_the_first_app_brings_ten_codes_once_and_the_owner_is_told(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    mine = apps.add_app(client)
    assert len(mine.codes) == 10
    assert apps.add_app(client, "Tablet").codes == []
    assert not any(code in client.get("/account/factors").text for code in mine.codes)
    fresh = apps.codes_on(people.post(client, "/account/factors/codes", page="/account/factors"))
    assert len(fresh) == 10
    assert not set(fresh) & set(mine.codes)
    other = client.application.test_client()
    apps.half_way(other, ANA)
    assert apps.second(other, mine.codes[3]).status_code == 422, "codes of before are worthless"
    assert apps.second(other, fresh[3]).status_code == 303
    people.do_jobs(house)
    subjects = [mail["Subject"] for mail in people.mails(house, ANA)]
    assert subjects.count("How you sign in has changed") == 3


def test_a_wrong_first_code_adds_nothing_and_the_picture_stays(house: House, client: FlaskClient) -> None:
    people.register(house, ANA)
    people.sign_in(client, ANA)
    seed = apps.seed_on(client)
    mine = apps.App(seed)
    wrong = people.post(
        client, "/account/factors/app/confirm", page="/account/factors/app", code=mine.wrong(), name="My phone"
    )
    assert wrong.status_code == 422
    assert seed in wrong.text
    assert "My phone" not in client.get("/account/factors").text


def test_nobody_touches_or_sees_somebody_elses_factor(house: House, app: Flask, client: FlaskClient, ana: apps.App) -> None:
    found = re.search(r"/account/factors/([\w-]{22})", client.get("/account/factors").text)
    assert found is not None
    people.register(house, "eve@example.org")
    eve = app.test_client()
    people.sign_in(eve, "eve@example.org")
    path = f"/account/factors/{found[1]}"
    assert eve.get(path).status_code == 404
    assert people.post(eve, path, page="/account/factors", name="Eve's").status_code == 404
    assert people.post(eve, f"{path}/remove", page="/account/factors").status_code == 404
    assert "My phone" in client.get("/account/factors").text
    stranger = app.test_client()
    for each in ("/account/factors", "/account/factors/app", path, "/account/prove"):
        assert stranger.get(each).location.startswith("/sign-in")


def test_what_one_browser_began_another_account_cannot_finish(house: House, app: Flask) -> None:
    people.register(house, ANA)
    people.register(house, "eve@example.org")
    shared = app.test_client()
    people.sign_in(shared, ANA)
    mine = apps.App(apps.seed_on(shared))
    with shared.session_transaction() as held:
        mark = held["app"]
    people.sign_in(shared, "eve@example.org")
    with shared.session_transaction() as held:
        held["app"] = mark
    assert shared.get("/account/factors/app").location == "/account/factors"
    answer = people.post(
        shared, "/account/factors/app/confirm", page="/account/factors", code=mine.code(), name="Planted"
    )
    assert answer.location == "/account/factors"
    assert "Planted" not in shared.get("/account/factors").text
