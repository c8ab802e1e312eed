"""What one program may have of tokens and waiting requests: above it, it is told to wait, and for how long."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.app import create_app
from portal.kernel import clock
from portal.kernel.house import House, use_house
from tests.conftest import HouseMaker
from tests.grants.cast import person
from tests.oauth.cast import (
    Program,
    answered,
    authorize_url,
    connect,
    entries,
    own_token,
    profile,
    program,
    refresh,
)


@pytest.fixture
def strict(make_house: HouseMaker, engine_name: str) -> House:
    """A house that gives each program three of everything."""
    return make_house(engine_name, own_tokens=3, renewals=3, pushed_requests=3)


def _own(client: FlaskClient, made: Program) -> TestResponse:
    return client.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=made.basic)


def _wait_of(answer: TestResponse) -> timedelta:
    assert answer.status_code == 429
    assert answer.json["error"] == "temporarily_unavailable"
    assert answer.json["error_description"].endswith("Wait as long as Retry-After says.")
    assert answer.headers["RateLimit"].endswith(f";r=0;t={answer.headers['Retry-After']}")
    return timedelta(seconds=int(answer.headers["Retry-After"]))


def _left(answer: TestResponse) -> str:
    assert answer.headers["RateLimit-Policy"].partition(";")[0] == answer.headers["RateLimit"].partition(";")[0]
    return answer.headers["RateLimit"].partition(";t=")[0]


def test_a_program_that_asks_for_token_after_token_is_told_to_wait(strict: House) -> None:
    client = create_app(strict).test_client()
    with use_house(strict):
        shop, other = program(strict), program(strict, "Floristería")
        answers = [_own(client, shop) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [_left(answer) for answer in answers] == [f'"tokens";r={left}' for left in (2, 1, 0, 0)]
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"tokens";q=3;w=300'}
        wait = _wait_of(_own(client, shop))
        assert timedelta(minutes=4) < wait < timedelta(minutes=6)
        assert _own(client, other).status_code == 200
        with clock.moved(wait):
            assert _own(client, shop).status_code == 200
        refused = entries(strict, "token.refused")
        assert {(entry["reason"], entry["actor"]["id"]) for entry in refused} == {("too-many", shop.client_id)}


def test_a_permission_is_renewed_so_many_times_an_hour_and_no_try_too_many_spends_a_token(strict: House) -> None:
    app = create_app(strict)
    client = app.test_client()
    with use_house(strict):
        shop, ana = program(strict), person(strict)
        tokens, bystander = connect(app, shop, ana), connect(app, shop, person(strict, "joan@example.org"))
        for left in (2, 1, 0):
            answer = refresh(client, shop, tokens["refresh_token"])
            assert _left(answer) == f'"renewals";r={left}'
            tokens = answer.json
        wait = _wait_of(refresh(client, shop, tokens["refresh_token"]))
        assert profile(client, tokens["access_token"]).status_code == 200, "nothing of it has ended"
        assert refresh(client, shop, bystander["refresh_token"]).status_code == 200
        with clock.moved(wait):
            assert refresh(client, shop, tokens["refresh_token"]).status_code == 200
        (refused,) = entries(strict, "token.refused")
        assert "customer" not in refused, "who asks too often fills nobody's record"


def test_a_program_has_so_many_pushed_requests_waiting(strict: House) -> None:
    client = create_app(strict).test_client()

    def push(made: Program) -> TestResponse:
        return client.post("/oauth/par", data=answered(authorize_url(strict, made)), headers=made.basic)

    with use_house(strict):
        shop, other = program(strict), program(strict, "Floristería")
        answers = [push(shop) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
        assert [_left(answer) for answer in answers] == [f'"pushed-requests";r={left}' for left in (2, 1, 0, 0)]
        assert _wait_of(push(shop)) > timedelta(0)
        assert push(other).status_code == 201
        with clock.moved(timedelta(seconds=100)):
            assert push(shop).status_code == 201


def test_what_is_documented_meets_no_limit(house: House, client: FlaskClient) -> None:
    shop = program(house)
    assert len({own_token(client, shop) for _ in range(50)}) == 50
    assert entries(house, "token.refused") == []
