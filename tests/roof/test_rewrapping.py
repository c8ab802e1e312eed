"""Data keys are wrapped under a new key fast, in short holds, and whoever was killed on the way goes on (goal G34)."""

import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import column, func, insert, select, table

from portal.kernel import clock
from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.rotation import make, rotate
from portal.kernel.rotation.rewrapping import rewrap, waiting
from portal.kernel.sealing import DataKey, Holder
from portal.kernel.unit import Actor
from tests.browsing import LiveServer
from tests.people import register
from tests.processes import ROOT
from tests.prove.sizes import size
from tests.roof.crowd import Browser, Crowd, Shop

OPERATOR = Actor("operator", name="command-line")
TENTHS = size(test=1, prove=5)
"""How far it says that it is when it is killed."""


def _many_data_keys(house: House, many: int) -> None:
    """People, each with a data key."""
    at = clock.now()
    for start in range(0, many, 10_000):
        people = [new_id() for _ in range(min(10_000, many - start))]
        with house.gate.entered(), house.transaction(WRITING) as connection:
            connection.execute(insert(Holder), [{"id": id_, "kind": "person", "created_at": at} for id_ in people])
            connection.execute(insert(DataKey), [_data_key(house, id_) for id_ in people])


def _data_key(house: House, holder: bytes) -> dict[str, object]:
    id_ = new_id()
    wrapped = house.keys.wrap(bytes(32), id_)
    row = {"id": id_, "holder_id": holder, "pseudonym": new_id(), "wrapped": wrapped}
    return {**row, "is_current": True, "created_at": clock.now()}


def _rotated(house: House) -> None:
    make(house, OPERATOR, "seal")
    rotate(house, OPERATOR, "seal")


def _wait_until_its_statement_is_over(house: House, engine_name: str) -> None:
    """PostgreSQL ends the statement of a client that was killed, and may still commit it."""
    sessions = table("pg_stat_activity", column("datname"), column("state"), column("query"))
    its = (sessions.c.datname == func.current_database()) & sessions.c.query.startswith("UPDATE data_keys")
    under_way = select(func.count()).select_from(sessions).where(its, sessions.c.state != "idle")
    while engine_name == "postgresql":
        with house.reading() as unit:
            if not unit.connection.execute(under_way).scalar_one():
                return
        time.sleep(0.01)


class Told(NamedTuple):
    """What a command said: its answer, what it showed meanwhile, and the seconds from the first of that to the last."""

    answer: str
    shown: list[str]
    seconds: float


def _told(command: list[str], *, killed_after: int | None = None) -> Told:
    """Runs a command; kill -9 comes with that many further lines after its first."""
    shown, times = [], []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stderr:
            if len(shown) == killed_after:
                process.kill()
            shown.append(line.rstrip())
            times.append(time.monotonic())
        answer = process.stdout.read()
    assert process.returncode == (0 if killed_after is None else -signal.SIGKILL), shown
    return Told(answer, shown, times[-1] - times[0])


def _went_on(again: Told, left: int) -> None:
    assert again.answer.startswith(f"{left:,} data keys brought under the primary key of seal.")
    first, *further = again.shown
    assert first.endswith(f" are done already; going on with the other {left:,}.")
    shares = [int(line.split()[2]) for line in further]
    assert shares[0] > 10 * TENTHS and shares == sorted(set(shares)) and shares[-1] == 100, "it showed no progress"


def _load(house: House, app: Flask, port: int) -> Crowd:
    """A customer who reads and one who writes, a company that reads and writes: some hundred requests a second."""
    crowd, shop = Crowd(pause=0.02), Shop(house, app, port)
    reader, writer = Browser(port), Browser(port)
    for browser, address in ((reader, "ana@example.org"), (writer, "eva@example.org")):
        register(house, address)
        assert browser.sign_in(address) == 303
    writer.open_form("/data/profile.given_name")
    names = map("Eva {}".format, itertools.count())
    crowd.add("customers' reads", lambda: reader.is_in("ana@example.org"))
    crowd.add("customers' writes", lambda: writer.saves("profile.given_name", next(names)))
    crowd.add("vendors' reads", shop.reads)
    crowd.add("vendors' writes", shop.tells)
    return crowd


def _rewrapped_under_load(crowd: Crowd, house: House, many: int, engine_name: str) -> float:
    command = [sys.executable, "-m", "portal.cli", "keys", "rewrap"]
    try:
        crowd.is_answered()
        _rotated(house)
        first = _told(command, killed_after=TENTHS)
        _wait_until_its_statement_is_over(house, engine_name)
        left = sum(waiting(house, "seal").values())
        assert 0 < left < many, "it was not killed in the midst"
        again = _told(command)
        _went_on(again, left)
        crowd.is_answered()
    finally:
        crowd.end()
    return first.seconds + again.seconds


@pytest.mark.alone
def test_goal_34_rewrapping_is_fast_in_short_holds_and_under_load_goes_on_after_a_kill_without_a_failed_request(
    house: House,
    app: Flask,
    make_server: Callable[..., LiveServer],
    figure: Callable[..., float],
    engine_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = size(test=20_000, prove=1_000_000)
    goal = 60 * many / 1_000_000
    _many_data_keys(house, many)
    _rotated(house)
    house.gate.holds.clear()
    began = time.monotonic()
    assert rewrap(house, OPERATOR, "seal") == many
    took = time.monotonic() - began
    figure(f"seconds to re-wrap {many:,} data keys, {engine_name}", took, goal, "s", "lower")
    holds = sorted(house.gate.holds)
    if holds:
        figure(f"gate held while re-wrapping, p99, {engine_name}", 1000 * holds[int(len(holds) * 0.99)], 5, "ms", "lower")
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    crowd = _load(house, app, make_server(house, FREEHOLD_PROCESSES="2").port)
    took = _rewrapped_under_load(crowd, house, many, engine_name)
    figure(f"the same under load, killed once and begun again, {engine_name}", took, goal, "s", "lower")
    figure(f"requests failed meanwhile, {engine_name}", len(crowd.failed), 0, "", "equal")
    figure(f"requests answered meanwhile, {engine_name}", sum(crowd.answered.values()))
    assert crowd.failed == []
    assert len(crowd.answered) == 4 and all(crowd.answered.values())
    assert waiting(house, "seal") == {}
    with house.reading() as unit:
        rows = unit.connection.execute(select(DataKey.id, DataKey.wrapped)).all()
    assert len(rows) > many
    assert [row.id for row in rows if len(house.keys.unwrap(row.wrapped, row.id)) != 32] == []
