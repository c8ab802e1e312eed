"""Two processes read and end permissions at the same time; what happened is then read from the log itself."""

import json
import random
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from portal.audit.models import LogEntry
from portal.grants.models import Grant, GrantDetail
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.ids import text_of
from portal.kernel.unit import Actor
from tests.grants.cast import detail, person
from tests.oauth.cast import Program, answered, consented, redeem
from tests.processes import FORKING

STOP, PAUSE, REVOCATION, EXPIRY = KINDS = ("stop", "pause", "revocation", "expiry")
ENTRY_OF = {STOP: "grant.revoked", PAUSE: "link.paused", REVOCATION: "token.revoked"}
LOOK_UP_ONLY, EXPIRY_BY_JOB = "look-up only", "expiry by job"
PROCESSES, READERS, A_ROUND, SECONDS = 2, 3, 8, 0.45


@dataclass(frozen=True)
class Case:
    """One permission that is read until it ends, and after."""

    kind: str
    token: str
    grant: bytes
    link: bytes
    customer: Actor


@dataclass
class History:
    """What callers saw, on the clocks that all processes of a machine share; cases by their place."""

    reads: list[tuple[int, float, int]] = field(default_factory=list)  # case, begun, status
    ends: dict[int, float] = field(default_factory=dict)  # case, answered (an expiry: the moment itself)

    def add(self, other: "History") -> None:
        """Joins what another process saw."""
        self.reads += other.reads
        self.ends |= other.ends


def make_cases(app: Flask, shop: Program, count: int, mark: str) -> list[Case]:
    """Permissions of so many people, kinds of ends in turn."""
    house: House = app.extensions["house"]
    asked = detail(house, datatypes=("profile.name", "profile.email"), required=())
    cases = []
    for number in range(count):
        customer = person(house, f"{mark}-{number}@example.org", given_name="Ana")
        back, grant = consented(app, shop, customer, asked)
        tokens = redeem(app.test_client(), shop, answered(back)["code"]).json
        assert tokens is not None
        cases.append(Case(KINDS[number % len(KINDS)], tokens["access_token"], grant.id, grant.link_id, customer))
    return cases


def run(house: House, shop: Program, cases: Sequence[Case], fault: str | None = None) -> History:
    """Reads and ends the cases, a few at a time, from two processes."""
    barrier, results = FORKING.Barrier(PROCESSES), FORKING.Queue()
    settings = {"instance": str(house.settings.instance), "database_url": house.settings.database_url}
    work = (settings, list(cases), shop, fault, barrier, results, list(sys.path))
    started = [FORKING.Process(target=_process, args=(number, *work)) for number in range(PROCESSES)]
    for process in started:
        process.start()
    history = History()
    try:
        for _ in started:
            history.add(results.get(timeout=600))
    finally:
        for process in started:
            process.join(30)
            if process.is_alive():
                process.kill()
    return history


def _process(
    number: int, settings: dict[str, str], cases: list[Case], shop: Program, fault: str | None, barrier: Any, results: Any,
    path: list[str],
) -> None:  # fmt: skip
    sys.path[:] = path
    history = History()
    with ExitStack() as stack:
        runner = _Runner(number, settings, shop, fault, history, stack)
        for start in range(0, len(cases), A_ROUND):
            some = {place: cases[place] for place in range(start, min(start + A_ROUND, len(cases)))}
            if number == 0:
                runner.set_expiries(some)
            barrier.wait(120)
            runner.round(some)
            barrier.wait(120)
    results.put(history)


class _Runner:
    """One process: its own house and application, readers, and the ends of every other case."""

    def __init__(
        self,
        number: int,
        settings: dict[str, str],
        shop: Program,
        fault: str | None,
        history: History,
        stack: ExitStack,
    ) -> None:
        from portal.app import create_app
        from portal.kernel.settings import Settings
        from portal.wiring import WIRING

        wiring = WIRING
        if fault == LOOK_UP_ONLY:
            wiring = replace(WIRING, conditions=dict.fromkeys(WIRING.conditions, lambda _c, _args, _now: set()))
        made = Settings(instance=Path(settings["instance"]), database_url=settings["database_url"])
        self._house = House.open(made, wiring)
        stack.callback(self._house.close)
        self._app = create_app(self._house)
        self._number, self._shop, self._history = number, shop, history
        self._random = random.Random(number)
        if fault == LOOK_UP_ONLY:
            self._widen_the_window()
        if fault == EXPIRY_BY_JOB:
            self._leave_expiry_to_a_job(stack)

    def _widen_the_window(self) -> None:
        disclose = self._house.log.disclose

        def late(disclosure: Any) -> bool:
            time.sleep(0.02)
            return disclose(disclosure)

        self._house.log.disclose = late  # type: ignore[method-assign]

    def _leave_expiry_to_a_job(self, stack: ExitStack) -> None:
        from portal.grants import decision

        right, over = decision.refusal_of, threading.Event()

        def without_expiry(standing: Any, at: Any) -> str | None:
            reason = right(standing, at)
            return None if reason == decision.EXPIRED else reason

        def job() -> None:
            while not over.wait(0.1):
                ended = update(Grant).where(Grant.state == "live", Grant.ends_at <= clock.now()).values(state="ended")
                with self._house.gate.entered(), self._house.transaction("writing") as connection:
                    connection.execute(ended)

        decision.refusal_of = without_expiry
        thread = threading.Thread(target=job)
        thread.start()
        stack.callback(thread.join)
        stack.callback(over.set)

    def set_expiries(self, cases: dict[int, Case]) -> None:
        """The permissions that expire do so in the midst of the round: decided before anybody reads."""
        for place, case in cases.items():
            if case.kind != EXPIRY:
                continue
            moment = clock.from_micros(clock.micros(clock.now()) + int(SECONDS * 1e6 * self._random.uniform(0.4, 0.8)))
            with self._house.gate.entered(), self._house.transaction("writing") as connection:
                connection.execute(update(Grant).where(Grant.id == case.grant).values(ends_at=moment))
                connection.execute(
                    update(GrantDetail).where(GrantDetail.grant_id == case.grant).values(expires_at=moment)
                )
            self._history.ends[place] = moment.timestamp()

    def round(self, cases: dict[int, Case]) -> None:
        """Reads all cases again and again, and ends its share of them in the midst."""
        over, seen = threading.Event(), set[int]()
        threads = [threading.Thread(target=self._read, args=(cases, over, seen, number)) for number in range(READERS)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        for place, case in cases.items():
            if case.kind != EXPIRY and place % PROCESSES == self._number:
                self._end_when_read(place, case, seen)
        time.sleep(max(0.1, began + SECONDS - time.monotonic()))
        over.set()
        for thread in threads:
            thread.join()

    def _read(self, cases: dict[int, Case], over: threading.Event, seen: set[int], number: int) -> None:
        client, order = self._app.test_client(), list(cases)
        random.Random(number).shuffle(order)
        while not over.is_set():
            for place in order:
                begun = time.time()
                answer = client.get("/api/v1/profile", headers={"Authorization": f"Bearer {cases[place].token}"})
                self._history.reads.append((place, begun, answer.status_code))
                seen.add(place)

    def _end_when_read(self, place: int, case: Case, seen: set[int]) -> None:
        deadline = time.monotonic() + 5
        while place not in seen and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(self._random.uniform(0, SECONDS / A_ROUND))
        self._end_one(case)
        self._history.ends[place] = time.time()

    def _end_one(self, case: Case) -> None:
        from portal.grants.service import revoke
        from portal.links.service import pause

        if case.kind == REVOCATION:
            answer = self._app.test_client().post("/oauth/revoke", data={"token": case.token}, headers=self._shop.basic)
            assert answer.status_code == 200
            return
        with self._house.writing(case.customer) as unit:
            if case.kind == STOP:
                revoke(unit, grant_id=case.grant)
            else:
                pause(unit, link_id=case.link)


# What the log says


@dataclass
class Told:
    """The log on one case: where it ended, and the entries of answered reads."""

    end: int | None = None
    reads: list[tuple[int, int]] = field(default_factory=list)  # index, time


def told(house: House, cases: Sequence[Case]) -> list[Told]:
    """What the log holds of each case."""
    found = [Told() for _ in cases]
    by_grant = {text_of(case.grant): place for place, case in enumerate(cases)}
    by_link = {text_of(case.link): place for place, case in enumerate(cases)}
    house.lead()
    for entry in _entries(house, [*ENTRY_OF.values(), "profile.disclosed"]):
        place = by_grant.get(entry.get("grant", ""), by_link.get(entry.get("link", "")))
        if place is None:
            continue
        if entry["event"] == "profile.disclosed":
            found[place].reads.append((entry["index"], entry["time"]))
        elif entry["event"] == ENTRY_OF.get(cases[place].kind):
            found[place].end = entry["index"]
    return found


def _entries(house: House, events: Sequence[str]) -> Iterable[dict[str, Any]]:
    with house.reading() as unit:
        bodies = select(LogEntry.body).where(LogEntry.event.in_(events)).order_by(LogEntry.idx)
        return [json.loads(body) for body in unit.connection.execute(bodies).scalars()]


def late(house: House, cases: Sequence[Case], history: History) -> list[str]:
    """Every read that should not have been: by the order of the log, and by the clock of whoever asked."""
    found = []
    for place, log in enumerate(told(house, cases)):
        case, end = cases[place], history.ends[place]
        if case.kind == EXPIRY:
            found += [f"{case.kind}: entry {i} at {t}" for i, t in log.reads if t >= round(end * 1e6)]
        elif log.end is None:
            found.append(f"{case.kind}: its end is not in the log")
        else:
            found += [f"{case.kind}: entry {i} after {log.end}" for i, _ in log.reads if i > log.end]
    for place, begun, status in history.reads:
        if status == 200 and begun > history.ends[place]:
            found.append(f"{cases[place].kind}: answered {begun - history.ends[place]:.3f} s after its end")
    return found
