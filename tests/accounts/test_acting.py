"""Acting for somebody: only what is lent is open, each look is written first, and the end of it is the end."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from itertools import product
from random import Random
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select, update
from werkzeug.routing import IntegerConverter, Rule

from portal import access
from portal.accounts import service
from portal.accounts.models import Session
from portal.accounts.reads import acting_of, locale_of
from portal.accounts.reads.delegations import rights_of
from portal.audit.doors import OVER, writing
from portal.customers.reads import value_of
from portal.customers.service import erase, set_attribute
from portal.kernel import clock
from portal.kernel.errors import Refused
from portal.kernel.house import House
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import SYSTEM, Actor
from portal.vendors import service as vendors
from tests import people
from tests.accounts.delegating import ANA, BRUNO, entries_of, lent
from tests.audit.faults import refusing
from tests.grants.answering import opened, page_of
from tests.grants.cast import CARE, asked, company, detail, signed_in
from tests.grants.cast import person as customer
from tests.prove.sizes import size

LEVELS = (None, "see", "act")
SECRET = "Passatge del Rellotge 17"
MACHINES = ("/api/", "/oauth/", "/.well-known/", "/static/", "/healthz", "/readyz", "/metrics")


class Stage:
    """Ana, who lends, with something in her profile; Bruno, who acts, in a browser; nobody else's things are theirs."""

    def __init__(self, house: House, app: Flask) -> None:
        self.house, self.app = house, app
        self.ana = customer(house, ANA, given_name="Ana", address={"street": SECRET, "city": "Girona", "country": "ES"})
        self.bruno = customer(house, BRUNO, given_name="Bruno", phone="+34600111222")
        self.client = signed_in(app, self.bruno)
        self.offered = "/sharing"
        self.talk, self.added, self.asked = "/messages", "/orders", "/orders/demands"

    def acts(self, areas: dict[str, str], until: timedelta = timedelta(days=30)) -> Actor:
        """Bruno acts for Ana in these places; gives the actor that he is."""
        held = lent(self.house, self.ana, self.bruno, areas, until)
        answer = people.post(self.client, f"/acting/{text_of(held.delegation_id)}", "/account/delegates")
        assert answer.status_code == 303, answer.text
        return held.acting(self.bruno)

    def acts_quickly(self, areas: dict[str, str]) -> Actor:
        """The same where forms are not proved."""
        held = lent(self.house, self.ana, self.bruno, areas)
        assert self.client.post(f"/acting/{text_of(held.delegation_id)}").status_code == 303
        return held.acting(self.bruno)

    def ends(self, acting: Actor) -> None:
        """Ana ends it."""
        with self.house.writing(self.ana) as unit:
            service.end_delegation(unit, delegation_id=acting.delegation or b"")

    def phone_of(self, person: Actor) -> Any:
        """What somebody's profile says."""
        with self.house.reading() as unit:
            return value_of(unit, person.customer_id or b"", "profile.phone")

    def entries(self, acting: Actor) -> list[dict[str, Any]]:
        """What the record has of the delegate."""
        return [entry for entry in entries_of(self.house) if entry["actor"]["kind"] == "delegate"]


@pytest.fixture
def stage(house: House, app: Flask) -> Stage:
    return Stage(house, app)


def test_a_delegate_sees_what_is_lent_under_a_bar_that_says_for_whom_and_who_you_is(stage: Stage) -> None:
    stage.acts({"data": "see"})
    page = stage.client.get("/data")
    assert (page.status_code, SECRET in page.text) == (200, True)
    assert re.search("You see what Ana lets you see, until [^.]+[.] You can change nothing[.]", page.text)
    assert "You act for" not in page.text and "Leave these pages</button>" in page.text
    assert "Where these pages say “you” or “my”, they mean Ana." in page.text
    assert 'href="/data"' in page.text
    for other in ("/orders", "/sharing", "/messages", "/account"):
        assert f'href="{other}"' not in page.text, other
    for other in ("/orders", "/sharing", "/messages", "/messages/mails", "/account", "/account/delegates"):
        refused = stage.client.get(other)
        assert (refused.status_code, "not among what they lent you" in refused.text) == (403, True), other
        assert "somebody else&#39;s now" in refused.text and "You act for" not in refused.text
    assert stage.client.get("/").location == "/data"
    changed = people.post(stage.client, "/data/profile.phone", "/data/profile.phone", value="+34600000000")
    assert (changed.status_code, stage.phone_of(stage.ana)) == (403, None)


def test_whoever_acts_changes_the_customers_things_and_not_their_own(stage: Stage) -> None:
    acting = stage.acts({"data": "act"})
    answer = people.post(stage.client, "/data/profile.phone", "/data/profile.phone", phone="+34 600 00 00 00", value="+34600000000")
    assert answer.status_code == 303, answer.text
    assert stage.phone_of(stage.ana) == "+34600000000"
    assert stage.phone_of(stage.bruno) == "+34600111222"
    changes = [entry for entry in stage.entries(acting) if entry["event"] == "attribute.changed"]
    assert [(entry["actor"]["id"], entry["customer"]) for entry in changes] == [(stage.bruno.name, stage.ana.name)]
    assert people.post(stage.client, "/acting/stop", "/data").status_code == 303
    assert SECRET not in stage.client.get("/data").text


def test_whoever_was_led_to_what_is_not_lent_leaves_and_goes_on_there_as_themselves(stage: Stage) -> None:
    stage.acts({"orders": "see"})
    refused = stage.client.get("/data/profile.phone?from=%2Fsharing")
    assert refused.status_code == 403 and "Leave these pages and go on" in refused.text
    wanted = re.search(r'name="next" value="(/data[^"]*)"', refused.text)
    assert wanted is not None
    left = people.post(stage.client, "/acting/stop", "/orders", next=unescape(wanted[1]))
    assert (left.status_code, left.location) == (303, "/data/profile.phone?from=%2Fsharing")
    assert stage.client.get(left.location).status_code == 200


def test_leaving_leads_nowhere_else_and_a_press_that_was_refused_is_not_pressed_again(stage: Stage) -> None:
    stage.acts({"orders": "see"})
    assert "and go on" not in people.post(stage.client, "/data/profile.phone", "/orders", value="+34600000000").text
    assert people.post(stage.client, "/acting/stop", "/orders", next="//example.org/").location == "/"


def test_a_look_is_written_before_its_page_leaves(stage: Stage) -> None:
    acting = stage.acts({"data": "see"})
    before = len(stage.entries(acting))
    assert stage.client.get("/data").status_code == 200
    look = stage.entries(acting)[before:]
    assert [(entry["event"], entry["route"], entry["detail"]["area"]) for entry in look] == [("delegate.looked", "/data", "data")]
    assert (look[0]["actor"]["id"], look[0]["customer"]) == (stage.bruno.name, stage.ana.name)
    with refusing("log_entries")(stage.house):
        unwritten = stage.client.get("/data")
    assert (unwritten.status_code, SECRET in unwritten.text) == (503, False)


def test_a_page_that_answers_a_press_is_a_look_as_well(stage: Stage) -> None:
    acting = stage.acts({"data": "act"})
    before = len(stage.entries(acting))
    assert people.post(stage.client, "/data/profile.birth_date", value="never").status_code == 422
    looks = [entry["route"] for entry in stage.entries(acting)[before:] if entry["event"] == "delegate.looked"]
    assert looks == ["/data/<path>", "/data/<path>"]


def test_once_it_is_ended_nothing_is_seen_or_done_and_a_sentence_says_so(stage: Stage) -> None:
    acting = stage.acts({"data": "act"})
    token = people.csrf_of(stage.client, "/data/profile.phone")
    stage.ends(acting)
    sent = stage.client.post("/data/profile.phone", data={"csrf_token": token, "value": "+34600000000"})
    assert (sent.status_code, sent.location) == (303, "/")
    assert "You no longer act for anybody" in stage.client.get("/").text
    assert stage.phone_of(stage.ana) is None
    assert stage.phone_of(stage.bruno) == "+34600111222"
    page = stage.client.get("/data")
    assert (SECRET in page.text, "You act for" in page.text) == (False, False)
    with pytest.raises(Refused) as problem, stage.app.test_request_context("/data"):
        _hold(stage, acting)
    assert problem.value.reason == OVER


def _hold(stage: Stage, acting: Actor) -> None:
    g.actor, g.request_id = acting, new_id()
    with writing() as unit:
        set_attribute(unit, customer_id=stage.ana.customer_id or b"", path="profile.phone", value="+34600000000")


def test_it_is_over_to_the_second(stage: Stage) -> None:
    acting = stage.acts({"data": "see"}, until=timedelta(days=3))
    with stage.house.reading() as unit:
        ends = acting_of(unit, acting.delegation or b"", stage.bruno.id or b"")
    assert ends is not None
    left = ends.ends_at - clock.now()
    with clock.moved(left - timedelta(seconds=20)):
        assert SECRET in stage.client.get("/data").text
    with clock.moved(left + timedelta(seconds=1)):
        over = stage.client.get("/data")
        assert (over.status_code, over.location) == (303, "/")


@pytest.mark.parametrize("who", ["customer", "delegate"])
def test_with_either_of_the_two_erased_nothing_is_open(stage: Stage, who: str) -> None:
    stage.acts({"data": "see"})
    gone = stage.ana if who == "customer" else stage.bruno
    with stage.house.writing(SYSTEM) as unit:
        erase(unit, customer_id=gone.customer_id or b"")
    answer = stage.client.get("/data", follow_redirects=True)
    assert SECRET not in answer.text
    assert ("no longer act" if who == "customer" else "Sign in") in answer.text


def test_a_form_that_was_opened_for_one_person_is_not_sent_for_another(stage: Stage) -> None:
    mine = people.csrf_of(stage.client, "/data/profile.phone")
    stage.acts({"data": "act"})
    wrong = stage.client.post("/data/profile.phone", data={"csrf_token": mine, "value": "+34600999999"})
    hers = people.csrf_of(stage.client, "/data/profile.phone")
    assert people.post(stage.client, "/acting/stop", "/data").status_code == 303
    other = stage.client.post("/data/profile.phone", data={"csrf_token": hers, "value": "+34600999999"})
    assert (wrong.status_code, other.status_code) == (400, 400)
    assert (stage.phone_of(stage.ana), stage.phone_of(stage.bruno)) == (None, "+34600111222")


def test_a_session_that_names_a_foreign_delegation_is_its_persons_own(stage: Stage) -> None:
    acting = stage.acts({"data": "see"})
    eve = customer(stage.house, "eve@example.org")
    client = signed_in(stage.app, eve)
    begun = people.post(client, f"/acting/{text_of(acting.delegation or b'')}", "/account/delegates")
    assert begun.status_code == 404
    end = f"/account/delegates/{text_of(acting.delegation or b'')}/end"
    assert client.get(end).status_code == 404
    assert people.post(client, end, "/account/delegates").status_code == 404
    with stage.house.writing() as unit:
        unit.connection.execute(update(Session).where(Session.account_id == eve.id).values(acting_for=acting.delegation))
    answer = client.get("/data", follow_redirects=True)
    assert SECRET not in answer.text
    assert SECRET in stage.client.get("/data").text


def test_a_yes_to_what_is_sensitive_is_the_owners_own(stage: Stage) -> None:
    house, names = stage.house, ("profile.birth_date", "profile.given_name")
    with house.writing(stage.ana) as unit:
        set_attribute(unit, customer_id=stage.ana.customer_id or b"", path="profile.birth_date", value="1986-04-12")
    shop = company(house)
    with house.writing() as unit:
        vendors.allow_purpose(unit, vendor_id=shop.id, purpose=CARE, datatypes=names, may_require=(), text={})
    acting = stage.acts({"sharing": "act"})
    for ticked, status in (("profile.birth_date", 403), ("profile.given_name", 303)):
        request = asked(house, shop, stage.ana, detail(house, CARE, names, ()))
        form = {**opened(stage.client, page_of(request)), "items_0": [ticked], "answer": "share"}
        assert stage.client.post(page_of(request), data=form).status_code == status, ticked
    given = [entry for entry in stage.entries(acting) if entry["event"] == "grant.given"]
    assert [(entry["actor"]["id"], entry["customer"]) for entry in given] == [(stage.bruno.name, stage.ana.name)]


def test_whoever_enters_a_desk_of_their_own_leaves_acting(house: House, app: Flask) -> None:
    ana = customer(house, ANA)
    otto = people.actor(house, people.officer(house))
    held = lent(house, ana, otto)
    client = signed_in(app, otto)
    assert people.post(client, f"/acting/{text_of(held.delegation_id)}", "/account/delegates").status_code == 303
    desk = client.get("/desk")
    assert (desk.status_code, "no longer act for anybody" in desk.text, "You act for" in desk.text) == (200, True, False)
    with house.reading() as unit:
        assert set(unit.connection.execute(select(Session.acting_for)).scalars()) == {None}


def test_language_and_signing_out_stay_ones_own(stage: Stage) -> None:
    stage.acts({"orders": "see"})
    assert people.post(stage.client, "/language", "/orders", locale="ca").status_code == 303
    assert "No hi pots canviar res" in stage.client.get("/promises").text
    with stage.house.reading() as unit:
        assert (locale_of(unit, stage.bruno.id or b""), locale_of(unit, stage.ana.id or b"")) == ("ca", "en")
    assert people.post(stage.client, "/sign-out", "/orders").status_code == 303
    assert stage.client.get("/orders").location.startswith("/sign-in")


def combinations() -> Iterator[dict[str, str]]:
    """Every way of lending the places, but for none at all."""
    for levels in product(LEVELS, repeat=len(access.PLACES)):
        areas = {area: level for area, level in zip(access.PLACES, levels, strict=True) if level is not None}
        if areas:
            yield areas


def test_what_can_be_lent_takes_a_place_and_seeing_or_acting_there() -> None:
    assert access.LENT.keys() <= access.PERMISSIONS.keys()
    assert access.PERMISSIONS.keys() >= access.WHILE_ACTING
    assert not access.WHILE_ACTING & access.LENT.keys()
    assert set(access.LENT.values()) == rights_of(dict.fromkeys(access.PLACES, "act"))
    own = {name for name in access.PERMISSIONS if name.startswith(("account:", "delegates:", "acting:begin", "mails:", "desk:"))}
    assert not own & access.LENT.keys()


@pytest.mark.engines("sqlite")  # who may what is decided before any statement
def test_no_route_outside_what_is_lent_answers_a_delegate(stage: Stage) -> None:
    stage.app.config["WTF_CSRF_ENABLED"] = False
    chosen = list(combinations())
    Random(7).shuffle(chosen)
    acting = None
    for areas in chosen[: size(test=6, prove=len(chosen))]:
        if acting is not None:
            stage.client.post("/acting/stop")
            stage.ends(acting)
        acting = stage.acts_quickly(areas)
        for method, path, permission in routes_of(stage.app):
            may = access.LENT.get(permission) in rights_of(areas)
            answer = stage.client.open(path, method=method)
            if may:
                assert answer.status_code != 403 or "not among what they lent" not in answer.text, (areas, method, path)
            else:
                assert answer.status_code == 403, (areas, method, path, answer.status_code)
                assert SECRET not in answer.text
                assert "not among what they lent you" in answer.text


def _some(rule: Rule, name: str) -> int | str:
    if isinstance(rule._converters[name], IntegerConverter):
        return 3
    return "profile.phone" if name == "path" else text_of(new_id())


def routes_of(app: Flask) -> list[tuple[str, str, str]]:
    """Every page, with something in the place of what varies, that asks for more than what one goes on doing oneself."""
    found = []
    for rule in app.url_map.iter_rules():
        door = getattr(app.view_functions[rule.endpoint], "door", None)
        if rule.rule.startswith(MACHINES) or door is None or door[1] in access.WHILE_ACTING or rule.rule.startswith("/desk"):
            continue
        values = {name: _some(rule, name) for name in rule.arguments}
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, values)
        found += [(method, path, door[1]) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return found
