"""Answers are made one at a time where one interpreter makes them, and whatever becomes of one, the next is made."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from flask import Flask

from portal.kernel.gate import Turn
from portal.kernel.house import House
from tests.grants.cast import detail, person
from tests.oauth.cast import bearing, connect, profile, program


@pytest.fixture
def token(app: Flask, house: House) -> str:
    """A customer's token."""
    shop = program(house)
    given: str = connect(app, shop, person(house, "ana@example.org", given_name="Ana"), detail(house))["access_token"]
    return given


@pytest.mark.engines("sqlite")
def test_a_read_waits_for_the_answer_that_is_being_made_and_then_comes(app: Flask, house: House, token: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        with house.making:
            reads = [pool.submit(profile, app.test_client(), token) for _ in range(3)]
            assert not wait(reads, timeout=0.5).done
        assert [read.result(timeout=20).status_code for read in reads] == [200, 200, 200]


@pytest.mark.engines("sqlite")
def test_who_would_wait_too_long_is_told_to_come_back(app: Flask, house: House, token: str) -> None:
    house.making = Turn(patience=0.1)
    with house.making:
        answer = profile(app.test_client(), token)
    assert (answer.status_code, answer.json["reason"]) == (503, "busy")
    assert answer.headers["Retry-After"]
    assert profile(app.test_client(), token).status_code == 200


def test_after_a_read_that_was_refused_or_broke_the_next_is_answered(app: Flask, house: House, token: str) -> None:
    client = app.test_client()
    assert profile(client, "nobody's").status_code == 401
    odd = client.get("/api/v1/profile", query_string={"purpose": "https://example.org/none"}, headers=bearing(token))
    assert odd.status_code == 403
    assert profile(client, token).status_code == 200
    with house.making:
        pass
