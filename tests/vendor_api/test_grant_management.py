"""A program looks up its permissions and gives them up by the names of Grant Management for OAuth 2.0."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.links.service import pause
from tests.grants.cast import person
from tests.oauth.cast import (
    Program,
    answered,
    authorize_url,
    bearing,
    consented,
    entries,
    own_token,
    profile,
    program,
    redeem,
)


@pytest.fixture
def shop(house: House) -> Program:
    """A company with a program."""
    return program(house)


@pytest.fixture
def ana(house: House) -> Actor:
    """A customer."""
    return person(house)


def given(app: Flask, shop: Program, ana: Actor) -> Any:
    """The answer to the exchange of a code."""
    back, _ = consented(app, shop, ana)
    return redeem(app.test_client(), shop, answered(back)["code"]).json


def query(client: FlaskClient, made: Program, grant_id: str) -> TestResponse:
    return client.get(f"/oauth/grants/{grant_id}", headers=bearing(own_token(client, made)))


def give_up(client: FlaskClient, made: Program, grant_id: str) -> TestResponse:
    return client.delete(f"/oauth/grants/{grant_id}", headers=bearing(own_token(client, made)))


def test_a_query_shows_what_was_granted(app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor) -> None:
    got = given(app, shop, ana)
    assert len(got["grant_id"]) >= 20
    told = query(client, shop, got["grant_id"])
    assert told.status_code == 200
    assert told.json["authorization_details"] == got["authorization_details"]
    assert told.json["scopes"] == [{"scope": "profile:read", "resource": [house.settings.origin + "/api/v1"]}]
    assert (told.json["updated_by"], told.json["version"], told.json["status"]) == ("client", 1, "live")
    assert not {"access_token", "refresh_token"} & told.json.keys()
    assert told.headers["Cache-Control"] == "no-store"
    assert [entry["count"] for entry in entries(house, "grant.listed")] == [1]


def test_what_is_given_up_has_ended_with_its_tokens_and_is_found_no_more(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = given(app, shop, ana)
    assert profile(client, got["access_token"]).status_code == 200
    assert give_up(client, shop, got["grant_id"]).status_code == 204
    assert profile(client, got["access_token"]).json["reason"] == "revoked"
    assert query(client, shop, got["grant_id"]).status_code == 404
    assert give_up(client, shop, got["grant_id"]).status_code == 404
    (entry,) = entries(house, "grant.revoked")
    assert entry["detail"] == {"ended_by": "vendor"}
    assert (entry["actor"]["kind"], "customer" in entry) == ("vendor", True)


def test_a_permission_is_found_by_no_other_program_and_by_no_made_up_name(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = given(app, shop, ana)
    bank = program(house, "Banca Transilvania")
    for made, name in ((bank, got["grant_id"]), (shop, "x"), (shop, got["grant_id"][:-1]), (shop, "A" * 43)):
        assert query(client, made, name).status_code == 404
        assert give_up(client, made, name).status_code == 404
    assert query(client, shop, got["grant_id"]).status_code == 200


def test_a_pause_is_told_and_ends_nothing(app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor) -> None:
    back, grant = consented(app, shop, ana)
    got = redeem(client, shop, answered(back)["code"]).json
    with house.writing(ana) as unit:
        pause(unit, link_id=grant.link_id)
    assert query(client, shop, got["grant_id"]).json["status"] == "paused"


def test_without_the_scope_nothing_is_looked_up_or_given_up(app: Flask, client: FlaskClient, shop: Program, ana: Actor) -> None:
    got = given(app, shop, ana)
    token = own_token(client, shop, "profile:read")
    for method in ("GET", "DELETE"):
        answer = client.open(f"/oauth/grants/{got['grant_id']}", method=method, headers=bearing(token))
        assert (answer.status_code, answer.json["reason"]) == (403, "scope-needed")


def test_actions_that_are_not_known_are_turned_down(client: FlaskClient, house: House, shop: Program) -> None:
    for more in ({"grant_management_action": "merge"}, {"grant_management_action": "create", "grant_id": "x"}):
        told = answered(client.get(authorize_url(house, shop, **more)).location)
        assert told["error"] == "invalid_request"
