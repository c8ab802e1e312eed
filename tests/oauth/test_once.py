"""What is good once is good once, whoever presses at the same moment: real processes, both engines."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.unit import Actor
from tests.grants.cast import CARE, detail, person
from tests.oauth.cast import (
    BACK,
    VERIFIER,
    Program,
    answered,
    bearing,
    connect,
    entries,
    own_token,
    profile,
    program,
    refresh,
    yes,
)
from tests.oauth.racing import race
from tests.orders.cast import an_order
from tests.prove.sizes import size

ROUNDS = size(test=12, prove=64)
AT_ONCE = 40  # codes live a minute: no more are made before they are raced for


@pytest.mark.slow
def test_a_code_redeemed_eight_times_at_once_gives_tokens_once(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    people = [person(house, f"p{n}@example.org") for n in range(ROUNDS)]
    for start in range(0, ROUNDS, AT_ONCE):
        _race_for_codes(app, house, client, shop, people[start : start + AT_ONCE])


def _race_for_codes(app: Flask, house: House, client: FlaskClient, shop: Program, people: list[Actor]) -> None:
    codes = [answered(yes(app, shop, one))["code"] for one in people]
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    rounds = [
        {"path": "/oauth/token", "method": "POST", "data": {**form, "code": code}, "headers": shop.basic}
        for code in codes
    ]
    for answers in race(house, rounds):
        statuses = sorted(status for status, _ in answers)
        assert statuses == [200] + [400] * 7
        (tokens,) = [body for status, body in answers if status == 200]
        assert {body["error"] for status, body in answers if status == 400} == {"invalid_grant"}
        # The others were a replay: somebody else holds the code, so what it gave has ended.
        assert profile(client, tokens["access_token"]).status_code == 401


@pytest.mark.slow
def test_a_refresh_token_used_eight_times_at_once_gives_tokens_once(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop, ana = program(house), person(house)
    bystander = connect(app, shop, ana, detail(house, CARE))
    families = [connect(app, shop, person(house, f"p{n}@example.org")) for n in range(ROUNDS)]
    rounds = [
        {
            "path": "/oauth/token",
            "method": "POST",
            "data": {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
            "headers": shop.basic,
        }
        for tokens in families
    ]
    for answers in race(house, rounds):
        assert sorted(status for status, _ in answers) == [200] + [400] * 7
        (tokens,) = [body for status, body in answers if status == 200]
        assert refresh(client, shop, tokens["refresh_token"]).status_code == 400
    assert profile(client, bystander["access_token"]).status_code == 200
    assert refresh(client, shop, bystander["refresh_token"]).status_code == 200


@pytest.mark.slow
def test_a_write_said_eight_times_at_once_is_done_once(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    token = own_token(client, shop)
    rounds = [
        {
            "path": "/api/v1/orders",
            "method": "POST",
            "json": {"orders": [an_order(f"A-{n}", f"C-{n}")]},
            "headers": bearing(token, **{"Idempotency-Key": f"key-{n}"}),
        }
        for n in range(ROUNDS)
    ]
    for answers in race(house, rounds):
        assert {status for status, _ in answers} <= {200, 409}
        done = [body for status, body in answers if status == 200]
        assert done
        assert all(body == done[0] for body in done)
        assert done[0]["results"][0]["outcome"] == "created"
    assert len(entries(house, "order.put")) == ROUNDS
