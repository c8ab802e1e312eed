"""SQLite's write-ahead log, kept small and written over again and again.

SQLite would move its log into the main file by itself, but within a commit, with the gate held. Here that is done beside:
first as far as it goes without making anybody wait (PASSIVE), then what came meanwhile, with the gate held for a moment
(RESTART). The next commit writes from the file's beginning again, and a file that is written over is made durable in
half the time of one that grows. Whoever reads an old state for long puts that off and stops nobody.

The log is a part of the database. Where somebody removed or replaced it under us, what is committed goes into a file that
nobody will ever open: then the house stops at once, and says so.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import MutableMapping
from typing import Any, Never

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from portal.kernel.connections import Lender
from portal.kernel.errors import Busy
from portal.kernel.gate import Gate

log = logging.getLogger(__name__)

EVERY = 256
"""Commits of this process from one move to the next: some 16 MiB of pages."""
_LONGEST = 64 * EVERY
_PATIENCE = 20
"""Milliseconds that readers of the old log have to end while the gate is held."""


class Wal:
    """Counts commits, and moves the log when there were enough."""

    def __init__(self, engine: Engine, gate: Gate) -> None:
        self._engine = engine
        self._path = f"{engine.url.database}-wal"
        self._gate = gate
        self._moving = threading.Lock()
        self._commits = 0
        self._rest = EVERY

    def committed(self, info: MutableMapping[Any, Any]) -> bool:
        """One commit more, on the connection of ``info``, with the gate held; False if it went into a log that is gone.

        As long as a connection is open, SQLite leaves the log where it is: it is the same file at every commit.
        """
        self._commits += 1
        place = self._place()
        if info.setdefault("wal", place) == place:
            return True
        log.critical(
            "%s was removed or replaced while Freehold had it open. Nothing is read or written any more. Keep a copy of the "
            "folder as it is, end every process of Freehold, start it again, and run `freehold audit verify`.",
            self._path,
        )
        return False

    def _place(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def tidy(self) -> None:
        """Moves the log if it is time. Called without the gate, after whoever waited has gone on."""
        if self._commits < self._rest or not self._moving.acquire(blocking=False):
            return
        try:
            self._commits = 0
            # Somebody reads an old state: to try again at each commit would cost everybody and help nobody.
            self._rest = EVERY if self._move() else min(self._rest * 2, _LONGEST)
        except (Busy, DBAPIError, sqlite3.Error) as error:
            log.warning("the write-ahead log could not be moved: %s", type(error).__name__)
        finally:
            self._moving.release()

    def cut(self) -> bool:
        """Moves the whole log and cuts it to nothing, so that no old page is left in it; False while somebody reads one."""
        connection = self._engine.raw_connection()
        driver: Any = connection.dbapi_connection
        try:
            driver.execute(f"PRAGMA busy_timeout={_PATIENCE}")
            with self._moving, self._gate.entered():
                busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        finally:
            driver.execute("PRAGMA busy_timeout=5000")
            connection.close()

    def _move(self) -> bool:
        connection = self._engine.raw_connection()
        driver: Any = connection.dbapi_connection
        try:
            _, frames, moved = driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if moved < frames:
                return False
            driver.execute(f"PRAGMA busy_timeout={_PATIENCE}")
            with self._gate.entered():
                busy, _, _ = driver.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
            return not busy
        finally:
            driver.execute("PRAGMA busy_timeout=5000")
            connection.close()


class Stopped:
    """Lends nothing any more: a connection made now would begin another log."""

    def __init__(self, lender: Lender) -> None:
        self._lender = lender

    def lent(self, mode: str) -> Never:
        """Busy, for good."""
        raise Busy("unavailable", retry_after=60)

    def close(self) -> None:
        """Closes what was kept; the last one moves what it still has of the log into the database."""
        self._lender.close()
