"""No basis, no data; and the customer sees what the company sees: random permissions, read through the API.

What may come is worked out here from the values alone, not by the code that answers.
"""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from random import Random
from typing import Any

import pytest
from flask import Flask

from portal.customers.catalogue import CATALOGUE
from portal.customers.service import set_attributes
from portal.customers.shared import shared_profile
from portal.grants.choices import Choice
from portal.grants.service import ask, claim_request, give
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import STRANGER, SYSTEM, Actor
from portal.oauth.engine import validate_authorization
from portal.oauth.service import issue_code, open_authorization
from portal.vendors.service import allow_purpose
from tests.grants.cast import CARE, DELIVERY, SUGGESTIONS, detail, person, signed_in
from tests.oauth.cast import Program, answered, authorize_url, bearing, own_token, program, redeem
from tests.prove.sizes import size

PURPOSES = (CARE, DELIVERY, SUGGESTIONS)
ASKED = sorted(path for path, attribute in CATALOGUE.items() if attribute.kind != "rows")
_BY_KIND: dict[str, Any] = {
    "text": "Carrer de la Pau",
    "email": "another@example.org",
    "phone": "+34972200000",
    "date": "1990-02-03",
    "country": "ES",
    "language": "ca",
    "list": ["herons", "quays"],
    "iban": "ES9121000418450200051332",
    "address": {"street": "Pau 3", "postal_code": "17001", "city": "Girona", "region": "Girona", "country": "ES"},
}


def held() -> dict[str, Any]:
    """A value for everything that a profile can hold."""
    stored = {path: one for path, one in CATALOGUE.items() if one.kind != "rows" and not one.derived_from}
    return {path: next(iter(one.choices), None) or _BY_KIND[one.kind] for path, one in stored.items()}


def truth(values: Mapping[str, Any], path: str) -> Any:
    """What a path says, worked out from the values by hand."""
    if path == "profile.name":
        return f"{values['profile.given_name']} {values['profile.family_name']}"
    if path.startswith("profile.age_over_"):
        return True
    for whole in ("profile.address", "profile.billing_address"):
        if path.startswith(whole + "."):
            return values[whole][path.removeprefix(whole + ".")]
    return values[path]


def leaves(tree: Any, path: str = "profile") -> Iterator[tuple[str, Any]]:
    """Every value of an answer with its path."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from leaves(inner, f"{path}.{name}")
    else:
        yield path, tree


@pytest.fixture
def ana(house: House) -> Actor:
    """Somebody who has filled in everything."""
    made = person(house)
    with house.writing(made) as unit:
        assert made.customer_id is not None
        set_attributes(unit, customer_id=made.customer_id, values=held())
    return made


@pytest.fixture
def shop(house: House) -> Program:
    """A company that may ask for all there is."""
    made = program(house)
    with house.writing(SYSTEM) as unit:
        for purpose in PURPOSES:
            allow_purpose(unit, vendor_id=made.vendor_id, purpose=purpose, datatypes=ASKED, may_require=ASKED)
    return made


def permitted(app: Flask, shop: Program, ana: Actor, random: Random) -> tuple[str, str, dict[str, set[str]]]:
    """A random request, answered at random: the token, the permission, and what was chosen."""
    house: House = app.extensions["house"]
    asked = {
        one: set(random.sample(ASKED, random.randint(1, 12))) for one in random.sample(PURPOSES, random.randint(1, 3))
    }
    chosen = {one: set(random.sample(sorted(names), random.randint(1, len(names)))) for one, names in asked.items()}
    details = [detail(house, one, sorted(names), sorted(names & chosen[one])[:2]) for one, names in asked.items()]
    with app.test_request_context(authorize_url(house, shop, *details)) as context, house.reading() as unit:
        sent = validate_authorization(unit, context.request)
    with house.writing(STRANGER) as unit:
        request = ask(unit, vendor_id=sent.vendor_id, client_id=sent.client_id, details=sent.details)
        open_authorization(unit, sent, request.id)
    with house.writing(ana) as unit:
        claim_request(unit, request_id=request.id)
    with house.writing(ana) as unit:
        choices = {one: Choice(frozenset(names)) for one, names in chosen.items()}
        grant = give(unit, request_id=request.id, choices=choices)
        back = issue_code(unit, request_id=request.id, grant=grant)
    token = redeem(app.test_client(), shop, answered(back)["code"]).json["access_token"]
    return token, text_of(grant.id), chosen


def test_promise_1_no_read_holds_a_field_beyond_its_permission(app: Flask, shop: Program, ana: Actor) -> None:
    random, client, values = Random(1), app.test_client(), held()
    for _ in range(size(test=30, prove=1000)):
        token, _, chosen = permitted(app, shop, ana, random)
        for purpose in PURPOSES:
            answer = client.get("/api/v1/profile", query_string={"purpose": purpose}, headers=bearing(token))
            if purpose not in chosen:
                assert (answer.status_code, answer.json["reason"]) == (403, "no-grant")
                continue
            found = dict(leaves(answer.json["profile"]))
            for path, value in found.items():
                assert any(path == name or path.startswith(name + ".") for name in chosen[purpose]), path
                if path in CATALOGUE:
                    assert value == truth(values, path), path
            for name in chosen[purpose]:
                assert any(path == name or path.startswith(name + ".") for path in found), name


def test_promise_1_a_planted_leak_is_caught(
    app: Flask, shop: Program, ana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(unit: Any, lease: Any) -> Any:
        return shared_profile(unit, lease._replace(datatypes=lease.datatypes | {"profile.iban"}))

    monkeypatch.setattr("vendor_api.profile.shared_profile", leaking)
    with pytest.raises(AssertionError, match=r"profile\.iban"):
        test_promise_1_no_read_holds_a_field_beyond_its_permission(app, shop, ana)


def test_promise_1_a_list_of_customers_holds_no_field_beyond_each_ones_permission(
    app: Flask, house: House, shop: Program, ana: Actor
) -> None:
    random, client = Random(2), app.test_client()
    people = [ana, *(person(house, f"p{number}@example.org") for number in range(size(test=5, prove=60)))]
    chosen: dict[str, dict[str, set[str]]] = {}
    for one in people:
        if one is not ana:
            with house.writing(one) as unit:
                assert one.customer_id is not None
                set_attributes(unit, customer_id=one.customer_id, values=held())
        token, _, mine = permitted(app, shop, one, random)
        answer = client.get("/api/v1/profile", query_string={"purpose": next(iter(mine))}, headers=bearing(token))
        chosen[answer.json["sub"]] = mine
    own = own_token(client, shop)
    for purpose in PURPOSES:
        seen: dict[str, Any] = {}
        parameters = {"purpose": purpose}
        while True:
            page = client.get("/api/v1/profiles", query_string=parameters, headers=bearing(own)).json
            seen |= {one["sub"]: one["profile"] for one in page["profiles"]}
            if page["next"] is None:
                break
            parameters["cursor"] = page["next"]
        assert set(seen) == {sub for sub, mine in chosen.items() if purpose in mine}
        for sub, profile in seen.items():
            allowed = chosen[sub][purpose]
            for path, _ in leaves(profile):
                assert any(path == name or path.startswith(name + ".") for name in allowed), path


def test_promise_5_the_preview_is_the_very_answer_the_company_gets(app: Flask, shop: Program, ana: Actor) -> None:
    random, client, browser = Random(3), app.test_client(), signed_in(app, ana)
    for _ in range(size(test=6, prove=60)):
        token, grant, chosen = permitted(app, shop, ana, random)
        page = browser.get(f"/sharing/grants/{grant}/preview").text
        shown = [json.loads(unescape(text)) for text in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)]
        got = [
            client.get("/api/v1/profile", query_string={"purpose": purpose}, headers=bearing(token)).json
            for purpose in sorted(chosen)
        ]
        assert shown == got
