"""Connections of the house, lent for one transaction each.

SQLAlchemy makes, wraps and resets a Connection each time one is taken from the pool: more work than a short read itself.
They are therefore kept whole and only begun and ended.
"""

from contextlib import suppress
from typing import Any, Protocol

from sqlalchemy.engine import Connection, Engine

from portal.kernel.db import READING, WRITING

_MUCH = 250
"""Rows changed by a transaction that is no short one: fifty orders are more than three hundred."""
_AT_HAND = 4000
"""KiB of pages that the one SQLite connection keeps on which much is written; the others have an eighth of it each."""
_BEGIN = {READING: "BEGIN", WRITING: "BEGIN IMMEDIATE"}


class Lender(Protocol):
    """Lends a connection in a transaction of a mode: a writing one is committed at the end of the block."""

    def lent(self, mode: str) -> Any:
        """A context manager that gives the connection; an error rolls back."""

    def close(self) -> None:
        """Closes what is kept."""


def lender(engine: Engine) -> Lender:
    """The lender of an engine's kind."""
    if engine.dialect.name == "sqlite":
        return KeptOfFile(engine)
    # Whoever has SQLite does not load the other driver: 8 MiB a process.
    from portal.kernel.server_connections import KeptOfServer

    return KeptOfServer(engine)


class Kept:
    """Idle connections, the one used last on top, because it has its pages at hand."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def lent(self, mode: str) -> "_Loan":
        return _Loan(self, mode)

    def begun(self, mode: str) -> Connection:
        """A connection in a new transaction."""
        raise NotImplementedError

    def end(self, connection: Connection, *, commits: bool) -> None:
        """Ends the transaction of a loan."""
        # SQLAlchemy has a transaction of its own as soon as something went through it, and must be the one to end it.
        ending = connection if connection.in_transaction() else driver_of(connection)
        if commits:
            ending.commit()
        else:
            ending.rollback()

    def give_back(self, connection: Connection, mode: str, *, sound: bool) -> None:
        """For the next loan; one of which not everything is known is closed."""
        if sound:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class KeptOfFile(Kept):
    """SQLite: whoever writes does so on the connection that wrote last.

    The pages that a connection has at hand are of no use to it once another one wrote. Short units read and write in turn,
    and do both on the connection used last. One that wrote much is kept apart for whoever writes next, who may write as
    much: a reader on it would leave the writer another one, with no page at hand.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._apart: list[Connection] = []
        # The one that keeps many pages: no other does, however many write much.
        self._large: Connection | None = None

    def begun(self, mode: str) -> Connection:
        connection = self._taken(mode) or self._engine.connect()
        try:
            driver = driver_of(connection)
            driver.execute(_BEGIN[mode])
            if mode == WRITING:
                # What was rolled back is counted, too.
                connection.info["changes"] = driver.total_changes
        except BaseException:
            self._give_up(connection)
            raise
        return connection

    def _taken(self, mode: str) -> Connection | None:
        # Others take from the same lists meanwhile: what is not there any more, somebody has.
        with suppress(IndexError):
            return self._apart.pop() if mode == WRITING else self._idle.pop()
        if self._large is not None and mode == WRITING:
            with suppress(ValueError):
                self._idle.remove(self._large)
                return self._large
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def give_back(self, connection: Connection, mode: str, *, sound: bool) -> None:
        if not sound:
            self._give_up(connection)
        elif mode == WRITING and self._wrote_much(connection):
            self._apart.append(connection)
        else:
            self._idle.append(connection)

    def _wrote_much(self, connection: Connection) -> bool:
        driver = driver_of(connection)
        if driver.total_changes - connection.info["changes"] < _MUCH:
            return False
        if self._large is None:
            self._large = connection
            driver.execute(f"PRAGMA cache_size=-{_AT_HAND}").close()
        return self._large is connection

    def _give_up(self, connection: Connection) -> None:
        if self._large is connection:
            self._large = None
            # The pool would hand it out again, with all its pages, to whoever comes next.
            connection.invalidate()
        connection.close()

    def close(self) -> None:
        super().close()
        while self._apart:
            self._apart.pop().close()


class _Loan:
    """One transaction on a kept connection. A class of its own: it is entered several times a request."""

    __slots__ = ("_connection", "_kept", "_mode")

    def __init__(self, kept: Kept, mode: str) -> None:
        self._kept = kept
        self._mode = mode

    def __enter__(self) -> Connection:
        self._connection = connection = self._kept.begun(self._mode)
        return connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._kept.end(self._connection, commits=kind is None and self._mode == WRITING)
        except BaseException:
            kind = BaseException
            raise
        finally:
            # Whatever went wrong, the next unit gets a connection of which everything is known.
            self._kept.give_back(self._connection, self._mode, sound=kind is None)


def driver_of(connection: Connection) -> Any:
    """The driver's own connection below."""
    return connection.connection.dbapi_connection
