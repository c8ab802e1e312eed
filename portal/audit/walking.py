"""Walks over the log's tables on one snapshot: in order and slice by slice, so that memory stays bounded."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, func, or_, select, tuple_, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.sql.sqltypes import NULLTYPE

SLICE = 500


def raw(*columns: Any) -> list[Any]:
    """Columns as the driver gives them: what was made to hold another type must be found, not fail to load."""
    return [type_coerce(column, NULLTYPE).label(column.name) for column in columns]


def raw_table(model: Any) -> list[Any]:
    """All columns of a table, raw."""
    return raw(*model.__table__.columns)


def plain(value: Any) -> Any:
    """Bytes as bytes, whatever the driver calls them."""
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def any_bytes(connection: Connection) -> Iterator[None]:
    """Within the block SQLite reads as text whatever is kept as text, although it be no UTF-8.

    Its columns keep any kind of value. One that was rewritten must be found and told, not end the walk.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    usual, driver.text_factory = driver.text_factory, lambda kept: kept.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = usual


def no_integers(connection: Connection, model: Any, most: int) -> Iterator[tuple[Any, str]]:
    """Where a column of integers holds something else, which only SQLite allows: the key of its row, and its name."""
    if connection.dialect.name != "sqlite":
        return
    table = model.__table__
    columns = [column for column in table.columns if isinstance(column.type, Integer | BigInteger)]
    wrong = [func.typeof(column).not_in(("integer", "null")).label(column.name) for column in columns]
    (key,) = raw(*table.primary_key)
    for row in connection.execute(select(key.label("key_of_row"), *wrong).where(or_(*wrong)).limit(most)):
        yield from ((row.key_of_row, column.name) for column in columns if getattr(row, column.name))


def slices(connection: Connection, statement: Any, *keys: Any) -> Iterator[list[Row[Any]]]:
    """Rows in the order of the keys, which are selected and together unique."""
    last: Any = None
    while True:
        where = statement if last is None else statement.where(tuple_(*keys) > tuple_(*last))
        rows = connection.execute(where.order_by(*keys).limit(SLICE)).all()
        if rows:
            yield list(rows)
        if len(rows) < SLICE:
            return
        last = [getattr(rows[-1], key.name) for key in keys]


def walk(connection: Connection, statement: Any, *keys: Any) -> Iterator[Row[Any]]:
    """The same, row by row."""
    for rows in slices(connection, statement, *keys):
        yield from rows


def without_limits(connection: Connection) -> None:
    """A walk may take minutes, each statement of it milliseconds: PostgreSQL need not end it."""
    if connection.dialect.name == "postgresql":
        for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
            connection.execute(select(func.set_config(name, "0", True)))


class Peek:
    """An ordered stream that is walked beside another."""

    def __init__(self, rows: Iterator[Any], key: str) -> None:
        self._rows, self._key = rows, key
        self._next = next(rows, None)

    def _advance(self) -> Any:
        row, self._next = self._next, next(self._rows, None)
        return row

    def up_to(self, key: int) -> Iterator[Any]:
        """What stands at the key or below it."""
        while self._next is not None and getattr(self._next, self._key) <= key:
            yield self._advance()

    def rest(self) -> Iterator[Any]:
        """All that is left."""
        while self._next is not None:
            yield self._advance()
