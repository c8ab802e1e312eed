"""Connections to PostgreSQL, lent for one transaction each (portal/kernel/connections.py).

They may have died since they were used last: their BEGIN finds that out before anything was asked, and another one takes
the place.
"""

import threading
from typing import Any

import psycopg
from psycopg.pq import ExecStatus
from sqlalchemy.engine import Connection, Engine

from portal.kernel.connections import Kept, driver_of
from portal.kernel.db import READING, WRITING
from portal.kernel.errors import Busy

_BEGIN = {
    READING: b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    WRITING: b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
}
_MOST = 40
"""Connections of one process to PostgreSQL, each of which is a process there."""
_PATIENCE = 10.0
"""Seconds for which somebody waits until one of them is free."""


class KeptOfServer(Kept):
    """PostgreSQL: no more than its server has room for, and none that the server has given up."""

    def __init__(self, engine: Engine, most: int = _MOST, patience: float = _PATIENCE) -> None:
        super().__init__(engine)
        self._places = threading.BoundedSemaphore(most)
        self._patience = patience

    def begun(self, mode: str) -> Connection:
        if not self._places.acquire(timeout=self._patience):
            raise Busy("busy", "The house is busy. Try again in a moment.")
        try:
            return self._begun_again(mode) or self._begun_new(mode)
        except BaseException:
            self._places.release()
            raise

    def _begun_again(self, mode: str) -> Connection | None:
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            try:
                _tell(driver_of(connection), _BEGIN[mode])
            except psycopg.OperationalError:
                connection.close()
            else:
                return connection
        return None

    def _begun_new(self, mode: str) -> Connection:
        connection = self._engine.connect()
        try:
            # Kept by us alone, and begun in words: the pool neither counts nor resets it.
            connection.detach()
            driver = driver_of(connection)
            driver.autocommit = True
            _tell(driver, _BEGIN[mode])
        except BaseException:
            connection.close()
            raise
        return connection

    def end(self, connection: Connection, *, commits: bool) -> None:
        if connection.in_transaction():
            super().end(connection, commits=commits)
        else:
            _tell(driver_of(connection), b"COMMIT" if commits else b"ROLLBACK")

    def give_back(self, connection: Connection, mode: str, *, sound: bool) -> None:
        try:
            super().give_back(connection, mode, sound=sound)
        finally:
            self._places.release()


def _tell(driver: "psycopg.Connection[Any]", words: bytes) -> None:
    """A word of two to the server, without the driver's way of a statement: each request says some of them."""
    result = driver.pgconn.exec_(words)
    if driver.closed:
        raise psycopg.OperationalError("the server ended the connection")
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)
    if words == b"COMMIT" and result.command_status != b"COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("what failed within it was rolled back")
