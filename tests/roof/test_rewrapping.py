"""Data keys are wrapped under a new key fast, in short holds, and whoever was killed on the way goes on (goal G34)."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from sqlalchemy import column, func, insert, select, table

from portal.kernel import clock
from portal.kernel.db import WRITING
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.rotation import make, rotate
from portal.kernel.rotation.rewrapping import rewrap, waiting
from portal.kernel.sealing import DataKey, Holder
from portal.kernel.unit import Actor
from tests.browsing import ROOT
from tests.prove.sizes import size

OPERATOR = Actor("operator", name="command-line")


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


def _wait_until_begun(house: House, many: int, process: "subprocess.Popen[bytes]") -> None:
    while sum(waiting(house, "seal").values()) == many and process.poll() is None:
        time.sleep(0.01)


def _wait_until_nothing_is_under_way(house: House, engine_name: str) -> None:
    """PostgreSQL ends the statement of a client that was killed, and may still commit it."""
    sessions = table("pg_stat_activity", column("datname"), column("pid"), column("state"))
    others = (sessions.c.datname == func.current_database()) & (sessions.c.pid != func.pg_backend_pid())
    under_way = select(func.count()).select_from(sessions).where(others, sessions.c.state != "idle")
    while engine_name == "postgresql":
        with house.reading() as unit:
            if not unit.connection.execute(under_way).scalar_one():
                return
        time.sleep(0.01)


@pytest.mark.alone
def test_goal_34_rewrapping_is_fast_in_short_holds_and_goes_on_after_a_kill(
    house: House, figure: Callable[..., float], engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = size(test=20_000, prove=1_000_000)
    _many_data_keys(house, many)
    _rotated(house)
    house.gate.holds.clear()
    began = time.monotonic()
    assert rewrap(house, OPERATOR, "seal") == many
    took = time.monotonic() - began
    figure(f"seconds to re-wrap {many:,} data keys, {engine_name}", took, 60 * many / 1_000_000, "s", "lower")
    holds = sorted(house.gate.holds)
    if holds:
        figure(f"gate held while re-wrapping, p99, {engine_name}", 1000 * holds[int(len(holds) * 0.99)], 5, "ms", "lower")
    _rotated(house)
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)
    command = [sys.executable, "-m", "portal.cli", "keys", "rewrap"]
    first = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_until_begun(house, many, first)
    first.kill()
    first.wait()
    _wait_until_nothing_is_under_way(house, engine_name)
    left = sum(waiting(house, "seal").values())
    assert 0 < left < many, "it was not killed in the midst"
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert again.stdout.startswith(f"{left:,} data keys brought under the primary key of seal.")
    assert waiting(house, "seal") == {}
    with house.reading() as unit:
        rows = unit.connection.execute(select(DataKey.id, DataKey.wrapped).limit(1000)).all()
        assert {house.keys.unwrap(row.wrapped, row.id) for row in rows} >= {bytes(32)}
