"""Assertions and proofs are good once, whoever presses at the same moment: real processes, both engines."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from tests.grants.cast import person
from tests.oauth.cast import entries
from tests.oauth.keyed import Keyed, keyed
from tests.oauth.racing import race
from tests.prove.sizes import size

ROUNDS = size(test=12, prove=1000)
AT_ONCE = 50  # a proof is good for a minute: no more are made before they are raced for


@pytest.fixture
def chemist(house: House, client: FlaskClient) -> Keyed:
    """A program with a key, which has its first nonce."""
    made = keyed(house)
    assert made.post(client, "/oauth/token", grant_type="client_credentials").status_code == 200
    return made


def _raced(house: House, made: Any) -> list[list[tuple[int, Any]]]:
    answers = []
    for start in range(0, ROUNDS, AT_ONCE):
        answers += race(house, [made() for _ in range(min(AT_ONCE, ROUNDS - start))])
    return answers


@pytest.mark.slow
def test_attack_23_an_assertion_used_eight_times_at_once_proves_once(house: House, chemist: Keyed) -> None:
    def made() -> dict[str, Any]:
        return {"path": "/oauth/introspect", "method": "POST", "data": {**chemist.proving(), "token": "of nobody"}}

    for answers in _raced(house, made):
        assert sorted(status for status, _ in answers) == [200] + [401] * 7
        assert {body["error"] for status, body in answers if status == 401} == {"invalid_client"}


@pytest.mark.slow
def test_attack_25_a_proof_used_eight_times_at_once_gives_one_token(house: House, client: FlaskClient, chemist: Keyed) -> None:
    def made() -> list[dict[str, Any]]:
        _renewed(client, chemist)
        headers = {"DPoP": chemist.proof("POST", "/oauth/token")}
        # Each has an assertion of its own, so that the proof alone is what is used again.
        forms = [{**chemist.proving(), "grant_type": "client_credentials"} for _ in range(8)]
        return [{"path": "/oauth/token", "method": "POST", "data": form, "headers": headers} for form in forms]

    for answers in _raced(house, made):
        assert sorted(status for status, _ in answers) == [200] + [400] * 7
        assert {body["error"] for status, body in answers if status == 400} == {"invalid_dpop_proof"}


def _renewed(client: FlaskClient, chemist: Keyed) -> None:
    """The nonce of this moment."""
    assert chemist.post(client, "/oauth/introspect", token="of nobody").status_code == 200


@pytest.mark.slow
def test_attack_25_a_proof_used_eight_times_at_once_reads_once(
    app: Flask, house: House, client: FlaskClient, chemist: Keyed
) -> None:
    token = chemist.connect(app, person(house))["access_token"]

    def made() -> dict[str, Any]:
        _renewed(client, chemist)
        headers = {"Authorization": f"DPoP {token}", "DPoP": chemist.proof("GET", "/api/v1/profile", token)}
        return {"path": "/api/v1/profile", "method": "GET", "headers": headers}

    for answers in _raced(house, made):
        assert sorted(status for status, _ in answers) == [200] + [401] * 7
        assert {body["reason"] for status, body in answers if status == 401} == {"proof-used"}
    assert len(entries(house, "profile.disclosed")) == ROUNDS
