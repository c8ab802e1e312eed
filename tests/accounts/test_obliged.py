"""Whoever acts for others has a second step, or only sets one up: a password alone opens nothing of other people."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import access
from portal.accounts import service
from portal.accounts.reads import actor_for, must_keep_a_factor, needs_factor, person_of
from portal.accounts.reads.roles import roles_of
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from tests import people
from tests.accounts import apps
from tests.accounts.authenticator import Authenticator, add_passkey
from tests.conftest import HouseMaker

OTTO = "otto@example.org"
WHY = "You act for others here: their data must not open to whoever guesses or steals your password."
KEPT = "You act for others here, so your account always has a second step."
DESK = ("/desk", "/desk/entries", "/desk/entries/0", "/desk/export.csv")


def _bare_officer(house: House, *, demonstration: bool = False) -> bytes:
    """An officer who has only just got the role, and knows nothing but the password."""
    account_id = people.register(house, OTTO, demonstration=demonstration)
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=account_id, role="officer")
    return account_id


def _secret(client: FlaskClient) -> str:
    with client.session_transaction() as held:
        return str(held["_user_id"])


def test_without_a_second_step_every_page_of_the_desk_leads_to_where_one_is_set_up(app: Flask, house: House) -> None:
    _bare_officer(house)
    client = app.test_client()
    assert people.sign_in(client, OTTO).location == "/desk"
    pages = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/desk")}
    assert pages >= {"/desk", "/desk/verify"}
    for page in (re.sub(r"<[^>]+>", "0", rule) for rule in sorted(pages)):
        answer = client.get(page)
        if answer.status_code == 405:
            answer = people.post(client, page, page="/account/factors")
        assert (answer.status_code, answer.location) == (303, "/account/factors"), page
    assert WHY in client.get("/account/factors").text


def test_what_an_officer_owns_as_a_customer_stays_open_without_one(house: House, client: FlaskClient) -> None:
    _bare_officer(house)
    people.sign_in(client, OTTO)
    for page in ("/", "/data", "/sharing", "/orders", "/messages", "/account", "/account/sessions"):
        assert client.get(page).status_code == 200, page
    assert "/desk" in client.get("/").text, "the way to it is there, and says what is missing"


@pytest.mark.parametrize("what", ["app", "passkey"])
def test_once_one_is_set_up_the_desk_opens_in_that_browser_and_in_no_other_before_it_proves_one(
    app: Flask, house: House, what: str
) -> None:
    _bare_officer(house)
    here, other = app.test_client(), app.test_client()
    people.sign_in(here, OTTO)
    people.sign_in(other, OTTO)
    if what == "app":
        apps.add_app(here)
    else:
        assert add_passkey(here, Authenticator()).status_code in (200, 303)
    assert here.get("/desk").status_code == 200
    assert WHY not in here.get("/account/factors").text
    assert other.get("/desk").location.startswith("/sign-in"), "a session of the password alone has ended"
    apps.half_way(other, OTTO)
    assert other.get("/desk").location.startswith("/sign-in")


def test_no_session_that_began_by_the_password_alone_lives_beside_a_factor(app: Flask, house: House) -> None:
    account_id = _bare_officer(house)
    browsers = [app.test_client() for _ in range(3)]
    for client in browsers:
        people.sign_in(client, OTTO)
    apps.add_app(browsers[0])
    with house.reading() as unit:
        living = [client for client in browsers if person_of(unit, _secret(client)) is not None]
        assert living == browsers[:1]
        actor = actor_for(unit, _secret(browsers[0]), "officer")
        assert actor is not None and actor.id == account_id and "officer" in actor.roles


@pytest.mark.parametrize("role", [role for role in service.ROLES if role != "customer"])
def test_every_role_but_the_customers_waits_for_a_second_step(house: House, client: FlaskClient, role: str) -> None:
    account_id = people.register(house, OTTO)
    bounds: dict[str, Any] = {
        "staff": {"vendor_id": _company(house) if role == "staff" else None, "rank": "agent"},
        "auditor": {"expires_at": clock.now() + timedelta(days=30)},
    }.get(role, {})
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=account_id, role=role, **bounds)
    people.sign_in(client, OTTO)
    with house.reading() as unit:
        person = person_of(unit, _secret(client))
        assert person is not None and person.roles == {"customer", access.WAITS + role}
        assert person.acting(role).roles == person.roles
        assert needs_factor(unit, {role}, demonstration=False)
        assert not needs_factor(unit, {"customer"}, demonstration=False)
    apps.add_app(client)
    with house.reading() as unit:
        person = person_of(unit, _secret(client))
        assert person is not None and person.roles == {"customer", role}


def _company(house: House) -> bytes:
    from portal.vendors.service import admit

    with house.writing(SYSTEM) as unit:
        return admit(unit, name="Llibreria Far", card={}, mode="live").id


def test_the_last_factor_of_an_officer_stays_and_says_why(house: House, client: FlaskClient) -> None:
    account_id = _bare_officer(house)
    people.sign_in(client, OTTO)
    apps.add_app(client)
    apps.add_app(client, "Tablet")
    first, second = re.findall(r"/account/factors/([\w-]{22})", client.get("/account/factors").text)
    assert KEPT not in client.get(f"/account/factors/{first}").text
    assert people.post(client, f"/account/factors/{first}/remove", page="/account/factors").status_code == 303
    page = client.get(f"/account/factors/{second}").text
    assert KEPT in page and f"{second}/remove" not in page
    people.post(client, f"/account/factors/{second}/remove", page="/account/factors")
    shown = client.get("/account/factors").text
    assert KEPT in shown and second in shown
    assert client.get("/desk").status_code == 200
    with house.writing(SYSTEM) as unit:
        assert must_keep_a_factor(unit, account_id)
        for role in roles_of(unit, account_id):
            service.end_role(unit, role_id=role.id)
        assert not must_keep_a_factor(unit, account_id), "a customer may do without"


def test_the_made_up_officer_of_a_demonstration_needs_none_and_a_real_one_there_does(
    make_house: HouseMaker, engine_name: str
) -> None:
    from portal.app import create_app

    house = make_house(engine_name, demo=True)
    app = create_app(house)
    _bare_officer(house, demonstration=True)
    client = app.test_client()
    people.sign_in(client, OTTO)
    assert client.get("/desk").status_code == 200
    power = unescape(client.get("/desk/people").text)
    assert "Whoever is in this list needs a second step at sign-in. The demonstration's own people" in power, "and it is said"
    real = people.register(house, "real@example.org")
    with house.writing(SYSTEM) as unit:
        service.grant_role(unit, account_id=real, role="officer")
    other = app.test_client()
    people.sign_in(other, "real@example.org")
    assert other.get("/desk").location == "/account/factors"


def test_a_customer_is_refused_at_the_desk_and_led_nowhere(house: House, client: FlaskClient) -> None:
    people.register(house, "ana@example.org")
    people.sign_in(client, "ana@example.org")
    for page in DESK:
        assert client.get(page).status_code == 403
