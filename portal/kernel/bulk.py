"""Many rows with one statement, for the log's hot path.

The sqlite3 driver gives up the interpreter's lock once a row in ``executemany``; while a leader holds the gate, each of
those is a wait behind every busy thread. One INSERT of many rows gives it up once. The statements are SQLAlchemy's own,
compiled once for each power of two and kept. The guard is not told: only the log's tables are written this way.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.engine import Connection, Dialect

_SIZES = (64, 32, 16, 8, 4, 2, 1)


class BulkInsert:
    """Inserts rows of one shape; ``statement`` is an INSERT, with ON CONFLICT where wanted.

    Values are handed to the driver as they are: integers, strings, bytes and None.
    """

    def __init__(self, dialect: Dialect, statement: Any, columns: Sequence[str]) -> None:
        self._dialect = dialect
        self._statement = statement
        self._columns = tuple(columns)
        self._positional = bool(dialect.positional)
        self._compiled: dict[int, tuple[str, list[str]]] = {}

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts all rows, in as few statements as their number's binary digits ask for."""
        start, left = 0, len(rows)
        for size in _SIZES:
            while left >= size:
                self._insert(connection, rows[start : start + size])
                start, left = start + size, left - size

    def _insert(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        string, names = self._prepared(len(rows))
        values = [row[name] for row in rows for name in self._columns]
        given = tuple(values) if self._positional else dict(zip(names, values, strict=True))
        driver: Any = connection.connection.dbapi_connection
        driver.execute(string, given).close()

    def _prepared(self, size: int) -> tuple[str, list[str]]:
        known = self._compiled.get(size)
        if known is None:
            names = [f"{name}_{at}" for at in range(size) for name in self._columns]
            rows: list[dict[str, Any]] = [{name: bindparam(f"{name}_{at}") for name in self._columns} for at in range(size)]
            compiled = self._statement.values(rows).compile(dialect=self._dialect)
            known = self._compiled[size] = (str(compiled), names)
        return known
