"""Connections of the house, lent for one transaction each.

SQLAlchemy makes, wraps and resets a Connection each time one is taken from the pool: more work than a short read itself.
They are therefore kept whole and only begun and ended. PostgreSQL's may have died since they were used last: its BEGIN
finds that out before anything was asked, and another one takes its place.
"""

import threading
from typing import Any, Protocol

import psycopg
from psycopg.pq import ExecStatus
from sqlalchemy.engine import Connection, Engine

from portal.kernel.db import READING, WRITING
from portal.kernel.errors import Busy

_BEGIN = {READING: "BEGIN", WRITING: "BEGIN IMMEDIATE"}
_BEGIN_SERVER = {
    READING: b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    WRITING: b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
}
_MOST = 40
"""Connections of one process to PostgreSQL, each of which is a process there."""
_PATIENCE = 10.0
"""Seconds for which somebody waits until one of them is free."""


class Lender(Protocol):
    """Lends a connection in a transaction of a mode: a writing one is committed at the end of the block."""

    def lent(self, mode: str) -> Any:
        """A context manager that gives the connection; an error rolls back."""

    def close(self) -> None:
        """Closes what is kept."""


def lender(engine: Engine) -> Lender:
    """The lender of an engine's kind."""
    return _Kept(engine) if engine.dialect.name == "sqlite" else _KeptOfServer(engine)


class _Kept:
    """Idle connections, the one used last on top, because it has its pages at hand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def lent(self, mode: str) -> "_Loan":
        return _Loan(self, mode)

    def begun(self, mode: str) -> Connection:
        """A connection in a new transaction."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            _driver(connection).execute(_BEGIN[mode])
        except BaseException:
            connection.close()
            raise
        return connection

    def give_back(self, connection: Connection, *, sound: bool) -> None:
        """For the next loan; one of which not everything is known is closed."""
        if sound:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _KeptOfServer(_Kept):
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
                _tell(_driver(connection), _BEGIN_SERVER[mode])
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
            driver = _driver(connection)
            driver.autocommit = True
            _tell(driver, _BEGIN_SERVER[mode])
        except BaseException:
            connection.close()
            raise
        return connection

    def give_back(self, connection: Connection, *, sound: bool) -> None:
        try:
            super().give_back(connection, sound=sound)
        finally:
            self._places.release()


class _Loan:
    """One transaction on a kept connection. A class of its own: it is entered several times a request."""

    __slots__ = ("_connection", "_kept", "_mode")

    def __init__(self, kept: _Kept, mode: str) -> None:
        self._kept = kept
        self._mode = mode

    def __enter__(self) -> Connection:
        self._connection = connection = self._kept.begun(self._mode)
        return connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            _end(self._connection, commits=kind is None and self._mode == WRITING)
        except BaseException:
            kind = BaseException
            raise
        finally:
            # Whatever went wrong, the next unit gets a connection of which everything is known.
            self._kept.give_back(self._connection, sound=kind is None)


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _end(connection: Connection, *, commits: bool) -> None:
    # SQLAlchemy has a transaction of its own as soon as something went through it, and must be the one to end it.
    ending: Any = connection
    if not connection.in_transaction():
        ending = _driver(connection)
        if isinstance(ending, psycopg.Connection):
            return _tell(ending, b"COMMIT" if commits else b"ROLLBACK")
    if commits:
        ending.commit()
    else:
        ending.rollback()


def _tell(driver: "psycopg.Connection[Any]", words: bytes) -> None:
    """A word of two to the server, without the driver's way of a statement: each request says some of them."""
    result = driver.pgconn.exec_(words)
    if driver.closed:
        raise psycopg.OperationalError("the server ended the connection")
    if result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)
    if words == b"COMMIT" and result.command_status != b"COMMIT":
        raise psycopg.errors.InFailedSqlTransaction("what failed within it was rolled back")
