"""SQLite's write-ahead log, kept small and written over again and again.

SQLite would move its log into the main file by itself, but within a commit, with the gate held. Here that is done beside:
first as far as it goes without making anybody wait (PASSIVE), then what came meanwhile, with the gate held for a moment
(RESTART). The next commit writes from the file's beginning again, and a file that is written over is made durable in
half the time of one that grows. Whoever reads an old state for long puts that off and stops nobody.
"""

import logging
import sqlite3
import threading
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

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
        self._gate = gate
        self._moving = threading.Lock()
        self._commits = 0
        self._rest = EVERY

    def committed(self) -> None:
        """One commit more; called with the gate held."""
        self._commits += 1

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
