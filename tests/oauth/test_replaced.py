"""A newer yes is no stop: whatever ended because of it says that a newer permission took its place."""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.audit.words import REASONS, refusal_sentence
from portal.demo.bookshop.words import Refused
from portal.grants.choices import Choice
from portal.grants.leases import NoLease, open_lease
from portal.grants.reads import grants_of, statuses_of
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.i18n import LOCALES, use_locale
from portal.kernel.unit import Actor
from portal.links.reads import links_of
from tests.grants.cast import CARE, DELIVERY, detail, person
from tests.oauth.cast import (
    Program,
    active,
    answered,
    bearing,
    connect,
    entries,
    own_token,
    profile,
    program,
    redeem,
    refresh,
    yes,
)


@pytest.fixture
def shop(house: House) -> Program:
    return program(house)


@pytest.fixture
def ana(house: House) -> Actor:
    return person(house)


class Own(NamedTuple):
    """A company's own token."""

    vendor_id: bytes
    grant_id: bytes | None = None


def read(client: FlaskClient, token: str, purpose: str) -> TestResponse:
    return client.get("/api/v1/profile", query_string={"purpose": purpose}, headers=bearing(token))


def last(house: House, event: str) -> dict[str, Any]:
    return entries(house, event)[-1]


def test_tokens_of_a_permission_that_a_newer_one_replaced_end_for_that_reason(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    older = connect(app, shop, ana)
    newer = connect(app, shop, ana)
    assert last(house, "token.revoked")["reason"] == "replaced"
    answer = profile(client, older["access_token"])
    assert (answer.status_code, answer.json["reason"]) == (401, "replaced")
    assert answer.json["title"] == "A newer permission took its place"
    assert answer.json["detail"].startswith("A newer permission took the place of this one. Use the token that came with")
    assert last(house, "read.refused")["reason"] == "replaced"
    assert profile(client, newer["access_token"]).status_code == 200


def test_a_stop_is_still_called_a_stop(app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor) -> None:
    connect(app, shop, ana)
    newer = connect(app, shop, ana)
    with house.writing(ana) as unit:
        revoke(unit, grant_id=next(grant.id for grant in grants_of(unit) if grant.state == "live"))
    assert [entry["reason"] for entry in entries(house, "token.revoked")] == ["replaced", "revoked"]
    assert profile(client, newer["access_token"]).json["reason"] == "revoked"


def test_a_code_and_a_refresh_token_of_a_replaced_permission_are_refused_for_that_reason(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    older = connect(app, shop, ana)
    waiting = answered(yes(app, shop, ana))["code"]
    connect(app, shop, ana)
    assert refresh(client, shop, older["refresh_token"]).json["error"] == "invalid_grant"
    assert redeem(client, shop, waiting).json["error"] == "invalid_grant"
    assert [entry["reason"] for entry in entries(house, "token.refused")] == ["replaced", "replaced"]
    assert not active(client, shop, older["access_token"])


def test_what_a_newer_permission_took_over_was_not_taken_out_by_the_customer(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    older = connect(app, shop, ana, detail(house), detail(house, CARE, ("profile.email",), ()))
    connect(app, shop, ana)
    assert last(house, "grant.narrowed")["reason"] == "replaced"
    assert read(client, older["access_token"], CARE).status_code == 200
    assert read(client, older["access_token"], DELIVERY).json["reason"] == "replaced"


def test_a_token_of_the_companys_own_is_never_sent_to_another_token(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor
) -> None:
    both = (detail(house), detail(house, CARE, ("profile.email",), ()))
    connect(app, shop, ana)
    connect(app, shop, ana, *both)
    with house.writing(ana) as unit:
        grant = next(grant for grant in grants_of(unit) if grant.state == "live")
        narrow(unit, grant_id=grant.id, keep={CARE: Choice(frozenset({"profile.email"}))})
    listed = client.get("/api/v1/grants", headers=bearing(own_token(client, shop))).json["grants"]
    assert [(one["state"], one.get("reason")) for one in listed] == [("ended", "narrowed"), ("live", None)]
    own = Own(shop.vendor_id)
    with house.reading() as unit:
        assert open_lease(unit, token=own, purpose=CARE, sub=listed[0]["sub"]).datatypes == {"profile.email"}
        with pytest.raises(NoLease) as refused:
            open_lease(unit, token=own, purpose=DELIVERY, sub=listed[0]["sub"])
    assert refused.value.reason == "narrowed"


def test_the_reason_is_the_same_code_everywhere_and_has_words_for_everybody(client: FlaskClient, app: Flask) -> None:
    assert "replaced" in client.get("/api/v1/openapi.json").text
    assert "newer permission" in Refused("replaced").sentence
    said = set()
    for locale in LOCALES:
        with app.test_request_context(), use_locale(locale):
            said |= {str(REASONS["replaced"]), refusal_sentence("replaced")}
    assert len(said) == 2 * len(LOCALES)


# What became of the newer one


def _newer_ends(house: House, ana: Actor, how: str) -> None:
    with house.writing(ana) as unit:
        grant = next(grant for grant in grants_of(unit) if grant.state == "live")
        if how == "revoked":
            revoke(unit, grant_id=grant.id)
        elif how == "narrowed":
            narrow(unit, grant_id=grant.id, keep={CARE: Choice(frozenset({"profile.email"}))})


@pytest.mark.parametrize("how", ["replaced", "revoked", "expired", "narrowed"])
def test_that_a_newer_permission_stands_for_it_is_said_only_while_it_does(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor, how: str
) -> None:
    older = connect(app, shop, ana)
    connect(app, shop, ana, detail(house, days=1), detail(house, CARE, ("profile.email",), ()))
    _newer_ends(house, ana, how)
    with clock.moved(timedelta(days=2 if how == "expired" else 0)):
        assert profile(client, older["access_token"]).json["reason"] == how
        assert last(house, "read.refused")["reason"] == how
        assert refresh(client, shop, older["refresh_token"]).json["error"] == "invalid_grant"
        assert last(house, "token.refused")["reason"] == how
        listed = client.get("/api/v1/grants", headers=bearing(own_token(client, shop))).json["grants"]
        assert listed[0]["reason"] == how
        with house.reading(ana) as unit:
            links = {link.id: link for link in links_of(unit, ana.customer_id or b"")}
            assert statuses_of(unit, grants_of(unit), links)[-1].reason == how


@pytest.mark.parametrize("how", ["replaced", "revoked"])
def test_a_part_that_a_newer_permission_took_over_and_that_was_stopped_there_was_stopped(
    app: Flask, house: House, client: FlaskClient, shop: Program, ana: Actor, how: str
) -> None:
    older = connect(app, shop, ana, detail(house), detail(house, CARE, ("profile.email",), ()))
    connect(app, shop, ana)
    with house.writing(ana) as unit:
        if how == "revoked":
            revoke(unit, grant_id=grants_of(unit)[0].id)
    assert read(client, older["access_token"], DELIVERY).json["reason"] == how
    assert read(client, older["access_token"], CARE).status_code == 200
