"""Programs change their permissions by Grant Management's merge and replace: less at once, more by a yes, nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.grants import reads
from portal.grants.choices import Choice
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from portal.links.service import pause
from tests.grants.answering import opened, press
from tests.grants.cast import CARE, DELIVERY, detail, person, signed_in
from tests.oauth.cast import (
    Program,
    active,
    answered,
    authorize_url,
    bearing,
    connect,
    entries,
    own_token,
    profile,
    program,
    program_of,
    redeem,
    refresh,
)
from tests.oauth.keyed import keyed
from tests.oauth.racing import race
from tests.prove.sizes import size

NAME = ("profile.name",)
MORE = ("profile.name", "profile.email")
MORE_NAMES = ("profile.email", "profile.phone")
ROUNDS = size(test=4, prove=200)


@pytest.fixture
def shop(house: House) -> Program:
    return program(house)


@pytest.fixture
def ana(house: House) -> Actor:
    return person(house, given_name="Ana", family_name="Vila", phone="+34 600 000 001")


def named(house: House, names: Any = NAME, **more: Any) -> dict[str, Any]:
    """What a program asks for deliveries."""
    return detail(house, datatypes=names, required=("profile.name",), **more)


def went(client: FlaskClient, url: str) -> TestResponse:
    """Where a browser ends that is sent to ``/authorize``: at the page, or back at the program."""
    answer = client.get(url)
    assert answer.status_code == 303, answer.text
    return client.get(answer.location) if answer.location.startswith("/requests/") else answer


def changing(house: House, made: Program, action: str, got: Any, *details: Any, **more: Any) -> str:
    """The address of a request that changes a permission."""
    return authorize_url(house, made, *details, grant_management_action=action, grant_id=got["grant_id"], **more)


def queried(client: FlaskClient, made: Program, got: Any, more: str = "") -> Any:
    answer = client.get(f"/oauth/grants/{got['grant_id']}{more}", headers=bearing(own_token(client, made)))
    assert answer.status_code == 200, answer.text
    return answer.json


def only_grant(house: House, ana: Actor) -> Any:
    with house.reading(ana) as unit:
        (grant,) = reads.grants_of(unit)
        return grant


@pytest.mark.parametrize("action", ["merge", "replace"])
def test_what_is_shared_already_is_granted_at_once_with_an_entry_and_new_tokens_alone(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor, action: str
) -> None:
    got = connect(app, shop, ana, named(house, MORE))
    back = went(signed_in(app, ana), changing(house, shop, action, got, named(house, NAME, days=30)))
    told = answered(back.location)
    assert back.status_code == 303 and told["iss"] == house.settings.origin and "error" not in told
    assert profile(client, got["access_token"]).json["reason"] == "replaced"
    assert refresh(client, shop, got["refresh_token"]).json["error"] == "invalid_grant"
    new = redeem(client, shop, told["code"]).json
    assert new["grant_id"] == got["grant_id"]
    assert profile(client, new["access_token"]).status_code == 200
    left = MORE if action == "merge" else NAME
    assert sorted(new["authorization_details"][0]["datatypes"]) == sorted(left)
    (entry,) = entries(house, "grant.amended")
    change = "same" if action == "merge" else "narrower"
    assert (entry["detail"]["action"], entry["detail"]["change"], "record" in entry["detail"]) == (action, change, False)
    with house.reading(ana) as unit:
        assert [one.kind for one in reads.records_of(unit)] == ["given"]


def test_what_would_be_more_is_asked_and_that_alone(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, MORE, days=30))
    browser = signed_in(app, ana)
    url = changing(house, shop, "merge", got, named(house, (*MORE, "profile.phone"), days=90))
    path = browser.get(url).location
    page = browser.get(path).text
    assert re.findall(r'name="items_\d" id="[^"]*" value="([^"]+)"', page) == ["profile.phone"]
    assert "only what would be more is asked here" in page and "You share this for it already" in page
    assert "Leave it as it is" in page and "Until now: Until" in page and 'value="once"' not in page
    back = press(browser, path, "share", items_0=["profile.phone"], until="asked")
    new = redeem(client, shop, answered(back.location)["code"]).json
    assert new["grant_id"] == got["grant_id"] and new["refresh_token"] != got["refresh_token"]
    (after,) = new["authorization_details"]
    assert after["datatypes"] == ["profile.email", "profile.name", "profile.phone"]
    assert after["expires_at"] > got["authorization_details"][0]["expires_at"]
    assert profile(client, got["access_token"]).status_code == 401
    assert profile(client, new["access_token"]).json["profile"]["phone"]
    (entry,) = entries(house, "grant.amended")
    assert entry["detail"]["change"] == "wider" and entry["version"] == 2 and entry["detail"]["record"]
    with house.reading(ana) as unit:
        newest, *_ = reads.records_of(unit)
        assert (newest.kind, newest.version) == ("given", 2)
        assert b"only what" not in (reads.notice_of(unit, newest) or b"") and b'"stays"' in (reads.notice_of(unit, newest) or b"")
    assert browser.get(f"/records/{text_of(newest.id)}").status_code == 200
    assert "You said yes" in browser.get(path).text


def test_the_end_stays_as_it_is_unless_another_is_chosen(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, NAME, days=30))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "merge", got, named(house, MORE, days=90))).location
    assert opened(browser, path)["until"] == "now"
    back = press(browser, path, "share", items_0=["profile.email"])
    (after,) = redeem(client, shop, answered(back.location)["code"]).json["authorization_details"]
    assert after["expires_at"] == got["authorization_details"][0]["expires_at"]
    assert after["datatypes"] == sorted(MORE)


def test_more_time_alone_is_a_question_without_a_tick(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, NAME, days=30))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "merge", got, named(house, NAME, days=90))).location
    page = browser.get(path).text
    assert 'name="items_0"' not in page and "Until now: Until" in page
    back = press(browser, path, "share", until="asked")
    (after,) = redeem(client, shop, answered(back.location)["code"]).json["authorization_details"]
    assert after["expires_at"] > got["authorization_details"][0]["expires_at"]


def test_a_replacement_says_what_it_takes_and_what_stays_and_a_new_reason_is_asked(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, MORE), detail(house, CARE, ("profile.email",), ()))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "replace", got, named(house, (*NAME, "profile.phone")))).location
    page = browser.get(path).text
    assert "With a yes they no longer get" in page and "all stays as it is" in page
    back = press(browser, path, "share", items_0=["profile.phone"])
    new = redeem(client, shop, answered(back.location)["code"]).json
    assert [(one["purpose"], one["datatypes"]) for one in new["authorization_details"]] == [
        (DELIVERY, ["profile.name", "profile.phone"])
    ]
    assert queried(client, shop, new)["version"] == 2


def test_a_no_changes_nothing_and_ends_no_token(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house))
    browser = signed_in(app, ana)
    for action in ("merge", "replace"):
        path = browser.get(changing(house, shop, action, got, named(house, MORE))).location
        assert answered(press(browser, path, "refuse").location)["error"] == "access_denied"
        assert "You said no" in browser.get(path).text
    assert profile(client, got["access_token"]).status_code == 200
    assert queried(client, shop, got)["version"] == 1 and active(client, shop, got["refresh_token"])


def test_nothing_ticked_is_no_yes(app: Flask, house: House, shop: Program, ana: Actor) -> None:
    got = connect(app, shop, ana, named(house))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "merge", got, named(house, MORE))).location
    answer = press(browser, path, "share")
    assert answer.status_code == 422 and "Nothing is ticked" in answer.text
    assert only_grant(house, ana).version == 1


def test_an_unused_code_of_before_gives_nothing_after(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, MORE))
    browser = signed_in(app, ana)
    older, newer = (
        answered(went(browser, changing(house, shop, "merge", got, named(house, days=30))).location)["code"]
        for _ in range(2)
    )
    assert redeem(client, shop, older).json["error"] == "invalid_grant"
    assert redeem(client, shop, newer).status_code == 200


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"grant_management_action": "merge"}, "invalid_request"),
        ({"grant_management_action": "replace"}, "invalid_request"),
        ({"grant_management_action": "update"}, "invalid_request"),
        ({"grant_management_action": "create", "grant_id": "x"}, "invalid_request"),
        ({"grant_id": "x"}, "invalid_request"),
        ({"grant_management_action": "merge", "grant_id": "x"}, "invalid_grant_id"),
        ({"grant_management_action": "replace", "grant_id": "A" * 43}, "invalid_grant_id"),
    ],
)
def test_a_request_that_names_no_permission_of_the_programs_own_is_turned_down(
    client: FlaskClient, house: House, shop: Program, more: dict[str, str], error: str
) -> None:
    assert answered(client.get(authorize_url(house, shop, **more)).location)["error"] == error
    chemist = keyed(house)
    pushed = chemist.push(client, **more)
    assert (pushed.status_code, pushed.json["error"]) == (400, error)


def test_a_permission_of_another_program_company_or_time_is_none(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house))
    sister, bank = program_of(house, shop.vendor_id, "Libros"), program(house, "Banca Transilvania")
    for made in (sister, bank):
        told = answered(client.get(changing(house, made, "merge", got, named(house))).location)
        assert told["error"] == "invalid_grant_id"
    with clock.moved(clock.now() + timedelta(days=91)):
        told = answered(client.get(changing(house, shop, "merge", got, named(house))).location)
        assert told["error"] == "invalid_grant_id"
    with house.writing(ana) as unit:
        revoke(unit, grant_id=only_grant(house, ana).id)
    assert answered(client.get(changing(house, shop, "merge", got, named(house))).location)["error"] == "invalid_grant_id"


def test_another_customers_permission_is_invalid_and_nothing_of_it_is_shown(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house))
    browser = signed_in(app, person(house, "ion@example.org"))
    for asked in (named(house), named(house, MORE)):
        back = went(browser, changing(house, shop, "merge", got, asked))
        assert back.status_code == 303 and answered(back.location)["error"] == "invalid_grant_id"
        assert answered(back.location)["state"]
    assert [entry["outcome"] for entry in entries(house, "request.turned-away")] == ["done", "done"]
    assert entries(house, "grant.amended") == [] and only_grant(house, ana).version == 1


def test_whoever_is_not_signed_in_comes_to_the_same_end_by_signing_in(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, MORE))
    path = client.get(changing(house, shop, "merge", got, named(house, days=30))).location
    assert "/sign-in" in client.get(path).location
    assert "code" in answered(signed_in(app, ana).get(path).location)


def test_a_stop_while_the_page_is_open_leaves_nothing_to_change(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house))
    browser = signed_in(app, ana)
    asked = (named(house, MORE), named(house, (*MORE, "profile.phone")))
    paths = [browser.get(changing(house, shop, "merge", got, one)).location for one in asked]
    forms = [{**opened(browser, path), "items_0": ["profile.email"]} for path in paths]
    with house.writing(ana) as unit:
        revoke(unit, grant_id=only_grant(house, ana).id)
    for path, form, pressed in zip(paths, forms, ("share", "refuse"), strict=True):
        back = browser.post(path, data={**form, "answer": pressed})
        assert answered(back.location)["error"] == "invalid_grant_id"
    assert only_grant(house, ana).state == "ended" and profile(client, got["access_token"]).status_code == 401


def test_a_page_that_another_choice_made_untrue_is_shown_again(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, MORE))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "merge", got, named(house, (*MORE, "profile.phone")))).location
    form = {**opened(browser, path), "items_0": ["profile.phone"], "answer": "share"}
    with house.writing(ana) as unit:
        narrow(unit, grant_id=only_grant(house, ana).id, keep={DELIVERY: Choice(frozenset(NAME))})
    assert browser.post(path, data=form).status_code in (409, 422)
    assert only_grant(house, ana).version == 2


def test_what_a_pause_keeps_back_is_changed_and_stays_paused(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house, MORE))
    with house.writing(ana) as unit:
        pause(unit, link_id=only_grant(house, ana).link_id)
    back = went(signed_in(app, ana), changing(house, shop, "replace", got, named(house, days=30)))
    new = redeem(client, shop, answered(back.location)["code"]).json
    assert profile(client, new["access_token"]).json["reason"] == "paused"


def test_another_permission_of_the_company_makes_room_for_what_is_added(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    first = connect(app, shop, ana, named(house))
    second = connect(app, shop, ana, detail(house, CARE, ("profile.email",), ()))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "merge", first, detail(house, CARE, ("profile.phone",), ()))).location
    back = press(browser, path, "share", items_0=["profile.phone"])
    new = redeem(client, shop, answered(back.location)["code"]).json
    assert [one["purpose"] for one in new["authorization_details"]] == sorted([DELIVERY, CARE])
    assert profile(client, second["access_token"]).json["reason"] == "replaced"


def test_a_pushed_request_changes_a_permission_once(app: Flask, client: FlaskClient, house: House, ana: Actor) -> None:
    chemist = keyed(house)
    got = chemist.connect(app, ana, named(house, MORE))
    browser = signed_in(app, ana)
    asked = {"grant_management_action": "merge", "grant_id": got["grant_id"]}
    url = chemist.brought(chemist.push(client, named(house, days=30), **asked))
    back = went(browser, url)
    assert "code" in answered(back.location)
    assert browser.get(url).status_code == 400
    new = chemist.redeem(client, answered(back.location)["code"]).json
    assert new["grant_id"] == got["grant_id"] and new["token_type"] == "DPoP"
    assert chemist.post(client, "/oauth/token", grant_type="refresh_token", refresh_token=got["refresh_token"]).status_code == 400


def test_versions_tell_what_changed_when_and_by_whom_and_no_value(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "merge", got, named(house, MORE))).location
    new = redeem(client, shop, answered(press(browser, path, "share", items_0=["profile.email"]).location)["code"]).json
    assert queried(client, shop, new)["updated_by"] == "client"
    with house.writing(ana) as unit:
        narrow(unit, grant_id=only_grant(house, ana).id, keep={DELIVERY: Choice(frozenset(NAME))})
    shown = queried(client, shop, new)
    assert (shown["version"], shown["updated_by"], shown["status"]) == (3, "resource_owner", "live")
    versions = queried(client, shop, new, "/history")["versions"]
    told = [(one["version"], one["change"], one["updated_by"], one["purposes"][0]["added"], one["purposes"][0]["removed"])
            for one in versions]  # fmt: skip
    assert told == [
        (3, "narrowed", "resource_owner", [], ["profile.email"]),
        (2, "merged", "client", ["profile.email"], []),
        (1, "created", "client", ["profile.name"], []),
    ]
    assert versions[0]["at"] == shown["last_updated_at"] and "Ana" not in str(versions)
    assert len(entries(house, "grant.listed")) == 3
    bank = program(house, "Banca Transilvania")
    other = client.get(f"/oauth/grants/{got['grant_id']}/history", headers=bearing(own_token(client, bank)))
    assert other.status_code == 404
    with house.writing(ana) as unit:
        revoke(unit, grant_id=only_grant(house, ana).id)
    gone = client.get(f"/oauth/grants/{got['grant_id']}/history", headers=bearing(own_token(client, shop)))
    assert gone.status_code == 404


def test_the_feed_tells_of_more_and_of_less_and_not_of_the_same(
    app: Flask, client: FlaskClient, house: House, shop: Program, ana: Actor
) -> None:
    got = connect(app, shop, ana, named(house))
    browser = signed_in(app, ana)
    path = browser.get(changing(house, shop, "merge", got, named(house, MORE))).location
    press(browser, path, "share", items_0=["profile.email"])
    went(browser, changing(house, shop, "merge", got, named(house, days=30)))
    went(browser, changing(house, shop, "replace", got, named(house, days=30)))
    feed = client.get("/api/v1/changes", headers=bearing(own_token(client, shop))).json["events"]
    assert [(one["type"], one["version"]) for one in feed if "grant_id" in one] == [
        ("grant.created", 1),
        ("grant.widened", 2),
        ("grant.narrowed", 3),
    ]


@pytest.mark.slow
def test_a_stop_and_a_merge_at_the_same_moment_end_with_nothing_shared(
    app: Flask, client: FlaskClient, house: House, shop: Program
) -> None:
    rounds, people, tokens = [], [], []
    for number in range(ROUNDS):
        ana = person(house, f"ana{number}@example.org", given_name="Ana", family_name="Vila", phone="+34600111222")
        got, browser = connect(app, shop, ana, named(house)), signed_in(app, ana)
        yes = agreeing(browser, browser.get(changing(house, shop, "merge", got, named(house, MORE))).location, "profile.email")
        token = {"csrf_token": yes["data"]["csrf_token"]}
        stop = {**yes, "path": f"/sharing/grants/{text_of(only_grant(house, ana).id)}/stop", "data": token}
        rounds.append([stop, yes] * 4)
        people.append(ana)
        tokens.append(got["access_token"])
    for answers, ana, token in zip(race(house, rounds), people, tokens, strict=True):
        assert {status for status, _ in answers} <= {303, 409}
        assert only_grant(house, ana).state == "ended" and only_grant(house, ana).version <= 2
        assert profile(client, token).status_code == 401
    assert len(entries(house, "grant.amended")) == sum(only_grant(house, ana).version - 1 for ana in people)


@pytest.mark.slow
def test_two_merges_at_the_same_moment_lose_neither(app: Flask, client: FlaskClient, house: House, shop: Program) -> None:
    rounds, people = [], []
    for number in range(ROUNDS):
        ana = person(house, f"ana{number}@example.org", given_name="Ana", family_name="Vila", phone="+34600111222")
        got, browser = connect(app, shop, ana, named(house)), signed_in(app, ana)
        asked = [changing(house, shop, "merge", got, named(house, (*NAME, name))) for name in MORE_NAMES]
        paths = [browser.get(url).location for url in asked]
        rounds.append([agreeing(browser, path, name) for path, name in zip(paths, MORE_NAMES, strict=True)] * 4)
        people.append((ana, browser, paths))
    for answers, (ana, browser, paths) in zip(race(house, rounds), people, strict=True):
        assert {status for status, _ in answers} <= {303, 409, 422}
        for path, name in zip(paths, MORE_NAMES, strict=True):
            # Whose page the other made untrue is asked again, and then says yes to what it sees.
            if "You said yes" not in browser.get(path).text:
                press(browser, path, "share", items_0=[name])
        grant = only_grant(house, ana)
        with house.reading(ana) as unit:
            (after,) = reads.details_of(unit, grant)
        assert after.datatypes == ("profile.email", "profile.name", "profile.phone") and grant.version == 3


def agreeing(browser: FlaskClient, path: str, name: str) -> dict[str, Any]:
    """The request by which a browser says yes to what is new on a page, as it can be sent from elsewhere."""
    data = {**opened(browser, path), "items_0": [name], "answer": "share"}
    # The page that was opened put into the cookie what the form is held against.
    cookies = "; ".join(f"{one.key}={one.value}" for one in browser._cookies.values())
    return {"path": path, "method": "POST", "data": data, "headers": {"Cookie": cookies}}
