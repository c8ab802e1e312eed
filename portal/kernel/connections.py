"""Connections of the house, lent for one transaction each.

SQLAlchemy makes, wraps and resets a Connection each time one is taken from the pool: more work than a short read itself.
SQLite's are therefore kept whole and only begun and ended. PostgreSQL's go back to the pool, which asks each of them
first whether its server is still there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy.engine import Connection, Engine

from portal.kernel.db import READING, WRITING, isolation

_BEGIN = {READING: "BEGIN", WRITING: "BEGIN IMMEDIATE"}


class Lender(Protocol):
    """Lends a connection in a transaction of a mode: a writing one is committed at the end of the block."""

    def lent(self, mode: str) -> Any:
        """A context manager that gives the connection; an error rolls back."""

    def close(self) -> None:
        """Closes what is kept."""


def lender(engine: Engine) -> Lender:
    """The lender of an engine's kind."""
    return _Kept(engine) if engine.dialect.name == "sqlite" else _Pooled(engine)


class _Kept:
    """SQLite: idle connections, the one used last on top, because it has its pages at hand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def lent(self, mode: str) -> "_Loan":
        return _Loan(self, mode)

    def take(self) -> Connection:
        """An idle connection, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def give_back(self, connection: Connection) -> None:
        """For the next loan."""
        self._idle.append(connection)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Loan:
    """One transaction on a kept connection. A class of its own: it is entered several times a request."""

    __slots__ = ("_connection", "_driver", "_kept", "_mode")

    def __init__(self, kept: _Kept, mode: str) -> None:
        self._kept = kept
        self._mode = mode

    def __enter__(self) -> Connection:
        self._connection = connection = self._kept.take()
        driver: Any = connection.connection.dbapi_connection
        self._driver = driver
        try:
            driver.execute(_BEGIN[self._mode])
        except BaseException:
            connection.close()
            raise
        return connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            _end(self._connection, self._driver, commits=kind is None and self._mode == WRITING)
        except BaseException:
            kind = BaseException
            raise
        finally:
            # Whatever went wrong, the next unit gets a connection of which everything is known.
            if kind is None:
                self._kept.give_back(self._connection)
            else:
                self._connection.close()


def _end(connection: Connection, driver: Any, *, commits: bool) -> None:
    # SQLAlchemy has a transaction of its own as soon as something went through it, and must be the one to end it.
    ending = connection if connection.in_transaction() else driver
    if commits:
        ending.commit()
    else:
        ending.rollback()


class _Pooled:
    """PostgreSQL: one from the pool each time."""

    def __init__(self, engine: Engine) -> None:
        self._engines = {mode: engine.execution_options(**isolation(engine, mode)) for mode in (READING, WRITING)}

    @contextmanager
    def lent(self, mode: str) -> Iterator[Connection]:
        with self._engines[mode].connect() as connection, connection.begin() as transaction:
            yield connection
            if mode == READING:
                transaction.rollback()

    def close(self) -> None:
        """Nothing is kept."""
