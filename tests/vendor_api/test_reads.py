"""What a company's programs read, and what stands on record of it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.audit.reads import CHANGES, Line
from portal.audit.reads.entries import ROW, column, lines_from
from portal.customers.service import remove_attribute, set_attribute
from portal.grants.choices import Choice
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.links.service import block, pause, resume
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, detail, person
from tests.oauth.cast import (
    Program,
    answered,
    bearing,
    connect,
    consented,
    entries,
    own_token,
    profile,
    program,
    redeem,
)


def walk(client: FlaskClient, token: str, **parameters: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
    """Every page of a walk: profiles, what ended, the position."""
    profiles: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    while True:
        answer = client.get("/api/v1/profiles", query_string=parameters, headers=bearing(token))
        assert answer.status_code == 200, answer.text
        profiles += answer.json["profiles"]
        ended += answer.json["ended"]
        if answer.json["next"] is None:
            return profiles, ended, answer.json["position"]
        parameters.pop("changed_since", None)
        parameters["cursor"] = answer.json["next"]


def change(house: House, customer: Actor, path: str, value: Any) -> None:
    """The customer changes a field."""
    assert customer.customer_id is not None
    with house.writing(customer) as unit:
        set_attribute(unit, customer_id=customer.customer_id, path=path, value=value)


@pytest.fixture
def shop(house: House) -> Program:
    """A company with a program."""
    return program(house)


@pytest.fixture
def everyone(app: Flask, house: House, shop: Program) -> list[Actor]:
    """Five people who share name and e-mail with the company."""
    people = [person(house, f"p{n}@example.org", given_name=f"P{n}") for n in range(5)]
    asked = detail(house, datatypes=("profile.name", "profile.email"), required=())
    for one in people:
        connect(app, shop, one, asked)
    return people


def test_promise_3_every_read_is_on_the_customers_record_with_what_was_asked_and_given(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    ana = person(house, given_name="Ana")
    tokens = connect(app, shop, ana)
    answer = profile(client, tokens["access_token"])
    read = entries(house, "profile.disclosed")[-1]
    assert read["outcome"] == "given"
    assert read["purpose"] == DELIVERY
    assert read["basis"] == "grant"
    assert read["version"] == 1
    assert read["actor"] == {"kind": "vendor", "id": shop.client_id}
    assert read["route"] == "/api/v1/profile"
    assert read["request"] == answer.headers["X-Request-Id"]
    assert read["token"] not in tokens["access_token"]
    assert "Ana" not in json.dumps(entries(house))


def test_a_304_is_an_entry_too(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    tokens = connect(app, shop, person(house, given_name="Ana"))
    first = profile(client, tokens["access_token"])
    again = profile(client, tokens["access_token"], **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert len(entries(house, "profile.disclosed")) == 2


def test_an_etag_is_the_companys_own_and_moves_with_what_is_granted_alone(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    ana = person(house, given_name="Ana")
    other = program(house, "Floristería")
    mine, theirs = connect(app, shop, ana), connect(app, other, ana)
    before = profile(client, mine["access_token"]).headers["ETag"]
    change(house, ana, "profile.phone", "+34600111222")
    assert profile(client, mine["access_token"]).headers["ETag"] == before
    assert profile(client, theirs["access_token"]).headers["ETag"] != before
    change(house, ana, "profile.given_name", "Anna")
    assert profile(client, mine["access_token"]).headers["ETag"] != before


@pytest.mark.parametrize(
    ("end", "status", "reason"), [("stop", 401, "revoked"), ("pause", 403, "paused"), ("block", 401, "blocked")]
)
def test_a_refused_read_is_a_blocked_attempt_with_the_same_reason(
    app: Flask, house: House, client: FlaskClient, shop: Program, end: str, status: int, reason: str
) -> None:
    ana = person(house)
    back, grant = consented(app, shop, ana)
    token = redeem(client, shop, answered(back)["code"]).json["access_token"]
    with house.writing(ana) as unit:
        if end == "stop":
            revoke(unit, grant_id=grant.id)
        else:
            {"pause": pause, "block": block}[end](unit, link_id=grant.link_id)
    answer = profile(client, token)
    assert (answer.status_code, answer.json["reason"]) == (status, reason)
    assert answer.content_type == "application/problem+json"
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json["detail"]
    refused = entries(house, "read.refused")[-1]
    assert (refused["outcome"], refused["reason"]) == ("refused", reason)
    assert refused["customer"] == entries(house, "grant.given")[-1]["customer"]
    assert refused["actor"]["id"] == shop.client_id


@pytest.mark.parametrize("stopped", [True, False])
def test_a_blocked_attempt_says_what_for_and_which_fields_where_that_is_known(
    app: Flask, house: House, client: FlaskClient, shop: Program, stopped: bool
) -> None:
    ana = person(house)
    details = (detail(house), detail(house, SUGGESTIONS, ("profile.tastes", "orders.line.category"), ()))
    back, grant = consented(app, shop, ana, *details)
    token = redeem(client, shop, answered(back)["code"]).json["access_token"]
    with house.writing(ana) as unit:
        revoke(unit, grant_id=grant.id) if stopped else pause(unit, link_id=grant.link_id)
    for path, purpose in (("profile", SUGGESTIONS), ("orders", SUGGESTIONS), ("profile", None)):
        query = {"purpose": purpose} if purpose else {}
        answer = client.get(f"/api/v1/{path}", query_string=query, headers=bearing(token))
        assert answer.json["reason"] == ("revoked" if stopped else "paused")
    seen = [(line.entry.get("purpose"), line.asked) for line in lines(house, "read.refused")]
    assert seen == [(SUGGESTIONS, ("profile.tastes",)), (SUGGESTIONS, ("orders.line.category",)), (None, ())]


def lines(house: House, event: str) -> list[Line]:
    """Entries of an event, with the lists of fields that they name."""
    entries(house, event)
    with house.reading() as unit:
        rows = unit.connection.execute(select(*ROW).where(column.event == event).order_by(column.idx)).all()
        return lines_from(unit.connection, rows)


def test_a_pause_ends_nothing(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    ana = person(house)
    back, grant = consented(app, shop, ana)
    token = redeem(client, shop, answered(back)["code"]).json["access_token"]
    for verb, status in ((pause, 403), (resume, 200)):
        with house.writing(ana) as unit:
            verb(unit, link_id=grant.link_id)
        assert profile(client, token).status_code == status


def test_several_purposes_need_one_to_be_named(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    both = (detail(house), detail(house, CARE, ("profile.email",), ()))
    tokens = connect(app, shop, person(house), *both)
    assert profile(client, tokens["access_token"]).json["reason"] == "purpose-needed"
    answer = client.get("/api/v1/profile", query_string={"purpose": CARE}, headers=bearing(tokens["access_token"]))
    assert answer.json["profile"] == {"email": "ana@example.org"}


@pytest.mark.parametrize("path", ["/api/v1/profiles", "/api/v1/grants"])
def test_a_customers_token_lists_nobody(
    app: Flask, house: House, client: FlaskClient, shop: Program, path: str
) -> None:
    everything = detail(house, datatypes=("profile.name",))
    tokens = connect(app, shop, person(house), everything)
    answer = client.get(path, headers=bearing(tokens["access_token"]))
    assert answer.status_code == 403


def test_a_companys_own_token_reads_no_one_profile(house: House, client: FlaskClient, shop: Program) -> None:
    answer = profile(client, own_token(client, shop))
    assert (answer.status_code, answer.json["reason"]) == (403, "customer-token-needed")


def test_a_token_without_the_scope_opens_nothing(house: House, client: FlaskClient, shop: Program) -> None:
    token = own_token(client, shop, "grants:read")
    answer = client.get("/api/v1/profiles", headers=bearing(token))
    assert (answer.status_code, answer.json["reason"]) == (403, "scope-needed")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="profile:read"' in answer.headers["WWW-Authenticate"]


def test_a_walk_gives_everybody_once_with_an_entry_each(
    house: House, client: FlaskClient, shop: Program, everyone: list[Actor]
) -> None:
    token = own_token(client, shop)
    profiles, ended, position = walk(client, token, purpose=DELIVERY, limit=2)
    assert sorted(one["profile"]["email"] for one in profiles) == [f"p{n}@example.org" for n in range(5)]
    assert ended == []
    assert position
    reads = entries(house, "profile.disclosed")
    assert len({read["customer"] for read in reads}) == len(reads) == 5
    assert len({read["request"] for read in reads}) == 3


def test_changed_since_gives_what_changed_and_nothing_else(
    house: House, client: FlaskClient, shop: Program, everyone: list[Actor]
) -> None:
    token = own_token(client, shop)
    _, _, position = walk(client, token, purpose=DELIVERY)
    assert walk(client, token, purpose=DELIVERY, changed_since=position) == ([], [], position)
    change(house, everyone[3], "profile.given_name", "Pere")
    change(house, everyone[1], "profile.given_name", "Pau")
    change(house, everyone[3], "profile.family_name", "Puig")
    profiles, ended, after = walk(client, token, purpose=DELIVERY, changed_since=position, limit=1)
    assert [one["profile"]["name"] for one in profiles] == ["Pere Puig", "Pau", "Pere Puig"]
    assert ended == []
    assert after != position
    profiles, _, later = walk(client, token, purpose=DELIVERY, changed_since=position)
    assert [one["profile"]["name"] for one in profiles] == ["Pere Puig", "Pau"]
    assert later == after
    assert walk(client, token, purpose=DELIVERY, changed_since=after) == ([], [], after)


def test_what_is_not_granted_moves_no_position_no_etag_and_no_order(
    house: House, client: FlaskClient, shop: Program, everyone: list[Actor]
) -> None:
    token = own_token(client, shop)
    parameters = {"purpose": DELIVERY, "limit": 3}
    before = client.get("/api/v1/profiles", query_string=parameters, headers=bearing(token))
    whole = walk(client, token, purpose=DELIVERY)
    since = walk(client, token, purpose=DELIVERY, changed_since=whole[2])
    for one in everyone:
        change(house, one, "profile.phone", "+34600111222")
        assert one.customer_id is not None
        with house.writing(one) as unit:
            remove_attribute(unit, customer_id=one.customer_id, path="profile.phone")
    person(house, "stranger@example.org", given_name="Nobody")
    after = client.get("/api/v1/profiles", query_string=parameters, headers=bearing(token))
    assert after.data == before.data
    assert after.headers["ETag"] == before.headers["ETag"]
    assert walk(client, token, purpose=DELIVERY) == whole
    assert walk(client, token, purpose=DELIVERY, changed_since=whole[2]) == since


def test_what_ended_is_told_once_with_its_reason(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    people, grants, subs = [], [], []
    for n in range(4):
        people.append(person(house, f"p{n}@example.org"))
        end = int((clock.now() + timedelta(days=2 if n == 3 else 300)).timestamp())
        both = (detail(house) | {"expires_at": end}, detail(house, CARE, ("profile.email",), ()))
        back, grant = consented(app, shop, people[n], *both)
        token = redeem(client, shop, answered(back)["code"]).json["access_token"]
        grants.append(grant)
        read = client.get("/api/v1/profile", query_string={"purpose": CARE}, headers=bearing(token))
        subs.append(read.json["sub"])
    own = own_token(client, shop)
    _, _, position = walk(client, own, purpose=DELIVERY)
    with house.writing(people[0]) as unit:
        revoke(unit, grant_id=grants[0].id)
    with house.writing(people[1]) as unit:
        pause(unit, link_id=grants[1].link_id)
    with house.writing(people[2]) as unit:
        narrow(unit, grant_id=grants[2].id, keep={CARE: Choice(frozenset({"profile.email"}))})
    profiles, ended, after = walk(client, own, purpose=DELIVERY, changed_since=position, limit=1)
    assert profiles == []
    assert [(one["sub"], one["reason"]) for one in ended] == [
        (subs[0], "revoked"),
        (subs[1], "paused"),
        (subs[2], "narrowed"),
    ]
    assert walk(client, own, purpose=DELIVERY, changed_since=after)[:2] == ([], [])
    with house.writing(people[1]) as unit:
        resume(unit, link_id=grants[1].link_id)
    with clock.moved(timedelta(days=3)):
        own = own_token(client, shop)
        profiles, ended, last = walk(client, own, purpose=DELIVERY, changed_since=after)
        assert [one["sub"] for one in profiles] == [subs[1]]
        assert [(one["sub"], one["reason"]) for one in ended] == [(subs[3], "expired")]
        assert walk(client, own, purpose=DELIVERY, changed_since=last) == ([], [], last)


def test_a_change_in_the_middle_of_a_walk_is_told_after_it(
    house: House, client: FlaskClient, shop: Program, everyone: list[Actor]
) -> None:
    token = own_token(client, shop)
    first = client.get("/api/v1/profiles", query_string={"purpose": DELIVERY, "limit": 3}, headers=bearing(token)).json
    change(house, everyone[0], "profile.given_name", "Pere")
    change(house, everyone[4], "profile.given_name", "Pau")
    rest, _, position = walk(client, token, purpose=DELIVERY, cursor=first["next"])
    assert len(first["profiles"]) + len(rest) == 5
    changed, _, _ = walk(client, token, purpose=DELIVERY, changed_since=position)
    assert "Pere" in [one["profile"]["name"] for one in changed]


def test_cursors_and_positions_are_good_for_their_company_and_purpose_alone(
    app: Flask, house: House, client: FlaskClient, shop: Program, everyone: list[Actor]
) -> None:
    other = program(house, "Floristería")
    mine, theirs = own_token(client, shop), own_token(client, other)
    page = client.get("/api/v1/profiles", query_string={"purpose": DELIVERY, "limit": 2}, headers=bearing(mine)).json
    for token, parameters in (
        (theirs, {"purpose": DELIVERY, "cursor": page["next"]}),
        (theirs, {"purpose": DELIVERY, "changed_since": page["position"]}),
        (mine, {"purpose": CARE, "changed_since": page["position"]}),
        (mine, {"purpose": DELIVERY, "cursor": page["position"]}),
        (mine, {"purpose": DELIVERY, "cursor": "AAAA"}),
        (mine, {"purpose": DELIVERY, "changed_since": "2026-01-01"}),
    ):
        answer = client.get("/api/v1/profiles", query_string=parameters, headers=bearing(token))
        assert (answer.status_code, answer.json["reason"]) == (400, "bad-cursor")
    both = {"purpose": DELIVERY, "cursor": page["next"], "changed_since": page["position"]}
    assert client.get("/api/v1/profiles", query_string=both, headers=bearing(mine)).status_code == 400


def test_another_companys_customers_are_in_no_list(
    app: Flask, house: House, client: FlaskClient, shop: Program, everyone: list[Actor]
) -> None:
    other = program(house, "Floristería")
    token = own_token(client, other)
    assert walk(client, token, purpose=DELIVERY)[0] == []
    assert client.get("/api/v1/grants", headers=bearing(token)).json["grants"] == []


def test_the_list_of_permissions_says_what_is_live(
    app: Flask, house: House, client: FlaskClient, shop: Program
) -> None:
    people = [person(house, f"p{n}@example.org") for n in range(3)]
    made = [consented(app, shop, one)[1] for one in people]
    with house.writing(people[0]) as unit:
        revoke(unit, grant_id=made[0].id)
    with house.writing(people[1]) as unit:
        pause(unit, link_id=made[1].link_id)
    token, found, cursor = own_token(client, shop), [], None
    while True:
        asked = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = client.get("/api/v1/grants", query_string=asked, headers=bearing(token))
        assert answer.status_code == 200, answer.text
        found += answer.json["grants"]
        cursor = answer.json["next"]
        if cursor is None:
            break
    assert [(one["state"], one.get("reason")) for one in found] == [
        ("ended", "revoked"),
        ("paused", "paused"),
        ("live", None),
    ]
    assert len({one["grant_id"] for one in found}) == 3
    assert len({entry["customer"] for entry in entries(house, "grant.listed")}) == 3


def test_the_log_names_every_change_that_a_position_counts(house: House) -> None:
    from portal.customers import facts as customers
    from portal.grants import facts as grants
    from portal.links import facts as links

    known = {
        fact.EVENT
        for room in (customers, grants, links)
        for fact in vars(room).values()
        if isinstance(fact, type) and hasattr(fact, "EVENT")
    }
    assert set(CHANGES) <= known


def test_a_purpose_may_be_written_short(app: Flask, house: House, client: FlaskClient, shop: Program) -> None:
    token = connect(app, shop, person(house), detail(house))["access_token"]
    query = {"purpose": "dpv#" + DELIVERY.partition("#")[2]}
    answer = client.get("/api/v1/profile", query_string=query, headers=bearing(token))
    assert answer.status_code == 200
    assert answer.json["purpose"] == DELIVERY
