"""A company that only polls comes to hold the truth, whatever customers and sellers do meanwhile."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.customers.service import remove_attribute, set_attribute
from portal.events.shared import feed
from portal.grants import jobs
from portal.grants.choices import Choice
from portal.grants.reads import details_of, grants_of
from portal.grants.service import narrow, revoke
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.house import House
from portal.kernel.unit import Actor
from portal.links.service import pause, resume
from portal.orders.service import hide, show
from portal.vendors.things import ThingIds
from tests.events.following import Follower
from tests.grants.cast import detail
from tests.oauth.cast import Program, bearing, consented, own_token
from tests.orders.cast import CARE, ORDERS, SUGGESTIONS, an_order, company, found, line, list_of, tell
from tests.prove.sizes import size

CHANGES = size(test=120, prove=10_000)
PEOPLE = size(test=4, prove=20)
ROUNDS = 20
PURPOSES = (CARE, SUGGESTIONS)


class Copy(Follower):
    """A program that keeps a copy of what it may read, and reads anew what the feed names; it never walks again."""

    def __init__(self, client: FlaskClient, made: Program) -> None:
        super().__init__(client, made)
        self.made = made
        self.profiles: dict[tuple[str, str], Any] = {}
        self.orders: dict[tuple[str, str], dict[str, Any]] = {}
        self.seen: set[str] = set()
        self.kinds_seen: dict[str, str] = {}

    def catch_up(self) -> None:
        """Works through what is new. A token lives half an hour, and time is moved here."""
        self.token = own_token(self.client, self.made)
        for event in self.news():
            assert event["id"] not in self.seen, "an event was told twice"
            self.seen.add(event["id"])
            self.kinds_seen[event["id"]] = event["type"]
            for purpose in PURPOSES:
                self._read(event["sub"], purpose)

    def _read(self, sub: str, purpose: str) -> None:
        self.profiles.pop((sub, purpose), None)
        answer = self._get("/api/v1/profiles", purpose=purpose, sub=sub)
        for profile in answer["profiles"]:
            self.profiles[sub, purpose] = profile
        if not answer["profiles"]:
            # What may not be read any more is deleted.
            self.orders.pop((sub, purpose), None)
            return
        self.orders.setdefault((sub, purpose), {}).update(self.orders_of(purpose, sub=sub))

    def orders_of(self, purpose: str, **query: str) -> dict[str, Any]:
        """All orders that are shared for a purpose, by id."""
        found: dict[str, Any] = {}
        while True:
            page = self._get("/api/v1/orders", basis="grant", purpose=purpose, **query)
            found |= {order["id"]: order for order in page["orders"]}
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def walk(self, purpose: str) -> dict[tuple[str, str], Any]:
        """The truth: everybody, read anew."""
        found: dict[tuple[str, str], Any] = {}
        query: dict[str, str] = {}
        while True:
            page = self._get("/api/v1/profiles", purpose=purpose, **query)
            found |= {(profile["sub"], purpose): profile for profile in page["profiles"]}
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def _get(self, path: str, **query: str) -> Any:
        answer = self.client.get(path, query_string=query, headers=bearing(self.token))
        if answer.status_code == 403 and answer.json["reason"] in ("revoked", "expired", "narrowed", "paused", "no-grant"):
            return {"orders": [], "next": None}
        assert answer.status_code == 200, answer.text
        return answer.json


class World:
    """Customers of a seller who share with a reader, and what may happen to them."""

    def __init__(self, app: Flask, house: House, client: FlaskClient, seed: int) -> None:
        self.app, self.house, self.random = app, house, random.Random(seed)
        self.seller, self.reader = company(house, "Librería del Mar"), company(house, "Banca Transilvania")
        self.people: list[tuple[str, Actor]] = []
        for number in range(PEOPLE):
            tell(house, self.seller.vendor_id, an_order(f"{number}-0", str(number)))
            self.people.append((str(number), found(house, self.seller, str(number), f"p{number}@example.org")))
        self.told = PEOPLE
        self.copy = Copy(client, self.reader)

    def happen(self) -> None:
        """Something, to somebody."""
        number, actor = self.random.choice(self.people)
        deeds: list[Callable[[str, Actor], None]] = [
            self.share, self.share, self.change, self.change, self.remove, self.less, self.stop, self.stay_away, self.order,
            self.order, self.put_away,
        ]  # fmt: skip
        self.random.choice(deeds)(number, actor)

    def share(self, _number: str, actor: Actor) -> None:
        purpose, days = self.random.choice(PURPOSES), self.random.choice((1, 30, 200))
        consented(self.app, self.reader, actor, detail(self.house, purpose, ("profile.name", *ORDERS), (), days=days))

    def change(self, _number: str, actor: Actor) -> None:
        assert actor.customer_id is not None
        name = self.random.choice(("Ana", "Joan", "Ion", "Maria"))
        with self.house.writing(actor) as unit:
            set_attribute(unit, customer_id=actor.customer_id, path="profile.given_name", value=name)

    def remove(self, _number: str, actor: Actor) -> None:
        assert actor.customer_id is not None
        with suppress(NotFound), self.house.writing(actor) as unit:
            remove_attribute(unit, customer_id=actor.customer_id, path="profile.given_name")

    def _live(self, actor: Actor) -> Any:
        with self.house.reading(actor) as unit:
            return next((one for one in grants_of(unit) if one.state == "live" and one.ends_at > unit.at), None)

    def less(self, _number: str, actor: Actor) -> None:
        grant = self._live(actor)
        if grant is None:
            return
        with self.house.writing(actor) as unit:
            kept = {
                one.purpose: Choice(frozenset(one.datatypes) - {self.random.choice(("profile.name", "orders.line"))}, one.ends_at)
                for one in details_of(unit, grant)
            }
            narrow(unit, grant_id=grant.id, keep={purpose: choice for purpose, choice in kept.items() if choice.datatypes})

    def stop(self, _number: str, actor: Actor) -> None:
        grant = self._live(actor)
        if grant is not None and self.random.random() < 0.5:
            with self.house.writing(actor) as unit:
                revoke(unit, grant_id=grant.id)

    def stay_away(self, _number: str, actor: Actor) -> None:
        grant = self._live(actor)
        if grant is not None:
            with self.house.writing(actor) as unit:
                (pause if self.random.random() < 0.4 else resume)(unit, link_id=grant.link_id)

    def order(self, number: str, _actor: Actor) -> None:
        self.told += self.random.random() < 0.7
        name = self.random.choice(("Emma", "Ulysses", "Luceafărul"))
        told = an_order(f"{number}-{self.told}", number, line(name, self.random.randint(1, 5) * 100, number="a"))
        tell(self.house, self.seller.vendor_id, told)

    def put_away(self, _number: str, actor: Actor) -> None:
        orders = list_of(self.house, actor)
        with self.house.writing(actor) as unit:
            (hide if self.random.random() < 0.5 else show)(unit, order_id=self.random.choice(orders).id)

    def check(self) -> None:
        """The copy is the truth; what was hidden after it was read may still be there, and nothing else."""
        self._go_on()
        jobs.tell_over(self.house)
        for copy in self.followers():
            self._compare(copy)

    def followers(self) -> list[Copy]:
        """Whoever must hold the truth."""
        return [self.copy]

    def _compare(self, copy: Copy) -> None:
        copy.catch_up()
        truth = {key: value for purpose in PURPOSES for key, value in copy.walk(purpose).items()}
        assert copy.profiles == truth
        for purpose in PURPOSES:
            now = copy.orders_of(purpose)
            kept = {id_: one for (_, why), orders in copy.orders.items() if why == purpose for id_, one in orders.items()}
            assert now.items() <= kept.items(), "an order is missing, or is not as it is now"
            assert kept.keys() - now.keys() <= self._hidden(), "an order is kept that is no longer shared"

    def _go_on(self) -> None:
        """Pauses end: while one lasts a company is told nothing, and keeps what it has."""
        for _, actor in self.people:
            grant = self._live(actor)
            if grant is not None:
                with self.house.writing(actor) as unit:
                    resume(unit, link_id=grant.link_id)

    def _hidden(self) -> set[str]:
        """What the reader calls the orders that are hidden from it."""
        ids = ThingIds(self.house.keys, self.reader.vendor_id)
        orders = [one for _, actor in self.people for one in list_of(self.house, actor)]
        return {ids.text_of("order", one.id) for one in orders if one.is_hidden}


@pytest.mark.slow
def test_a_copy_that_follows_the_feed_equals_a_fresh_walk_after_any_changes(
    app: Flask, house: House, client: FlaskClient
) -> None:
    world = World(app, house, client, 0)
    jobs.tell_over(house)
    start = clock.now()
    for number in range(ROUNDS):
        with clock.moved(start + timedelta(hours=6 * number)):
            for _ in range(CHANGES // ROUNDS):
                world.happen()
            world.check()


@pytest.mark.slow
@pytest.mark.parametrize("untold", ["attribute.changed", "grant.narrowed", "grant.revoked", "order.put"])
def test_a_feed_that_leaves_something_out_is_found(
    app: Flask, house: House, client: FlaskClient, untold: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_all = feed.event_of
    monkeypatch.setattr(feed, "event_of", lambda unit, ids, row, *more: None if row.event == untold else tell_all(unit, ids, row, *more))
    world = World(app, house, client, 0)
    with pytest.raises(AssertionError):
        for _ in range(ROUNDS):
            for _ in range(10):
                world.happen()
            world.check()
