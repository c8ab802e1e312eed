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

    @contextmanager
    def lent(self, mode: str) -> Iterator[Connection]:
        connection = self._take()
        driver: Any = connection.connection.dbapi_connection
        try:
            driver.execute(_BEGIN[mode])
            try:
                yield connection
            except BaseException:
                _end(connection, driver, commits=False)
                raise
            _end(connection, driver, commits=mode == WRITING)
        except BaseException:
            # Whatever it was, the next unit gets a connection of which everything is known.
            connection.close()
            raise
        self._idle.append(connection)

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


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
