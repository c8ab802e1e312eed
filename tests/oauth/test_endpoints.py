"""OAuth's own endpoints against whatever strangers, and programs of other companies, send them."""

import base64
import random
from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.kernel import clock
from portal.kernel.db import Base
from portal.kernel.house import House
from tests.grants.cast import person
from tests.oauth.cast import (
    BACK,
    FORM,
    VERIFIER,
    Program,
    active,
    answered,
    bearing,
    connect,
    entries,
    own_token,
    profile,
    program,
    program_of,
    redeem,
    refresh,
    yes,
)
from tests.prove.sizes import size

ENDPOINTS = ("/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/introspect")
ODD = ["", "\0", '"', "\\", "é", "\u202e", "\ud7ff", "%", "%zz", "%00", "\r\n", "a" * 5000, "' OR 1=1 --", "{}", "null",
       "../..", "code", "🙂", "\x7f", "+", "&", "=", ";"]  # fmt: skip
NAMES = ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret",
         "token", "token_type_hint", "state", "resource", "authorization_details", "x", "é", ""]  # fmt: skip
GRANTS = ["authorization_code", "refresh_token", "client_credentials", "password", "implicit",
          "urn:ietf:params:oauth:grant-type:jwt-bearer"]  # fmt: skip


@pytest.fixture
def shop(house: House) -> Program:
    """A program."""
    return program(house)


def basic(text: bytes) -> str:
    """A header of HTTP Basic around any bytes."""
    return "Basic " + base64.b64encode(text).decode()


def headers_of(dice: random.Random, made: Program) -> dict[str, str]:
    """Some way to prove oneself, most of them bad."""
    return dice.choice(
        [
            made.basic,
            made.basic,
            {},
            {"Authorization": ""},
            {"Authorization": "Basic"},
            {"Authorization": "Basic ===="},
            {"Authorization": "Basic \xff\xfe"},
            {"Authorization": basic(b"\xff\xfe:\xfd")},
            {"Authorization": basic(b"no colon")},
            {"Authorization": basic(made.client_id.encode() + b":\x00")},
            {"Authorization": basic(b":")},
            {"Authorization": "Bearer x"},
            {"Authorization": "Digest " + "x" * 4000},
            {"Authorization": basic(b"%ff%fe:%00")},
        ]
    )


def body_of(dice: random.Random) -> bytes:
    """Some body, most of them bad."""
    if dice.random() < 0.2:
        return dice.randbytes(dice.randint(0, 300))
    pairs = []
    for _ in range(dice.randint(0, 8)):
        name = dice.choice(NAMES)
        value = dice.choice(GRANTS) if name == "grant_type" and dice.random() < 0.8 else dice.choice(ODD)
        pairs.append(f"{name}={value}".encode("utf-8", "surrogatepass"))
    return dice.choice([b"&", b"&", b";", b"&&"]).join(pairs)


def test_whatever_is_sent_is_answered_and_never_with_a_failure(
    house: House, client: FlaskClient, shop: Program
) -> None:
    dice = random.Random(9)
    for _ in range(size(test=300, prove=3_000)):
        answer = client.open(
            dice.choice(ENDPOINTS) + dice.choice(["", "", "", "?x=1", "?grant_type=client_credentials", "?%ff"]),
            method=dice.choice(["POST", "POST", "POST", "POST", "GET", "PUT", "OPTIONS"]),
            data=body_of(dice),
            headers=headers_of(dice, shop),
            content_type=dice.choice([FORM, FORM, FORM, FORM, "application/json", "multipart/form-data; boundary=x", ""]),
        )
        assert answer.status_code < 500, answer.text
        assert "Location" not in answer.headers
        if answer.status_code >= 400:
            assert ("error" in answer.json) or ("reason" in answer.json)


def test_every_error_has_oauths_own_form(client: FlaskClient, house: House, shop: Program) -> None:
    for form, status, error in (
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "x"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "client_secret": "x"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_id": "x"}, 400, "invalid_request"),
    ):
        answer = client.post("/oauth/token", data=form, headers=shop.basic)
        assert (answer.status_code, answer.json["error"]) == (status, error)
        assert answer.json.keys() == {"error", "error_description"}
        assert answer.content_type == "application/json"


def test_a_program_that_does_not_prove_itself_is_told_one_thing_alone(
    house: House, client: FlaskClient, shop: Program
) -> None:
    told = set()
    for user, password in ((shop.client_id, "wrong"), ("nobody", shop.secret), (shop.client_id, ""), ("", "")):
        for path in ENDPOINTS:
            form = {"grant_type": "client_credentials", "token": "x"}
            answer = client.post(path, data=form, headers={"Authorization": basic(f"{user}:{password}".encode())})
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="freehold"'
            told.add((answer.status_code, answer.text))
    assert len(told) == 1
    assert told.pop()[0] == 401


def test_strangers_of_one_network_are_counted_together(house: House, client: FlaskClient) -> None:
    with clock.moved(clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)):
        for network in ("2001:db8:1:2", "2001:db8:1:3"):
            for n in range(20):
                where = {"REMOTE_ADDR": f"{network}:{n:x}::1"}
                form = {"grant_type": "client_credentials"}
                assert client.post("/oauth/token", data=form, headers={}, environ_overrides=where).status_code == 401
    assert len(entries(house, "token.refused")) == 2


def test_nothing_secret_is_taken_from_an_address(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    form = {"grant_type": "client_credentials"}
    assert client.post("/oauth/token", query_string=form, headers=shop.basic).status_code == 400
    assert client.post("/oauth/token?client_secret=x", data=form, headers=shop.basic).status_code == 400
    token = own_token(client, shop)
    for path in ("/oauth/introspect", "/oauth/revoke"):
        answer = client.post(path, query_string={"token": token}, headers=shop.basic)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    answer = client.get("/api/v1/grants", query_string={"access_token": token})
    assert (answer.status_code, answer.json["reason"]) == (400, "token-in-query")
    answer = client.get("/api/v1/grants", query_string={"access_token": token}, headers=bearing(token))
    assert (answer.status_code, answer.json["reason"]) == (400, "token-in-query")


def test_a_token_is_active_for_its_own_program_alone(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    tokens = connect(app, shop, person(house))
    sibling = program_of(house, shop.vendor_id, "Second till")
    other = program(house, "Floristería")
    for token in (tokens["access_token"], tokens["refresh_token"]):
        said = client.post("/oauth/introspect", data={"token": token}, headers=shop.basic).json
        assert said["active"] is True
        assert said["client_id"] == shop.client_id
        assert said["iss"] == house.settings.origin
        assert said["grant_id"] == tokens["grant_id"]
        assert said["authorization_details"] == tokens["authorization_details"]
        for stranger in (sibling, other):
            answer = client.post("/oauth/introspect", data={"token": token}, headers=stranger.basic)
            assert answer.json == {"active": False}
    assert client.post("/oauth/introspect", data={"token": "unknown"}, headers=shop.basic).json == {"active": False}


def test_the_same_customer_is_another_subject_to_another_company(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    ana, other = person(house), program(house, "Floristería")
    subjects, grants = set(), set()
    for made in (shop, other):
        tokens = connect(app, made, ana)
        said = client.post("/oauth/introspect", data={"token": tokens["access_token"]}, headers=made.basic).json
        subjects.add(said["sub"])
        grants.add(said["grant_id"])
        assert profile(client, tokens["access_token"]).json["sub"] == said["sub"]
    assert len(subjects) == len(grants) == 2


def test_revoking_either_token_ends_both_and_the_answer_never_tells(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    for index, name in enumerate(("access_token", "refresh_token")):
        tokens = connect(app, shop, person(house, f"p{index}@example.org"))
        for hint in ("access_token", "refresh_token", "unheard_of"):
            form = {"token": tokens[name], "token_type_hint": hint}
            answer = client.post("/oauth/revoke", data=form, headers=shop.basic)
            assert (answer.status_code, answer.json) == (200, {})
        assert profile(client, tokens["access_token"]).json["reason"] == "token-revoked"
        assert refresh(client, shop, tokens["refresh_token"]).status_code == 400
    assert client.post("/oauth/revoke", data={"token": "unknown"}, headers=shop.basic).status_code == 200


def test_another_programs_token_is_left_as_it_is(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    tokens = connect(app, shop, person(house))
    for stranger in (program_of(house, shop.vendor_id, "Second till"), program(house, "Floristería")):
        for name in ("access_token", "refresh_token"):
            answer = client.post("/oauth/revoke", data={"token": tokens[name]}, headers=stranger.basic)
            assert (answer.status_code, answer.json) == (200, {})
        assert refresh(client, stranger, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert profile(client, tokens["access_token"]).status_code == 200
    assert refresh(client, shop, tokens["refresh_token"]).status_code == 200


def test_one_kind_of_secret_is_never_taken_for_another(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    tokens = connect(app, shop, person(house))
    code = answered(yes(app, shop, person(house, "joan@example.org")))["code"]
    for wrong in (tokens["refresh_token"], code, shop.secret):
        assert profile(client, wrong).json["reason"] == "token-unknown"
    for wrong in (tokens["access_token"], code, shop.secret):
        assert refresh(client, shop, wrong).json["error"] == "invalid_grant"
    for wrong in (tokens["access_token"], tokens["refresh_token"], shop.secret):
        assert redeem(client, shop, wrong).json["error"] == "invalid_grant"
    assert active(client, shop, tokens["access_token"])
    assert redeem(client, shop, code).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer \xff", "bearer x y", "Basic eDp4", "Token x", "Bearer " + "a" * 9000]
)
def test_a_token_that_is_none_opens_nothing(house: House, client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/profile", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="freehold", resource_metadata=')
    assert answer.json["reason"] in ("token-needed", "token-unknown")


def test_the_metadata_says_what_there_is(house: House, client: FlaskClient) -> None:
    said = client.get("/.well-known/oauth-authorization-server").json
    AuthorizationServerMetadata(said).validate()
    assert said["issuer"] == house.settings.origin
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt", "client_secret_basic"]
    assert said["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA", "Ed25519"]
    known = {rule.rule for rule in client.application.url_map.iter_rules()}
    for name, address in said.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            # The name of a permission stands behind the address of the one that looks them up.
            more = "/<grant_id>" if name == "grant_management_endpoint" else ""
            assert address.removeprefix(said["issuer"]) + more in known
    api = client.get("/.well-known/oauth-protected-resource").json
    assert api["resource"] == f"{said['issuer']}/api/v1"
    assert api["authorization_servers"] == [said["issuer"]]
    assert api["bearer_methods_supported"] == ["header"]
    keys = client.get("/oauth/jwks").json["keys"]
    assert keys
    assert all("d" not in key and key["alg"] == "ES256" for key in keys)


def test_no_secret_stands_in_the_database(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    back = yes(app, shop, person(house))
    code = answered(back)["code"]
    tokens = redeem(client, shop, code).json
    profile(client, tokens["access_token"])
    secrets = [shop.secret, code, tokens["access_token"], tokens["refresh_token"], VERIFIER]
    house.lead()
    with house.reading() as unit:
        for table in Base.metadata.sorted_tables:
            for row in unit.connection.execute(select(table)):
                _holds_none(table.name, row, secrets)


def _holds_none(name: str, row: Any, secrets: list[str]) -> None:
    text = "\0".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row)
    for secret in secrets:
        assert secret not in text, name
        assert secret[4:] not in text, name


def test_unknown_addresses_and_methods_are_problems_too(house: House, client: FlaskClient, shop: Program) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v1/profile/", 404),
        ("POST", "/api/v1/profile", 405),
        ("DELETE", "/api/v1/grants", 405),
        ("OPTIONS", "/api/v1/profile", 405),
        ("GET", "/oauth/nothing", 404),
        ("GET", "/.well-known/nothing", 404),
        ("GET", "/api/v1/PROFILE", 404),
        ("GET", "/api/v1/..;/profile", 404),
        ("GET", "/api/v1/%2e%2e/profile", 404),
    ):
        answer = client.open(path, method=method)
        assert answer.status_code == status, path
        assert answer.content_type == "application/problem+json"
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]
        assert answer.json["detail"]
        if status == 405:
            assert answer.headers["Allow"]
    assert client.get("/oauth/token").json["error"] == "invalid_request"


def test_a_body_over_the_cap_is_refused_before_it_is_read(house: House, client: FlaskClient, shop: Program) -> None:
    answer = client.post("/oauth/token", data="x=" + "a" * 70_000, content_type=FORM, headers=shop.basic)
    assert answer.status_code == 413
    assert answer.json["error"] == "invalid_request"
    assert BACK not in answer.text
