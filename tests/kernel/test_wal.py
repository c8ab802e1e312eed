"""SQLite's write-ahead log stays small, and whoever reads an old state makes nobody wait."""

import os
import sqlite3
import threading
import time

import pytest
from sqlalchemy import func, select

from portal.kernel import wal
from portal.kernel.house import House
from portal.kernel.jobs import Job
from portal.kernel.unit import SYSTEM
from portal.kernel.wal import EVERY
from tests.kernel import claiming


def _change(house: House) -> None:
    with house.writing(SYSTEM) as unit:
        unit.enqueue(claiming.KIND, {"note": "x" * 2000})


def _size(house: House) -> int:
    return os.path.getsize(f"{house.engine.url.database}-wal")


def test_the_log_is_written_over_and_grows_no_more(house: House) -> None:
    if not house.is_sqlite:
        return house.tidy()
    for _ in range(EVERY):
        _change(house)
    once = _size(house)
    for _ in range(3 * EVERY):
        _change(house)
    assert _size(house) <= 2 * once


def test_a_long_look_at_an_old_state_makes_nobody_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    if not house.is_sqlite:
        return house.tidy()
    tries = []
    move = wal.Wal._move
    monkeypatch.setattr(wal.Wal, "_move", lambda self: tries.append(time.monotonic()) or move(self))
    other = sqlite3.connect(str(house.engine.url.database), isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM jobs").fetchone()
    for _ in range(8 * EVERY):
        _change(house)
    assert 2 <= len(tries) <= 4, "it is tried ever less often"
    other.execute("ROLLBACK")
    assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    other.close()
    grown = _size(house)
    for _ in range(16 * EVERY):
        _change(house)
    assert _size(house) <= max(grown, 64 << 20) + (16 << 20), "once nobody looks any more, it is moved again"


def test_nothing_is_lost_while_the_log_is_moved_under_readers_and_writers(house: House) -> None:
    stop = threading.Event()
    counts: list[int] = []

    def read() -> None:
        seen = 0
        while not stop.is_set():
            with house.reading() as unit:
                now = unit.connection.execute(select(func.count()).select_from(Job)).scalar_one()
            assert now >= seen
            seen = now
        counts.append(seen)

    readers = [threading.Thread(target=read) for _ in range(3)]
    writers = [threading.Thread(target=lambda: [_change(house) for _ in range(EVERY)]) for _ in range(3)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    with house.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(Job)).scalar_one() == 3 * EVERY
    assert len(counts) == 3
