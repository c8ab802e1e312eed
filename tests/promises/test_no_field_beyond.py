"""Promises 1 and 5 under random choices: no read of any form holds a field, row or byte beyond the permission.

A small model works out by hand what may be read; every form of reading is held to it, byte for byte where the customer
is shown the same.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import true
from werkzeug.test import TestResponse

from tests.promises import model
from tests.promises.model import Permission
from tests.promises.readers import PURPOSES, READER, Someone, World
from tests.prove.sizes import size

PEOPLE = size(test=3, prove=12)
GRANTS = size(test=40, prove=1000)
LISTS_EVERY = size(test=8, prove=10)


class Held:
    """Holds what a company reads to what the model says."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reads = 0
        self.positions: dict[str, str] = {}

    def no_word_beyond(self, answer: TestResponse, *purposes: str) -> None:
        """Nothing personal is in status, headers or body that may not be met for one of these purposes."""
        self.reads += 1
        whole = f"{answer.status} {answer.headers}".encode() + answer.data
        for someone in self.world.people:
            for word, allowed in someone.person.secrets(set(purposes), READER).items():
                assert allowed or word.encode() not in whole, f"{word} in {answer.request.path} for {purposes}"

    # One customer's token.

    def token(self, someone: Someone, permission: Permission) -> dict[str, list[bytes]]:
        """Both resources for every purpose; gives the bytes by purpose."""
        found: dict[str, list[bytes]] = {}
        for purpose in PURPOSES:
            names = permission.names.get(purpose, frozenset())
            if someone.person.paused:
                names = frozenset()
            for path, kind in (("profile", "profile."), ("orders", "orders.")):
                if (body := self._one(someone, permission, purpose, path, kind, names)) is not None:
                    found.setdefault(purpose, []).append(body)
        return found

    def _one(
        self, someone: Someone, permission: Permission, purpose: str, path: str, kind: str, names: frozenset[str]
    ) -> bytes | None:
        answer = self.world.get(path, permission.token, purpose=purpose)
        self.no_word_beyond(answer, purpose)
        if not any(name.startswith(kind) for name in names):
            # Refused, or an answer with nothing in it: a profile under a permission for orders alone.
            assert answer.status_code != 200 or answer.get_json()["profile"] == {}
            return None
        assert answer.status_code == 200, answer.text
        self._is_exact(someone, purpose, path, names, answer)
        self._again(permission, purpose, path, answer)
        return bytes(answer.data)

    def _is_exact(self, someone: Someone, purpose: str, path: str, names: frozenset[str], answer: TestResponse) -> None:
        got = json.loads(answer.data)
        if path == "profile":
            someone.sub = got["sub"]
            # What the company called them before they found their earlier orders with it is its own word.
            assert set(got) - {"same_as"} == {"sub", "purpose", "profile"}
            assert got["profile"] == model.profile(someone.person, names)
        else:
            assert got["next"] is None
            assert without_ids(got["orders"]) == model.orders(someone.person, names, purpose, READER)

    def _again(self, permission: Permission, purpose: str, path: str, answer: TestResponse) -> None:
        """The ETag of before opens nothing: 304 where the bytes are the same, else the whole answer again."""
        etag, body = permission.remembered.get((path, purpose), ("", b""))
        permission.remembered[path, purpose] = (answer.headers["ETag"], bytes(answer.data))
        if etag:
            again = self.world.get(path, permission.token, etag=etag, purpose=purpose)
            self.no_word_beyond(again, purpose)
            expected = (304, b"") if body == answer.data else (200, answer.data)
            assert (again.status_code, again.data) == expected

    # The company's own token.

    def lists(self) -> None:
        """Everybody's, by walking; and what changed since the walk before."""
        own = self.world.own()
        for purpose in PURPOSES:
            self._profiles(own, purpose)
            self._orders(own, purpose)
            self._console(own, purpose)
        mine, answers = self.world.walk("orders", own)
        assert {order["customer"] for order in mine} <= {f"c{n}" for n in range(len(self.world.people))}
        assert {order["number"][0] for order in mine} == {READER[0]}
        for answer in answers:
            self._nobody_elses_goods(answer)

    def _profiles(self, own: str, purpose: str) -> None:
        found, answers = self.world.walk("profiles", own, purpose=purpose, limit="2")
        self._each(found, purpose, whole=True)
        if since := self.positions.get(purpose):
            changed, more = self.world.walk("profiles", own, purpose=purpose, changed_since=since)
            self._each(changed, purpose, whole=False)
            answers += more
        self.positions[purpose] = json.loads(answers[-1].data)["position"]
        for answer in answers:
            self.no_word_beyond(answer, purpose)

    def _each(self, found: list[dict[str, Any]], purpose: str, *, whole: bool) -> None:
        sharing = {one.sub: one.person for one in self.world.people if one.person.may(purpose) and one.sub}
        assert {one["sub"] for one in found} <= sharing.keys() | {""}
        assert not whole or len(found) == sum(bool(one.person.may(purpose)) for one in self.world.people)
        for one in found:
            person = sharing[one["sub"]]
            assert one["profile"] == model.profile(person, person.may(purpose))

    def _orders(self, own: str, purpose: str) -> None:
        found, answers = self.world.walk("orders", own, basis="grant", purpose=purpose, limit="7")
        for answer in answers:
            self.no_word_beyond(answer, purpose)
        expected = [
            order
            for one in self.world.people
            for order in model.orders(one.person, one.person.may(purpose), purpose, READER)
        ]
        assert sorted(map(in_one_form, without_ids(found))) == sorted(map(in_one_form, expected))

    def _console(self, own: str, purpose: str) -> None:
        """What a person of the company sees is what its program gets, and holds no word beyond it; the files neither."""
        for what, path, kind in (("", "profiles", {}), ("/orders", "orders", {"basis": "grant"})):
            pages = self.world.console(what, purpose=purpose)
            found, _ = self.world.walk(path, own, purpose=purpose, **kind)
            shown = [one for page in pages for one in shown_on(page)[path]]
            assert shown == found
            for answer in (*pages, *self.world.console(f"{what}.csv", purpose=purpose)):
                self.no_word_beyond(answer, purpose)

    def _nobody_elses_goods(self, answer: TestResponse) -> None:
        self.reads += 1
        for someone in self.world.people:
            for order in someone.person.orders:
                for line in order.lines:
                    assert order.seller == READER or line.name.encode() not in answer.data


def shown_on(page: TestResponse) -> Any:
    """The answer in the technical view of a page."""
    [text] = re.findall(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    return json.loads(unescape(text))


def in_one_form(order: dict[str, Any]) -> str:
    """The same text for the same order."""
    return json.dumps(order, sort_keys=True)


def without_ids(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Orders without what the portal chooses: ids, and what the company calls the customer."""
    bare = [{name: value for name, value in order.items() if name not in ("id", "sub", "lines")} for order in orders]
    for order, whole in zip(bare, orders, strict=True):
        assert {"id", "sub"} <= set(whole)
        if "lines" in whole:
            order["lines"] = [{name: value for name, value in one.items() if name != "id"} for one in whole["lines"]]
    return bare


def live_for_a_while(app: Flask, seed: int, grants: int) -> Held:
    """People share at random, and between two choices do something else; after each, everything is read."""
    world = World(app, Random(seed))
    for number in range(PEOPLE):
        world.joins(number)
    held = Held(world)
    for turn in range(grants):
        someone = world.chance.choice(world.people)
        permission = world.shares(someone)
        found = held.token(someone, permission)
        if not someone.person.paused:
            shown = world.previews(someone, permission)
            assert sorted(shown) == sorted(body for bodies in found.values() for body in bodies)
        world.changes_something(someone)
        for older in someone.person.permissions[-2:]:
            held.token(someone, older)
        if turn % LISTS_EVERY == LISTS_EVERY - 1:
            held.lists()
    return held


@pytest.mark.slow
def test_promise_1_no_read_of_any_form_holds_anything_beyond_the_grant(
    app: Flask, figure: Callable[..., float]
) -> None:
    held = live_for_a_while(app, 1, GRANTS)
    figure("random grants held to the model, all read forms", GRANTS, goal=GRANTS, unit="grants")
    figure("answers searched for words beyond the grant", held.reads, unit="answers")


FAULTS = {
    "a hidden line": ("portal.orders.shared.lent.seen", lambda lease: true()),
    "a field too many": ("portal.customers.shared.plan", lambda names: _plan(names | {"profile.phone"})),
    "a field too many before people": ("portal.grants.routes.looking.shared_page", lambda *a, **k: _too_much(*a, **k)),
    "an ETag of yesterday": ("vendor_api.outgoing._known", lambda etag: True),
}


def _too_much(unit: Any, right: Any, purpose: str, **more: Any) -> Any:
    from portal.customers.shared import shared_profiles
    from portal.oauth.shared import shared_page

    page = shared_page(unit, right, purpose, **more)
    leases = [lease._replace(datatypes=lease.datatypes | {"profile.phone"}) for lease, _ in page.parts]
    told = shared_profiles(unit, leases) if leases else []
    return replace(page, value={**page.value, "profiles": told}, parts=list(zip(leases, told, strict=True)))


def _plan(names: frozenset[str]) -> Any:
    from portal.customers.derive import plan

    return plan(names)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.engines("sqlite")  # the faults are planted above the database
def test_promise_1_a_planted_leak_is_caught(app: Flask, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    where, planted = FAULTS[fault]
    monkeypatch.setattr(where, planted)
    with pytest.raises(AssertionError):
        live_for_a_while(app, 2, 30)
