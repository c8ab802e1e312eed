"""Programs that prove themselves by keys (FAPI 2.0): from a pushed request to bound tokens, and what is refused on the way."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.kernel import clock
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.oauth.dpop import Use
from portal.oauth.jose import public_key
from portal.oauth.models import UsedProof
from portal.oauth.service import add_key, end_key
from portal.oauth.service.claiming import claim_uses
from tests.grants.cast import detail, person
from tests.oauth.cast import BACK, VERIFIER, answered, authorize_url, consent_to, entries, program
from tests.oauth.keyed import Keyed, keyed, new_key


@pytest.fixture
def chemist(house: House) -> Keyed:
    """A program with a key."""
    return keyed(house)


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "EdDSA", "Ed25519"])
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_program_with_keys_comes_from_a_pushed_request_to_a_read_that_is_on_record(
    house: House, app: Flask, client: FlaskClient, algorithm: str
) -> None:
    made = keyed(house, algorithm=algorithm)
    got = made.connect(app, person(house))
    assert got["token_type"] == "DPoP"
    assert {"access_token", "refresh_token", "grant_id", "authorization_details"} <= got.keys()
    read = made.get(client, "/api/v1/profile", got["access_token"])
    assert read.status_code == 200, read.text
    assert [entry["outcome"] for entry in entries(house, "profile.disclosed")] == ["given"]


def test_a_request_that_was_not_pushed_is_turned_down(house: House, app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    told = client.get("/authorize", query_string=chemist.form())
    assert told.status_code == 303
    assert answered(told.location)["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/oauth/par", "/oauth/token", "/oauth/introspect", "/oauth/revoke"])
def test_a_secret_of_nobodys_proves_no_program_with_keys(client: FlaskClient, chemist: Keyed, path: str) -> None:
    answer = client.post(path, data={"grant_type": "client_credentials", "token": "x"}, auth=(chemist.client_id, ""))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_a_program_with_a_secret_cannot_prove_itself_by_an_assertion(house: House, client: FlaskClient, chemist: Keyed) -> None:
    shop = program(house)
    chemist.client_id = shop.client_id
    answer = chemist.post(client, "/oauth/token", grant_type="client_credentials")
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_a_token_without_a_proof_of_a_key_is_not_given(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    code = chemist.code(app, person(chemist.house))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    answer = chemist.post(client, "/oauth/token", bound=False, **form)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_dpop_proof")
    # Nothing was spent by it.
    assert chemist.redeem(client, code).status_code == 200


def test_a_bound_token_opens_nothing_for_whoever_lacks_the_key(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    token = chemist.connect(app, person(chemist.house))["access_token"]
    assert chemist.get(client, "/api/v1/profile", token).status_code == 200
    chemist.bound_to = new_key()
    stolen = chemist.get(client, "/api/v1/profile", token)
    assert (stolen.status_code, stolen.json["reason"]) == (401, "proof-wrong")
    assert stolen.headers["WWW-Authenticate"].startswith("DPoP ")
    for scheme in ("Bearer", "DPoP"):
        bare = client.get("/api/v1/profile", headers={"Authorization": f"{scheme} {token}"})
        assert (bare.status_code, bare.json["reason"]) == (401, "proof-needed")
    refused = [entry["reason"] for entry in entries(chemist.house, "read.refused")]
    assert refused == ["proof-wrong", "proof-needed", "proof-needed"]


def test_a_bearers_token_is_no_bound_one(house: House, app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    shop = program(house)
    own = client.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=shop.basic).json["access_token"]
    answer = chemist.get(client, "/api/v1/grants", own)
    assert (answer.status_code, answer.json["reason"]) == (401, "token-not-bound")


def test_a_proof_reads_once(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    token = chemist.connect(app, person(chemist.house))["access_token"]
    headers = {"Authorization": f"DPoP {token}", "DPoP": chemist.proof("GET", "/api/v1/profile", token)}
    assert client.get("/api/v1/profile", headers=headers).status_code == 200
    again = client.get("/api/v1/profile", headers=headers)
    assert (again.status_code, again.json["reason"]) == (401, "proof-used")
    assert 'error="invalid_dpop_proof"' in again.headers["WWW-Authenticate"]


def test_a_proof_writes_once(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    token = chemist.post(client, "/oauth/token", grant_type="client_credentials").json["access_token"]
    headers = {"Authorization": f"DPoP {token}", "DPoP": chemist.proof("POST", "/api/v1/orders", token), "Idempotency-Key": "a"}
    first = client.post("/api/v1/orders", json={"orders": []}, headers=headers)
    assert first.json.get("reason") != "proof-used"
    again = client.post("/api/v1/orders", json={"orders": []}, headers=headers)
    assert (again.status_code, again.json["reason"]) == (401, "proof-used")


def test_whoever_sends_no_nonce_is_given_one_and_nothing_else(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    token = chemist.connect(app, person(chemist.house))["access_token"]
    chemist.nonce = None
    headers = {"Authorization": f"DPoP {token}", "DPoP": chemist.proof("GET", "/api/v1/profile", token)}
    read = client.get("/api/v1/profile", headers=headers)
    assert (read.status_code, read.json["reason"]) == (401, "nonce-needed")
    assert 'error="use_dpop_nonce"' in read.headers["WWW-Authenticate"]
    assert read.headers["DPoP-Nonce"]
    form = {**chemist.proving(), "grant_type": "client_credentials"}
    asked = client.post("/oauth/token", data=form, headers={"DPoP": chemist.proof("POST", "/oauth/token")})
    assert (asked.status_code, asked.json["error"]) == (400, "use_dpop_nonce")
    assert asked.headers["DPoP-Nonce"]
    assert not entries(chemist.house, "read.refused")


def test_a_nonce_is_good_for_some_minutes(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    token = chemist.post(client, "/oauth/token", grant_type="client_credentials").json["access_token"]
    old = chemist.nonce
    with clock.moved(clock.now() + timedelta(minutes=11)):
        chemist.nonce = old
        headers = {"Authorization": f"DPoP {token}", "DPoP": chemist.proof("GET", "/api/v1/grants", token)}
        assert client.get("/api/v1/grants", headers=headers).json["reason"] == "nonce-needed"


def test_a_refresh_token_stays_and_a_lost_answer_costs_nothing(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    got = chemist.connect(app, person(chemist.house))
    for _ in range(3):
        again = chemist.post(client, "/oauth/token", grant_type="refresh_token", refresh_token=got["refresh_token"])
        assert again.status_code == 200, again.text
        assert "refresh_token" not in again.json
        assert chemist.get(client, "/api/v1/profile", again.json["access_token"]).status_code == 200


def test_attack_27_a_refresh_token_is_nothing_without_the_programs_key_and_a_proof(
    house: House, app: Flask, client: FlaskClient, chemist: Keyed
) -> None:
    token = chemist.connect(app, person(house))["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert client.post("/oauth/token", data=form).json["error"] == "invalid_client"
    assert chemist.post(client, "/oauth/token", bound=False, **form).json["error"] == "invalid_dpop_proof"
    assert keyed(house, "Una altra").post(client, "/oauth/token", **form).json["error"] == "invalid_grant"
    assert chemist.post(client, "/oauth/token", **form).status_code == 200


def test_a_code_is_bound_to_the_key_that_was_named_or_shown_when_it_was_asked_for(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    mine, ana = chemist.bound_to, person(chemist.house)
    for changes in ({"dpop_jkt": mine.thumbprint()}, {"bound": True}):
        chemist.bound_to = mine
        code = chemist.code(app, ana, **changes)
        chemist.bound_to = new_key()
        assert chemist.redeem(client, code).json["error"] == "invalid_dpop_proof"
        chemist.bound_to = mine
        assert chemist.redeem(client, code).status_code == 200


def test_attack_26_a_key_that_is_named_and_another_that_is_shown_are_refused(client: FlaskClient, chemist: Keyed) -> None:
    answer = chemist.push(client, bound=True, dpop_jkt=new_key().thumbprint())
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert chemist.push(client, dpop_jkt="x").json["error"] == "invalid_request"


def test_a_pushed_request_can_be_brought_again_until_it_was_answered(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    address = chemist.brought(chemist.push(client))
    places = {client.get(address).location for _ in range(3)}
    assert len(places) == 1
    consent_to(app, address, person(chemist.house))


def test_introspection_names_the_key_that_a_token_is_bound_to(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    token = chemist.connect(app, person(chemist.house))["access_token"]
    told = chemist.post(client, "/oauth/introspect", bound=False, token=token).json
    assert told["active"]
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": chemist.bound_to.thumbprint()})


def test_another_resource_is_refused(app: Flask, client: FlaskClient, chemist: Keyed) -> None:
    elsewhere = chemist.push(client, resource="https://elsewhere.example/api")
    assert elsewhere.json["error"] == "invalid_target"
    own = chemist.post(client, "/oauth/token", grant_type="client_credentials", resource="https://elsewhere.example")
    assert own.json["error"] == "invalid_target"
    here = chemist.issuer + "/api/v1"
    assert chemist.post(client, "/oauth/token", grant_type="client_credentials", resource=here).status_code == 200


def test_keys_are_changed_with_both_good_meanwhile(house: House, client: FlaskClient, chemist: Keyed) -> None:
    def gets_in() -> bool:
        return chemist.post(client, "/oauth/token", grant_type="client_credentials").status_code == 200

    old, new = chemist.key, new_key()
    with house.writing(SYSTEM) as unit:
        add_key(unit, client_id=chemist.client_id, key=public_key(new.as_dict(private=False)))
    for key in (old, new):
        chemist.key = key
        assert gets_in()
    with house.writing(SYSTEM) as unit:
        end_key(unit, client_id=chemist.client_id, kid=old.thumbprint())
    chemist.key = old
    assert not gets_in()
    chemist.key = new
    assert gets_in()
    assert [entry["event"] for entry in entries(house) if entry["event"].startswith("client.key-")] == [
        "client.key-added",
        "client.key-ended",
    ]


def test_a_program_keeps_a_key_and_takes_none_twice(house: House, chemist: Keyed) -> None:
    mine: Any = public_key(chemist.key.as_dict(private=False))
    with pytest.raises(Conflict), house.writing(SYSTEM) as unit:
        end_key(unit, client_id=chemist.client_id, kid=chemist.key.thumbprint())
    with pytest.raises(Invalid), house.writing(SYSTEM) as unit:
        add_key(unit, client_id=chemist.client_id, key=mine)
    with pytest.raises(NotFound), house.writing(SYSTEM) as unit:
        end_key(unit, client_id=chemist.client_id, kid="another")
    with_secret = program(house).client_id
    with pytest.raises(NotFound), house.writing(SYSTEM) as unit:
        add_key(unit, client_id=with_secret, key=mine)


def test_a_program_with_a_secret_is_not_made_to_push(house: House, client: FlaskClient) -> None:
    assert "/requests/" in client.get(authorize_url(house, program(house), detail(house))).location


def test_what_was_used_is_kept_for_no_longer_than_it_could_come_again(house: House, client: FlaskClient, chemist: Keyed) -> None:
    def kept() -> int:
        with house.reading() as unit:
            return unit.connection.execute(select(func.count()).select_from(UsedProof)).scalar_one()

    for _ in range(5):
        assert chemist.post(client, "/oauth/introspect", bound=False, token="of nobody").status_code == 200
    before = kept()
    assert before >= 5
    with clock.moved(clock.now() + timedelta(hours=2)):
        until = clock.now() + timedelta(hours=1)

        def claim(*begins: int) -> None:
            with house.writing() as unit:
                assert claim_uses(unit, [Use(bytes(begins) + secrets.token_bytes(32 - len(begins)), until)])

        claim(255)
        assert kept() == before + 1, "one in thirty-two clears away"
        for neighbours in range(256):
            claim(0, neighbours)
        assert kept() == 1 + 256


def test_a_thumbprint_that_is_none_is_told_in_the_browser_too(house: House, client: FlaskClient) -> None:
    told = answered(client.get(authorize_url(house, program(house), dpop_jkt="x")).location)
    assert told["error"] == "invalid_request"
