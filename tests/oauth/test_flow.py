"""From a request to tokens and to the customer's data."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from portal.audit.refusals import settle_refusals
from portal.grants.service import revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import SYSTEM
from portal.oauth.scopes import SCOPES
from portal.oauth.service import block_client
from portal.oauth.tokens import ACCESS_LIFE, CODE_LIFE, REFRESH_LIFE
from tests.grants.cast import DELIVERY, detail, person
from tests.oauth.cast import (
    STATE,
    VERIFIER,
    active,
    answered,
    connect,
    consented,
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


def test_a_customer_says_yes_and_the_program_reads_exactly_that(app: Flask, house: House, client: FlaskClient) -> None:
    ana = person(house, given_name="Ana", family_name="Puig", phone="+34600111222")
    shop = program(house)
    tokens = connect(app, shop, ana)
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "profile:read"
    assert [d["purpose"] for d in tokens["authorization_details"]] == [DELIVERY]
    assert len(tokens["grant_id"]) >= 20
    answer = profile(client, tokens["access_token"])
    assert answer.status_code == 200, answer.text
    assert answer.json["profile"] == {"name": "Ana Puig", "email": "ana@example.org"}
    assert answer.json["purpose"] == DELIVERY
    assert "Ana" not in str(answer.headers)


def test_the_answer_says_who_gave_it_and_keeps_the_state_to_the_letter(app: Flask, house: House) -> None:
    state = "s" * 2000 + " &=?/%+"
    back = answered(yes(app, program(house), person(house), state=state))
    assert back.keys() == {"code", "state", "iss"}
    assert back["state"] == state
    assert back["iss"] == house.settings.origin


def test_a_code_lives_a_minute(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    code = answered(yes(app, shop, person(house)))["code"]
    with clock.moved(CODE_LIFE + timedelta(seconds=1)):
        answer = redeem(client, shop, code)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    [refused] = entries(house, "token.refused")
    assert refused["reason"] == "code-expired", "what ran out was no token"


def test_a_code_is_good_once_and_coming_again_ends_what_it_gave(app: Flask, house: House, client: FlaskClient) -> None:
    shop, ana = program(house), person(house)
    other = connect(app, shop, ana, detail(house, "https://w3id.org/dpv#CustomerCare"))
    code = answered(yes(app, shop, ana))["code"]
    first = redeem(client, shop, code).json
    again = redeem(client, shop, code)
    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert profile(client, first["access_token"]).status_code == 401
    assert refresh(client, shop, first["refresh_token"]).status_code == 400
    assert profile(client, other["access_token"]).status_code == 200


def test_a_used_code_ends_its_tokens_even_after_its_minute(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    code = answered(yes(app, shop, person(house)))["code"]
    first = redeem(client, shop, code).json
    with clock.moved(CODE_LIFE * 2):
        assert redeem(client, shop, code).status_code == 400
        assert profile(client, first["access_token"]).status_code == 401


def test_a_wrong_verifier_spends_nothing(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    code = answered(yes(app, shop, person(house)))["code"]
    for verifier in ("w" * 50, "", "short", VERIFIER + "é"):
        assert redeem(client, shop, code, code_verifier=verifier).status_code == 400
    assert redeem(client, shop, code).status_code == 200


def test_a_code_is_bound_to_its_program_and_its_address(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    sibling = program_of(house, shop.vendor_id, "Second till")
    code = answered(yes(app, shop, person(house)))["code"]
    assert redeem(client, sibling, code).json["error"] == "invalid_grant"
    assert redeem(client, shop, code, redirect_uri="https://books.example/").json["error"] == "invalid_grant"
    assert redeem(client, shop, code).status_code == 200


def test_a_refresh_token_gives_new_ones_and_is_spent(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    first = connect(app, shop, person(house))
    second = refresh(client, shop, first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    assert second["grant_id"] == first["grant_id"]
    assert profile(client, second["access_token"]).status_code == 200
    assert not active(client, shop, first["refresh_token"])
    assert active(client, shop, second["refresh_token"])


def test_a_spent_refresh_token_coming_again_ends_its_family_and_no_other(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop, ana, joan = program(house), person(house), person(house, "joan@example.org")
    stolen, other = connect(app, shop, ana), connect(app, shop, joan)
    second = refresh(client, shop, stolen["refresh_token"]).json
    third = refresh(client, shop, second["refresh_token"]).json
    assert refresh(client, shop, stolen["refresh_token"]).json["error"] == "invalid_grant"
    for tokens in (stolen, second, third):
        assert profile(client, tokens["access_token"]).status_code == 401
        assert refresh(client, shop, tokens["refresh_token"]).status_code == 400
    assert profile(client, other["access_token"]).status_code == 200
    assert refresh(client, shop, other["refresh_token"]).status_code == 200


def test_a_refresh_token_ends_after_ninety_days_unused(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    tokens = connect(app, shop, person(house), detail(house, days=400))
    with clock.moved(REFRESH_LIFE + timedelta(hours=1)):
        assert refresh(client, shop, tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_a_family_in_use_lives_as_long_as_its_permission_and_not_longer(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop = program(house)
    tokens = connect(app, shop, person(house), detail(house, days=200))
    for days in (80, 160):
        with clock.moved(timedelta(days=days)):
            tokens = refresh(client, shop, tokens["refresh_token"]).json
    with clock.moved(timedelta(days=201)):
        assert refresh(client, shop, tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_an_access_token_ends_with_its_time_or_its_permission(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    tokens = connect(app, shop, person(house))
    with clock.moved(ACCESS_LIFE + timedelta(seconds=1)):
        answer = profile(client, tokens["access_token"])
        assert (answer.status_code, answer.json["reason"]) == (401, "token-expired")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    end = int((clock.now() + timedelta(minutes=5)).timestamp())
    short = connect(app, shop, person(house, "joan@example.org"), detail(house) | {"expires_at": end})
    assert short["expires_in"] <= 300
    with clock.moved(timedelta(minutes=6)):
        answer = profile(client, short["access_token"])
        assert (answer.status_code, answer.json["reason"]) == (401, "expired")
        assert refresh(client, shop, short["refresh_token"]).status_code == 400


def test_promise_2_a_stop_ends_every_token_of_the_permission_at_once(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop, ana = program(house), person(house)
    back, grant = consented(app, shop, ana)
    tokens = redeem(client, shop, answered(back)["code"]).json
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    answer = profile(client, tokens["access_token"])
    assert (answer.status_code, answer.json["reason"]) == (401, "revoked")
    assert refresh(client, shop, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert not active(client, shop, tokens["access_token"])


def test_a_code_whose_permission_was_stopped_gives_nothing(app: Flask, house: House, client: FlaskClient) -> None:
    shop, ana = program(house), person(house)
    back, grant = consented(app, shop, ana)
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    assert redeem(client, shop, answered(back)["code"]).json["error"] == "invalid_grant"


def test_a_blocked_program_can_do_nothing(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    tokens = connect(app, shop, person(house))
    with house.writing(SYSTEM) as unit:
        block_client(unit, client_id=shop.client_id)
    assert profile(client, tokens["access_token"]).status_code == 401
    answer = refresh(client, shop, tokens["refresh_token"])
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_scope_can_be_narrowed_and_never_widened(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    both = detail(house, datatypes=("profile.name", "orders.line.category"))
    tokens = connect(app, shop, person(house), both)
    assert tokens["scope"] == "orders:read profile:read"
    narrow = refresh(client, shop, tokens["refresh_token"], scope="profile:read").json
    assert narrow["scope"] == "profile:read"
    assert refresh(client, shop, narrow["refresh_token"], scope="orders:write").json["error"] == "invalid_scope"
    again = refresh(client, shop, narrow["refresh_token"]).json
    assert again["scope"] == "orders:read profile:read"


def test_a_companys_own_token_has_its_scopes_and_no_refresh_token(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop = program(house)
    answer = client.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=shop.basic).json
    assert answer["scope"].split() == sorted(SCOPES)
    assert "refresh_token" not in answer
    assert 600 <= answer["expires_in"] <= 3600
    wrong = client.post(
        "/oauth/token", data={"grant_type": "client_credentials", "scope": "admin"}, headers=shop.basic
    )
    assert wrong.json["error"] == "invalid_scope"
    assert active(client, shop, own_token(client, shop, "grants:read"))


def test_every_answer_with_a_token_is_kept_by_nobody(app: Flask, house: House, client: FlaskClient) -> None:
    shop = program(house)
    answer = client.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=shop.basic)
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-Id"]) == 22
    assert STATE not in answer.text


def test_a_refused_token_request_is_on_the_customers_record_with_the_reason(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop, ana = program(house), person(house)
    back, grant = consented(app, shop, ana)
    tokens = redeem(client, shop, answered(back)["code"]).json
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    assert refresh(client, shop, tokens["refresh_token"]).status_code == 400
    refused = entries(house, "token.refused")[-1]
    assert (refused["outcome"], refused["reason"]) == ("refused", "revoked")
    assert refused["customer"] == entries(house, "grant.given")[-1]["customer"]
    assert refused["actor"] == {"kind": "vendor", "id": shop.client_id}


def test_repeating_what_is_spent_fills_nobodys_record(app: Flask, house: House, client: FlaskClient) -> None:
    shop, ana = program(house), person(house)
    back, grant = consented(app, shop, ana)
    code = answered(back)["code"]
    spent = redeem(client, shop, code).json["refresh_token"]
    refresh(client, shop, spent)
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id)
    before = len(entries(house))
    many, minute = size(test=40, prove=500), clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    answers = []
    for turn in range(2 * many):
        again, given = (redeem, code) if turn < many else (refresh, spent)
        # All in one minute, however long they take here.
        with clock.moved(minute + timedelta(milliseconds=turn)):
            answers.append(again(client, shop, given))
    assert {(answer.status_code, answer.json["error"]) for answer in answers} == {(400, "invalid_grant")}
    added = entries(house)[before:]
    for event in ("code.replayed", "refresh.reused"):
        assert len([entry for entry in added if entry["event"] == event]) == 10
    with clock.moved(minute + timedelta(minutes=2)):
        settle_refusals(house)
    counted = entries(house, "refusal.counted")
    assert sorted((entry["detail"]["of"], entry["count"]) for entry in counted) == [
        ("code.replayed", many - 10),
        ("refresh.reused", many - 10),
    ]


def test_a_replay_that_ends_something_is_an_entry_whatever_came_before(
    app: Flask, house: House, client: FlaskClient
) -> None:
    shop, ana = program(house), person(house)
    code = answered(yes(app, shop, ana))["code"]
    redeem(client, shop, code)
    for _ in range(15):
        redeem(client, shop, code)
    stolen = connect(app, shop, ana, detail(house, "https://w3id.org/dpv#CustomerCare"))
    refresh(client, shop, stolen["refresh_token"])
    refresh(client, shop, stolen["refresh_token"])
    assert next(entry["count"] for entry in entries(house, "code.replayed")) == 2
    assert [entry["count"] for entry in entries(house, "refresh.reused")] == [3]
