"""What is sensitive is read with a token for which its customer proved who they are; a program asks for that (RFC 9470)."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.grants.models import Grant
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.oauth.levels import PROVED, SECOND, name_of, reaches, wanted_of
from portal.oauth.models import Token
from portal.vendors import service as vendors
from tests import people
from tests.accounts.apps import add_app
from tests.grants.answering import opened
from tests.grants.cast import CARE, detail, person, signed_in
from tests.oauth.cast import Program, answered, authorize_url, entries, own_token, profile, program, redeem, refresh
from tests.oauth.keyed import keyed

LATER = timedelta(minutes=11)
BIRTH = ("profile.birth_date", "profile.name")


@pytest.fixture
def shop(house: House) -> Program:
    """A company that may ask for a day of birth."""
    made = program(house)
    with house.writing() as unit:
        vendors.allow_purpose(unit, vendor_id=made.vendor_id, purpose=CARE, datatypes=BIRTH, may_require=(), text={})
    return made


@pytest.fixture
def ana(house: House) -> Actor:
    """A customer with a password, and a day of birth."""
    found = person(house, given_name="Ana", family_name="Vila", birth_date="1986-04-12")
    with house.transaction("writing") as connection:
        connection.execute(update(Account).values(password_hash=people.hashed(people.PASSWORD)))
    return found


def wanted(house: House, names: Any = BIRTH, **more: Any) -> dict[str, Any]:
    return detail(house, CARE, names, (), **more)


def pressed(browser: FlaskClient, path: str, names: Any = BIRTH) -> Any:
    """The answer to a yes, with the proof by password where the page asks for one."""
    form = {**opened(browser, path), "items_0": [*names], "answer": "share"}
    sent = browser.post(path, data=form)
    if sent.status_code != 403:
        return sent
    carried = re.findall(r'<input type="hidden" name="([\w.-]+)" value="([^"]*)">', sent.text)
    again: dict[str, Any] = {}
    for name, value in carried:
        again.setdefault(name, []).append(unescape(value))
    assert browser.post("/account/prove", data={**again, "proof_password": people.PASSWORD}).status_code == 307
    return browser.post(path, data=again)


def tokens(client: FlaskClient, made: Program, back: Any) -> Any:
    got = redeem(client, made, answered(back.location)["code"])
    assert got.status_code == 200, got.text
    return got.json


def introspected(client: FlaskClient, made: Program, token: str) -> Any:
    return client.post("/oauth/introspect", data={"token": token}, headers=made.basic).json


def connected(app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor, **more: Any) -> Any:
    browser = signed_in(app, ana)
    path = browser.get(authorize_url(house, shop, wanted(house), **more)).location
    return tokens(client, shop, pressed(browser, path))


def test_a_yes_by_a_fresh_proof_gives_tokens_that_say_so_and_open_what_is_sensitive(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    got = connected(app, house, client, shop, ana)
    assert profile(client, got["access_token"]).json["profile"]["birth_date"] == "1986-04-12"
    told = introspected(client, shop, got["access_token"])
    assert told["acr"] == house.settings.origin + "/acr/proved"
    assert abs(told["auth_time"] - clock.now().timestamp()) < 60
    again = refresh(client, shop, got["refresh_token"]).json
    assert introspected(client, shop, again["access_token"])["auth_time"] == told["auth_time"]
    assert profile(client, again["access_token"]).status_code == 200


def test_a_token_without_it_is_told_what_to_ask_for_and_the_try_is_on_record(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    got = connected(app, house, client, shop, ana)
    with house.engine.begin() as connection:
        connection.execute(update(Token).values(acr=None, auth_time=None))
    answer = profile(client, got["access_token"])
    assert (answer.status_code, answer.json["reason"]) == (401, "step-up-needed")
    told = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in told and 'max_age="600"' in told
    assert f'acr_values="{house.settings.origin}/acr/proved"' in told
    (entry,) = entries(house, "read.refused")
    assert (entry["reason"], entry["outcome"], "customer" in entry) == ("step-up-needed", "refused", True)
    assert "you had not proved who you are" in signed_in(app, ana).get("/activity").text
    assert "acr" not in introspected(client, shop, got["access_token"])
    # What is not sensitive needs none, nor does the company's own token: nobody is there to prove anything.
    own = client.get(f"/api/v1/profiles?purpose={CARE.replace('#', '%23')}",
                     headers={"Authorization": f"Bearer {own_token(client, shop)}"})  # fmt: skip
    assert own.status_code == 200 and len(own.json["profiles"]) == 1


def test_what_is_not_sensitive_is_read_without_a_fresh_proof(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    browser = signed_in(app, ana)
    with clock.moved(LATER):
        path = browser.get(authorize_url(house, shop, wanted(house))).location
        got = tokens(client, shop, pressed(browser, path, BIRTH[1:]))
        assert profile(client, got["access_token"]).status_code == 200
        told = introspected(client, shop, got["access_token"])
        assert "acr" not in told and told["auth_time"] < clock.now().timestamp() - 600


@pytest.mark.parametrize("way", ["acr_values", "max_age"])
def test_a_step_up_by_a_merge_asks_for_a_proof_alone_and_gives_a_token_that_opens(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor, way: str
) -> None:
    got = connected(app, house, client, shop, ana)
    browser = signed_in(app, ana)
    value = house.settings.origin + "/acr/proved" if way == "acr_values" else "0"
    more = {"grant_management_action": "merge", "grant_id": got["grant_id"], way: value}
    with clock.moved(LATER):
        path = browser.get(authorize_url(house, shop, wanted(house, days=30), **more)).location
        asked = browser.get(path)
        assert asked.status_code == 303 and asked.location.startswith("/account/prove?next=%2Frequests%2F")
        form = {"csrf_token": opened_token(browser, asked.location), "proof_for": path, "proof_password": people.PASSWORD}
        assert browser.post("/account/prove", data=form).location == path
        new = tokens(client, shop, browser.get(path))
        assert new["grant_id"] == got["grant_id"]
        assert introspected(client, shop, new["access_token"])["acr"] == name_of(house.settings.origin, PROVED)
        assert profile(client, new["access_token"]).status_code == 200


def opened_token(browser: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def test_a_quiet_merge_by_an_old_session_gives_a_token_that_does_not_open_what_is_sensitive(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    got = connected(app, house, client, shop, ana)
    browser = signed_in(app, ana)
    more = {"grant_management_action": "merge", "grant_id": got["grant_id"]}
    with clock.moved(LATER):
        path = browser.get(authorize_url(house, shop, wanted(house, days=30), **more)).location
        new = tokens(client, shop, browser.get(path))
        assert profile(client, new["access_token"]).json["reason"] == "step-up-needed"


def test_a_younger_proof_is_asked_for_where_the_program_wants_one(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    browser = signed_in(app, ana)
    with clock.moved(timedelta(minutes=5)):
        path = browser.get(authorize_url(house, shop, wanted(house, BIRTH[1:]), max_age="60")).location
        form = {**opened(browser, path), "items_0": ["profile.name"], "answer": "share"}
        assert browser.post(path, data=form).status_code == 403
        assert "code" in answered(pressed(browser, path, BIRTH[1:]).location)
        path = browser.get(authorize_url(house, shop, wanted(house, BIRTH[1:]), max_age="3600")).location
        assert browser.post(path, data={**opened(browser, path), "items_0": ["profile.name"], "answer": "share"}).status_code == 303


def test_attack_a_proof_of_when_the_request_came_is_not_young_when_it_is_answered_days_later(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    browser = signed_in(app, ana)
    path = browser.get(authorize_url(house, shop, wanted(house, BIRTH[1:]), max_age="60")).location
    with clock.moved(timedelta(minutes=1)):
        form = {"csrf_token": opened_token(browser, f"/account/prove?next={path}"), "proof_for": path}
        assert browser.post("/account/prove", data={**form, "proof_password": people.PASSWORD}).location == path
    with clock.moved(timedelta(minutes=30)):
        form = {**opened(browser, path), "items_0": ["profile.name"], "answer": "share"}
        assert browser.post(path, data=form).status_code == 403


def test_a_second_step_is_asked_for_of_whoever_has_one_and_cannot_be_met_by_others(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    browser, level = signed_in(app, ana), house.settings.origin + "/acr/second-step"
    path = browser.get(authorize_url(house, shop, wanted(house), acr_values=level)).location
    assert answered(browser.get(path).location)["error"] == "unmet_authentication_requirements"
    add_app(browser)
    path = browser.get(authorize_url(house, shop, wanted(house), acr_values=f"x {level}")).location
    got = tokens(client, shop, pressed(browser, path))
    assert introspected(client, shop, got["access_token"])["acr"] == level


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"acr_values": "urn:of:somebody:else"}, "unmet_authentication_requirements"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "9" * 12}, "invalid_request"),
    ],
)
def test_what_nobody_here_can_prove_is_turned_down_at_both_doors(
    house: House, client: FlaskClient, shop: Program, more: dict[str, str], error: str
) -> None:
    assert answered(client.get(authorize_url(house, shop, wanted(house), **more)).location)["error"] == error
    pushed = keyed(house).push(client, **more)
    assert (pushed.status_code, pushed.json["error"]) == (400, error)


def test_levels_are_told_in_the_metadata_and_the_surer_is_enough(house: House, client: FlaskClient) -> None:
    told = client.get("/.well-known/oauth-authorization-server").json["acr_values_supported"]
    origin = house.settings.origin
    assert told == [name_of(origin, PROVED), name_of(origin, SECOND)]
    assert wanted_of(origin, " ".join(reversed(told))) == PROVED and wanted_of(origin, f"y {told[1]}") == SECOND
    assert wanted_of(origin, "proved") is None
    assert reaches(SECOND, PROVED) and not reaches(PROVED, SECOND) and not reaches(None, PROVED)


def test_a_program_with_keys_is_told_by_the_scheme_of_its_token(
    app: Flask, house: House, client: FlaskClient, ana: Actor
) -> None:
    chemist = keyed(house)
    with house.writing() as unit:
        vendors.allow_purpose(unit, vendor_id=chemist.vendor_id, purpose=CARE, datatypes=BIRTH, may_require=(), text={})
    got = chemist.connect(app, ana, wanted(house))
    with house.engine.begin() as connection:
        connection.execute(update(Token).values(acr=None))
        assert connection.execute(select(Grant.id)).one()
    told = chemist.get(client, "/api/v1/profile", got["access_token"]).headers["WWW-Authenticate"]
    assert told.startswith("DPoP ") and "insufficient_user_authentication" in told
