"""What is left of a limit is said with each answer that takes of it, and when there will be more."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests
from werkzeug.test import TestResponse

from portal.kernel import clock
from portal.kernel.errors import Busy, TooMany
from portal.kernel.house import House
from portal.kernel.ids import new_id
from tests.grants.cast import DELIVERY, person
from tests.oauth.cast import Program, bearing, connect, own_token, profile, program
from tests.vendor_api.test_budgets import at_most, lender
from vendor_api import errors
from vendor_api.operations import OPERATIONS

DAY = 86_400
_ITEM = re.compile(r'"([a-z-]+)"((?:;[a-z]+=\d+)*)')


@pytest.fixture
def shop(house: House) -> Program:
    """A program."""
    return program(house)


def told(answer: TestResponse, name: str = "RateLimit") -> dict[str, int | str]:
    """One item of a structured field, with its parameters."""
    match = _ITEM.fullmatch(answer.headers[name])
    assert match is not None, answer.headers[name]
    return {"name": match[1], **{part[0]: int(part[2:]) for part in match[2].split(";")[1:]}}


def silent(answer: TestResponse) -> bool:
    return "RateLimit" not in answer.headers and "RateLimit-Policy" not in answer.headers


def test_each_read_says_how_many_are_left_and_when_there_is_one_more(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    token = connect(app, shop, person(house), at_most(house, 3))["access_token"]
    looks = [profile(client, token) for _ in range(4)]
    assert [look.status_code for look in looks] == [200, 200, 200, 403]
    assert [told(look)["r"] for look in looks] == [2, 1, 0, 0]
    assert {look.headers["RateLimit-Policy"] for look in looks} == {f'"reads";q=3;w={DAY}'}
    assert all(DAY - 100 < int(told(look)["t"]) <= DAY + 1 for look in looks)
    assert told(looks[3])["t"] == int(looks[3].headers["Retry-After"])
    with clock.moved(timedelta(minutes=20)):
        assert int(told(profile(client, token))["t"]) < DAY - 1000, "the first of them is the next that is over"


def test_an_answer_of_304_says_it_too_and_what_has_no_number_says_nothing(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    token = connect(app, shop, person(house), at_most(house, 2))["access_token"]
    etag = profile(client, token).headers["ETag"]
    again = profile(client, token, **{"If-None-Match": etag})
    assert (again.status_code, told(again)["r"]) == (304, 0)
    free = connect(app, shop, person(house, "joan@example.org"))["access_token"]
    assert silent(profile(client, free))


def test_where_a_permission_ends_before_there_is_more_no_time_is_named(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    token = connect(app, shop, person(house), at_most(house, 1, "P6Y"))["access_token"]
    assert told(profile(client, token)) == {"name": "reads", "r": 0}
    refused = profile(client, token)
    assert (refused.status_code, told(refused)) == (403, {"name": "reads", "r": 0})


def test_pages_of_one_walk_leave_the_same_number(app: Flask, house: House, client: FlaskClient) -> None:
    _, _, token = lender(app, most=2)
    query: dict[str, Any] = {"limit": "2"}
    left = []
    for _ in range(3):
        page = client.get("/api/v1/orders", query_string=query, headers=bearing(token))
        left.append(told(page)["r"])
        query["cursor"] = page.json["next"]
    assert left == [1, 1, 1]


def test_of_one_customer_alone_a_companys_own_token_is_told_and_of_many_it_is_not(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    connect(app, shop, person(house), at_most(house, 5))
    own = bearing(own_token(client, shop))
    many = client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=own)
    assert silent(many)
    one = {"purpose": DELIVERY, "sub": many.json["profiles"][0]["sub"]}
    assert told(client.get("/api/v1/profiles", query_string=one, headers=own))["r"] == 3


def test_of_one_customer_who_was_read_often_enough_it_is_said_when_there_is_one_more(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    connect(app, shop, person(house), at_most(house, 1))
    own = bearing(own_token(client, shop))
    many = client.get("/api/v1/profiles", query_string={"purpose": DELIVERY}, headers=own)
    one = {"purpose": DELIVERY, "sub": many.json["profiles"][0]["sub"]}
    spent = client.get("/api/v1/profiles", query_string=one, headers=own)
    assert (spent.status_code, [ended["reason"] for ended in spent.json["ended"]]) == (200, ["budget"])
    assert told(spent)["r"] == 0
    assert DAY - 100 < int(told(spent)["t"]) <= DAY + 1


@pytest.mark.engines("sqlite")  # nothing here is decided by the database
@pytest.mark.parametrize("error", [TooMany(), Busy(retry_after=None), TooManyRequests(), ServiceUnavailable()])
@pytest.mark.parametrize("path", ["/api/v1/profile", "/oauth/token"])
def test_whatever_may_be_asked_again_unchanged_says_when(app: Flask, error: Any, path: str) -> None:
    from flask import g

    with app.test_request_context(path):
        g.request_id = new_id()
        made = errors.of_problem(error) if isinstance(error, TooMany | Busy) else errors.of_http(error)
    assert made.status_code in (429, 503)
    assert int(made.headers["Retry-After"]) >= 1


@pytest.mark.engines("sqlite")
def test_the_description_names_these_headers_where_they_stand(client: FlaskClient) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]
    for one in OPERATIONS.values():
        answers = paths[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one.path)][one.method.lower()]["responses"]
        for status, answer in answers.items():
            headers = answer.get("headers", {})
            assert ("RateLimit" in headers) == (bool(one.quotas) and status in ("200", "201", "304", "403", "429"))
            assert status not in ("429", "503") or "Retry-After" in headers
