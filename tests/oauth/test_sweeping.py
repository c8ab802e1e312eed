"""What is dead is deleted; what still answers a question, or finds a thief out, is kept."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.grants import jobs as grants_jobs
from portal.grants.models import Request
from portal.grants.service import revoke
from portal.kernel import clock
from portal.kernel.db import Base
from portal.kernel.house import House
from portal.oauth import jobs as oauth_jobs
from portal.oauth.models import AuthorizationRequest, Code, PushedRequest, Token
from portal.oauth.service import sweeping
from tests.grants.cast import detail, person, signed_in
from tests.oauth.cast import (
    answered,
    authorize_url,
    connect,
    consented,
    entries,
    own_token,
    profile,
    program,
    redeem,
    refresh,
    yes,
)


def sweep(house: House) -> int:
    """All that the worker's hourly round deletes here."""
    return sum(oauth_jobs.sweep(house)) + sum(grants_jobs.sweep(house))


def left(house: House, *models: type[Base]) -> list[int]:
    """How many rows each table has."""
    with house.reading() as unit:
        return [unit.connection.execute(select(func.count()).select_from(model)).scalar_one() for model in models]


def test_a_companys_own_token_is_forgotten_an_hour_after_its_end(house: House, client: FlaskClient) -> None:
    shop = program(house)
    for _ in range(sweeping.SLICE + 5):
        own_token(client, shop)
    for minutes, kept in ((85, sweeping.SLICE + 5), (95, 0)):
        with clock.moved(timedelta(minutes=minutes)):
            sweep(house)
        assert left(house, Token) == [kept], f"after {minutes} minutes"
    assert [entry["count"] for entry in entries(house, "token.forgotten")] == [sweeping.SLICE, 5]


def test_a_stopped_token_is_known_as_stopped_for_a_week(app: Flask, house: House, client: FlaskClient) -> None:
    shop, ana = program(house), person(house)
    back, grant = consented(app, shop, ana)
    tokens = redeem(client, shop, answered(back)["code"]).json
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    for days, reason in ((6, "revoked"), (8, "token-unknown")):
        with clock.moved(timedelta(days=days)):
            sweep(house)
            assert profile(client, tokens["access_token"]).json["reason"] == reason


def test_a_thief_who_renewed_first_is_found_out_for_as_long_as_the_owner_may_come(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop = program(house)
    stolen = connect(app, shop, person(house), detail(house, days=400))["refresh_token"]
    thief = refresh(client, shop, stolen).json
    for days in (30, 60, 89):
        with clock.moved(timedelta(days=days)):
            thief = refresh(client, shop, thief["refresh_token"]).json
            sweep(house)
    with clock.moved(timedelta(days=89, minutes=1)):
        assert profile(client, thief["access_token"]).status_code == 200
        assert refresh(client, shop, stolen).status_code == 400
        assert profile(client, thief["access_token"]).status_code == 401
    assert len(entries(house, "refresh.reused")) == 1


def test_a_used_code_is_known_for_as_long_as_something_of_it_lives(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop = program(house)
    code = answered(yes(app, shop, person(house), detail(house, days=400)))["code"]
    unused = answered(yes(app, shop, person(house, "joan@example.org")))["code"]
    tokens = redeem(client, shop, code).json
    for days in (80, 160, 240):
        with clock.moved(timedelta(days=days)):
            tokens = refresh(client, shop, tokens["refresh_token"]).json
            sweep(house)
            assert left(house, Code) == [1]
            assert redeem(client, shop, unused).json["error"] == "invalid_grant"
    with clock.moved(timedelta(days=240, minutes=1)):
        redeem(client, shop, code)
        assert profile(client, tokens["access_token"]).status_code == 401
    with clock.moved(timedelta(days=340)):
        sweep(house)
    assert left(house, Token, Code) == [0, 0]


def test_requests_that_nobody_brought_or_opened_are_forgotten_and_a_persons_own_stay(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop, ana = program(house), person(house)
    url = authorize_url(house, shop)
    assert client.post("/oauth/par", data=answered(url), headers=shop.basic).status_code == 201
    opened = client.get(url).location
    assert client.get(url).status_code == 303
    assert signed_in(app, ana).get(opened).status_code == 200
    for days, rows in ((0, [2, 2, 1]), (29, [2, 2, 0]), (36, [2, 2, 0]), (37.5, [2, 0, 0]), (39, [1, 0, 0])):
        with clock.moved(timedelta(days=days, seconds=1)):
            sweep(house)
        assert left(house, Request, AuthorizationRequest, PushedRequest) == rows, f"after {days} days"
    assert [entry["count"] for entry in entries(house, "request.forgotten")] == [1]


def test_an_answered_request_needs_its_programs_half_no_longer(app: Flask, house: House, client: FlaskClient) -> None:
    shop, ana = program(house), person(house)
    yes(app, shop, ana)
    with clock.moved(timedelta(days=6)):
        sweep(house)
    assert left(house, AuthorizationRequest, Request) == [1, 1]
    with clock.moved(timedelta(days=8)):
        sweep(house)
    assert left(house, AuthorizationRequest, Request) == [0, 1]


def test_what_lives_is_left_alone(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    tokens = connect(app, shop, person(house))
    own = own_token(client, shop)
    assert sweep(house) == 0
    assert profile(client, tokens["access_token"]).status_code == 200
    assert client.get("/api/v1/grants", headers={"Authorization": f"Bearer {own}"}).status_code == 200
    assert refresh(client, shop, tokens["refresh_token"]).status_code == 200
