"""The API describes itself: what is described is there, and what is there is described."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.oauth.scopes import SCOPES
from vendor_api.errors import MACHINES
from vendor_api.operations import CLIENT, NOBODY, OPERATIONS


@pytest.fixture
def described(client: FlaskClient) -> dict:
    """The document, as a program fetches it."""
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return json.loads(answer.data)


def test_every_address_is_described_and_every_described_address_is_there(app: Flask, described: dict) -> None:
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(MACHINES)
        for method in (rule.methods or set()) - {"HEAD"}
    }
    told = {(path, method.upper()) for path, methods in described["paths"].items() for method in methods}
    assert told == there


def test_every_operation_names_the_scope_that_guards_it(described: dict) -> None:
    for one in OPERATIONS.values():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", one.path)
        security = described["paths"][path][one.method.lower()]["security"]
        if one.token == NOBODY:
            assert security == []
        elif one.token == CLIENT:
            assert security == [{"client": []}]
        else:
            assert all(scopes == [one.scope] for need in security for scopes in need.values())
            assert one.scope in SCOPES


@pytest.mark.engines("sqlite")  # nothing here is decided by the database
def test_a_guarded_address_opens_to_nobody_without_a_token(app: Flask, house: House, client: FlaskClient) -> None:
    for one in OPERATIONS.values():
        path = re.sub(r"<(?:\w+:)?\w+>", "x", one.path)
        answer = client.open(path, method=one.method)
        if one.scope is not None:
            assert (answer.status_code, answer.json["reason"]) == (401, "token-needed"), one.name
        elif one.token == NOBODY:
            assert answer.status_code == 200, one.name
        else:
            assert answer.status_code == 400, one.name


def test_every_reference_leads_somewhere(described: dict) -> None:
    known = described["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described)):
        assert name in known


def test_it_is_an_openapi_document_of_3_1(described: dict) -> None:
    assert described["openapi"].startswith("3.1")
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    for one in operations:
        assert one["summary"]
        assert one["responses"]
