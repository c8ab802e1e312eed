"""A company that only listens comes to hold the truth, beside one that only polls, while worker and server are killed."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from standardwebhooks import Webhook

from portal.events.jobs import Postman, taking
from portal.events.models import WebhookDelivery, WebhookPlace
from portal.events.shared import happened_from
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from tests.browsing import LiveServer
from tests.events.listening import BROKEN, TAKEN, Listener, a_postman, listening, subscribe
from tests.events.test_convergence import PURPOSES, Copy, World
from tests.oauth.cast import Program, own_token
from tests.processes import begin
from tests.prove.sizes import size

CHANGES = size(test=60, prove=10_000)
KILLS = size(test=2, prove=20)


class _Answer:
    def __init__(self, answer: requests.Response) -> None:
        self.status_code, self.text = answer.status_code, answer.text
        self.json: Any = answer.json() if answer.content else None


class Web:
    """What a client of a test is, over the wire. A server that was killed is asked again when it is back."""

    def __init__(self, server: LiveServer) -> None:
        self._server = server

    def get(self, path: str, **more: Any) -> _Answer:
        return self._ask("GET", path, params=more.get("query_string"), headers=more["headers"])

    def post(self, path: str, **more: Any) -> _Answer:
        return self._ask("POST", path, data=more["data"], headers=more["headers"])

    def _ask(self, method: str, path: str, **more: Any) -> _Answer:
        end = time.monotonic() + 120
        while True:
            try:
                answer = requests.request(method, self._server.url + path, timeout=60, **more)
            except requests.ConnectionError:
                answer = None
            if answer is not None and answer.status_code != 503:
                return _Answer(answer)
            assert time.monotonic() < end, "the server did not come back"
            time.sleep(0.05)


class Ears(Copy):
    """A program that reads anew what it is told of, and never asks what happened."""

    def __init__(self, client: Any, made: Program, listener: Listener, secret: str) -> None:
        self.client, self.made, self.listener, self.secret = client, made, listener, Webhook(secret)
        self.profiles, self.orders, self.seen = {}, {}, set()
        self.told: dict[str, tuple[str, str, str]] = {}
        self.order: list[str] = []
        self.repeats = 0

    def catch_up(self) -> None:
        """Works through what it heard since."""
        self.token = own_token(self.client, self.made)
        for message in self.listener.news():
            at = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), UTC)
            assert self.secret.sign(message.id, at, message.body.decode()) in message.headers["webhook-signature"].split(" ")
            told = (message.kind, str(message.told["timestamp"]), str(message.told["data"]["sub"]))
            self.repeats += message.id in self.told
            assert self.told.setdefault(message.id, told) == told, "one id for two events"
            if message.id not in self.seen:
                self.seen.add(message.id)
                self.order.append(message.id)
            for purpose in PURPOSES:
                self._read(told[2], purpose)


class Heard(World):
    """The same world, with a program of the reader's that only listens."""

    def __init__(self, app: Flask, house: House, web: Any, listener: Listener) -> None:
        super().__init__(app, house, web, seed=0)
        self.endpoint, secret = subscribe(house, self.reader.vendor_id, listener.url)
        self.ears = Ears(web, self.reader, listener, secret)

    def caught_up(self) -> None:
        """Waits until the worker has told everything."""
        end = time.monotonic() + 600
        while not self._is_told():
            assert time.monotonic() < end, "the worker does not tell everything"
            time.sleep(0.1)

    def _is_told(self) -> bool:
        with self.house.reading() as unit:
            waiting = select(func.count()).where(WebhookDelivery.state == "waiting")
            place = unit.connection.execute(select(WebhookPlace.place)).scalar_one()
            queued = unit.connection.execute(select(func.count(QueuedFact.id))).scalar_one()
            more, _ = happened_from(unit, self.reader.vendor_id, place)
            return not (unit.connection.execute(waiting).scalar_one() or queued or more)

    def followers(self) -> list[Copy]:
        """Whoever must hold the truth."""
        self.caught_up()
        return [self.copy, self.ears]

    def check_telling(self) -> None:
        """Nothing was lost, and each customer's events came first in the order of the log."""
        with self.house.reading() as unit:
            rows = unit.connection.execute(
                select(WebhookDelivery.event_id, WebhookDelivery.idx, WebhookDelivery.link_id, WebhookDelivery.state)
            ).all()
        assert {row.state for row in rows} <= {"delivered", "dropped"}
        assert {row.event_id for row in rows if row.state == "delivered"} <= self.ears.seen <= {row.event_id for row in rows}
        assert len({row.event_id for row in rows}) == len(rows)
        ends = {id_ for id_ in self.copy.seen if self.copy.kinds_seen[id_].startswith("grant.")}
        assert ends <= self.ears.seen, "an event that stands by itself was lost"
        place = {row.event_id: (row.link_id, row.idx) for row in rows}
        newest: dict[bytes, int] = {}
        for id_ in self.ears.order:
            link, index = place[id_]
            assert newest.get(link, -1) < index, "a later event came before an earlier one"
            newest[link] = index


@contextmanager
def a_worker(house: House) -> Iterator["Worker"]:
    """The worker in a process of its own."""
    worker = Worker(house)
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()


class Worker:
    """`freehold worker` on a house, killed and started again at will."""

    def __init__(self, house: House) -> None:
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")},
            "FREEHOLD_INSTANCE": str(house.settings.instance),
            "FREEHOLD_DATABASE_URL": house.settings.database_url,
            "FREEHOLD_CALLS_TO_SELF": "1",
        }
        self._log = house.settings.instance / "worker.log"

    def start(self) -> None:
        self.process = begin("portal.worker", environment=self._environment, out=self._log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.mark.slow
def test_a_copy_that_only_listens_equals_a_fresh_walk_whoever_is_killed_meanwhile(
    app: Flask, house: House, make_server: Callable[..., LiveServer], figure: Callable[..., float]
) -> None:
    chance = random.Random(1)
    server = make_server(house, "--no-worker")
    with listening(*[BROKEN, TAKEN, TAKEN, TAKEN] * KILLS, TAKEN) as listener, a_worker(house) as worker:
        world = Heard(app, house, Web(server), listener)
        for number in range(KILLS):
            dies = chance.randrange(CHANGES // KILLS)
            for change in range(CHANGES // KILLS):
                world.happen()
                if change == dies:
                    time.sleep(chance.random())
                    worker.kill()
                    worker.start()
                    if number % 2:
                        server.kill()
                        server.start(60)
            world.check()
        world.check_telling()
    figure("events that a company was told at its own address", len(world.ears.seen))
    figure("of them told more than once, under the same id", world.ears.repeats)


def test_a_worker_that_leaves_events_out_is_found(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    take_all = taking.happened_from

    def without_orders(*about: Any) -> Any:
        events, place = take_all(*about)
        return [event for event in events if event.kind != "order.changed"], place

    monkeypatch.setattr(taking, "happened_from", without_orders)

    class InHouse(Heard):
        postman: Postman

        def caught_up(self) -> None:
            self.house.lead()
            self.postman.run_out()

    with listening() as listener, a_postman(house) as postman:
        world = InHouse(app, house, app.test_client(), listener)
        world.postman = postman
        with pytest.raises(AssertionError):
            for _ in range(10):
                for _ in range(10):
                    world.happen()
                world.check()
