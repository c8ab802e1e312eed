"""The worker: facts reach the log, jobs are done, and it ends when told to or left alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select

from portal.accounts import service
from portal.app import create_app
from portal.audit.models import LogEntry
from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from portal.kernel.unit import STRANGER
from portal.oauth.models import Token
from tests import people
from tests.oauth.cast import own_token, program
from tests.processes import ROOT, Started, begin

_FORGETFUL_PARENT = """
import subprocess, sys, os
child = subprocess.Popen([sys.executable, "-m", "portal.worker"], env={**os.environ, "FREEHOLD_PARENT": str(os.getpid())})
print(child.pid, flush=True)
sys.stdin.readline()
os._exit(9)
"""


def _environment(house: House) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")},
        "FREEHOLD_INSTANCE": str(house.settings.instance),
        "FREEHOLD_DATABASE_URL": house.settings.database_url,
    }


def _until(what: Callable[[], object], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def worker(house: House) -> Iterator[Started]:
    """A worker of the house, in a process of its own."""
    process = begin("portal.worker", environment=_environment(house), out=house.settings.instance / "worker.log")
    yield process
    process.kill()
    process.wait()


def _count(house: House, column: object) -> int:
    with house.reading() as unit:
        return unit.connection.execute(select(func.count(column))).scalar_one()  # type: ignore[arg-type]


def test_facts_reach_the_log_and_mails_leave_without_anybody_waiting(house: House, worker: Started) -> None:
    with house.writing(STRANGER) as unit:
        service.register(unit, email="ana@example.org", password_hash=people.hashed(people.PASSWORD))
    assert _until(lambda: people.mails(house, "ana@example.org"))
    assert _until(lambda: _count(house, QueuedFact.id) == 0)
    assert _count(house, LogEntry.idx) == 1


def test_what_is_dead_is_swept_without_anybody_asking(house: House) -> None:
    with clock.moved(timedelta(hours=-3)):
        own_token(create_app(house).test_client(), program(house))
    assert _count(house, Token.id) == 1
    process = begin("portal.worker", environment=_environment(house), out=house.settings.instance / "worker.log")
    try:
        assert _until(lambda: _count(house, Token.id) == 0)
    finally:
        process.kill()
        process.wait()


def test_told_to_end_it_ends_with_nothing_left_in_the_queue(house: House, worker: Started) -> None:
    people.register(house, "ana@example.org")
    assert _until(lambda: people.mails(house)), "it never began"
    with house.writing(STRANGER) as unit:
        service.send_reset(unit, email="ana@example.org")
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait(20) == 0
    assert _count(house, QueuedFact.id) == 0


def test_it_does_not_outlive_the_process_that_started_it(house: House) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _FORGETFUL_PARENT],
        cwd=ROOT,
        env=_environment(house),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    people.register(house, "ana@example.org")
    assert _until(lambda: people.mails(house)), "it never began"
    parent.communicate(b"\n", timeout=20)
    assert _until(lambda: not _runs(child))


def _hold(house: House) -> Any:
    """A connection beside which nobody reads what keys the database knows."""
    house.close()
    other = sa.create_engine(house.engine.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).raw_connection()
    cursor = other.cursor()
    if house.is_sqlite:
        cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
        cursor.execute("BEGIN IMMEDIATE")
    else:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE key_checks IN ACCESS EXCLUSIVE MODE")
    return other


def test_a_worker_that_is_up_before_its_database_waits_for_it(house: House, tmp_path: Path) -> None:
    people.register(house, "ana@example.org")
    holder = _hold(house)
    log = tmp_path / "log"
    process = begin("portal.worker", environment=_environment(house), out=log)
    try:
        assert _until(lambda: "waits for the database" in log.read_text(), 60)
        assert people.mails(house) == []
        holder.close()
        assert _until(lambda: people.mails(house, "ana@example.org"), 60)
    finally:
        process.kill()
        process.wait()


def _runs(pid: int) -> bool:
    try:
        # A zombie has ended; only its entry waits for whoever inherits it.
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
