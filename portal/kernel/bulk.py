"""Many rows with one statement, for the log's hot path.

The sqlite3 driver gives up the interpreter's lock once a row in ``executemany``; while a leader holds the gate, each of
those is a wait behind every busy thread. One INSERT of many rows gives it up once: compiled for each number of rows that
a few busy threads have at once, and for two larger ones. PostgreSQL takes a column as one array instead of reading and
planning hundreds of parameters. The statements are SQLAlchemy's own, kept once compiled. The guard is not told: only the
log's tables are written this way, and what a new key of the house goes over, which no fact explains either.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import ARRAY, bindparam, cast, column, func, select, update
from sqlalchemy.engine import Connection, Dialect

T = TypeVar("T")
_SIZES = (64, 32, *range(16, 0, -1))


class BulkInsert:
    """Inserts rows of one shape; ``statement`` is an INSERT, with ON CONFLICT where wanted.

    Values are handed to the driver as they are, integers, strings, bytes and None; with ``returns`` the statement has a
    RETURNING of such values.
    """

    def __init__(self, dialect: Dialect, statement: Any, columns: Sequence[str], *, returns: bool = False) -> None:
        self._dialect = dialect
        self._statement = statement
        self._columns = tuple(columns)
        self._compiled: dict[int, str] = {}
        self._returns = returns

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """Inserts all rows, with one statement or as few as may be; gives what the statement returns, as the driver does."""
        driver: Any = connection.connection.dbapi_connection
        if self._dialect.positional:
            return [given for part in in_parts(rows) for given in self._run(driver, *self._row_by_row(part))]
        arrays = {name: array_of([row[name] for row in rows]) for name in self._columns}
        return self._run(driver, self._arrays, arrays) if rows else []

    @cached_property
    def _arrays(self) -> str:
        return str(_of_arrays(self._statement, self._columns).compile(dialect=self._dialect))

    def _run(self, driver: Any, text: str, values: Any) -> list[tuple[Any, ...]]:
        cursor = driver.execute(text, values)
        return list(cursor.fetchall()) if self._returns else []

    def _row_by_row(self, rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[Any]]:
        return self._of_rows(len(rows)), [row[name] for row in rows for name in self._columns]

    def _of_rows(self, size: int) -> str:
        known = self._compiled.get(size)
        if known is None:
            rows: list[dict[str, Any]] = [{name: bindparam(f"{name}_{at}") for name in self._columns} for at in range(size)]
            known = self._compiled[size] = str(self._statement.values(rows).compile(dialect=self._dialect))
        return known


class BulkUpdate:
    """Changes one column of rows that are named by their key: an UPDATE a row, or one of arrays where the engine has them."""

    def __init__(self, dialect: Dialect, key: Any, changed: Any) -> None:
        if dialect.positional:
            statement = update(key.table).where(key == bindparam("at")).values({changed: bindparam("anew")})
        else:
            arrays = [cast(bindparam(name), ARRAY(kind.type)) for name, kind in (("at", key), ("anew", changed))]
            given = func.unnest(*arrays).table_valued(column("place", key.type), column("value", changed.type)).render_derived()
            statement = update(key.table).where(key == given.c.place).values({changed: given.c.value})
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names = list(compiled.positiontup or ())

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Changes the rows: ``at`` is a row's key, ``anew`` its column's new value."""
        driver: Any = connection.connection.dbapi_connection
        if self._names:
            driver.executemany(self._text, [[row[name] for name in self._names] for row in rows])
        else:
            driver.execute(self._text, {name: array_of([row[name] for row in rows]) for name in ("at", "anew")})


def sent_together(connection: Connection) -> AbstractContextManager[Any]:
    """Within the block PostgreSQL is sent one statement after the other and waited for once, at the end; none gives rows."""
    if connection.dialect.name != "postgresql":
        return nullcontext()
    from psycopg import Pipeline  # loaded by whoever has this engine, and by nobody else

    driver: Any = connection.connection.dbapi_connection
    return driver.pipeline() if Pipeline.is_supported() else nullcontext()


def array_of(values: Sequence[Any]) -> str:
    """The values as PostgreSQL writes an array (manual, section 8.15.2): the driver's own way takes a step per value."""
    return "{" + ",".join(["NULL" if value is None else _WRITTEN[type(value)](value) for value in values]) + "}"


_WRITTEN: dict[type, Callable[[Any], str]] = {
    int: str,
    bytes: lambda value: f'"\\\\x{value.hex()}"',
    str: lambda value: '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"',
}


def in_parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in as few parts as the sizes allow."""
    start, left = 0, len(rows)
    for size in _SIZES:
        while left >= size:
            yield rows[start : start + size]
            start, left = start + size, left - size


def _of_arrays(statement: Any, columns: Sequence[str]) -> Any:
    kinds = {name: statement.table.c[name].type for name in columns}
    arrays = [cast(bindparam(name), ARRAY(kind)) for name, kind in kinds.items()]
    named = [column(name, kind) for name, kind in kinds.items()]
    rows = func.unnest(*arrays).table_valued(*named).render_derived()
    return statement.from_select(columns, select(*rows.c))
