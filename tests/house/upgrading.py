"""A database of the last release with a few rows in every table, and an upgrade that is killed at a chosen statement."""

import hashlib
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import command

from portal.kernel.db import WRITING, isolation, open_engine
from portal.kernel.migrate import config_for, upgrade

LAST_RELEASE = "0001"
_ROWS = 3
_FOR_EACH = frozenset({"read_claims"})
"""Tables of which the upgrade keeps a row for each of what it counts apart from there on, where it had one for all."""


def of_last_release(engine: sa.Engine) -> sa.MetaData:
    """Makes the last release's tables in an empty database, with rows in each; gives how they are."""
    command.upgrade(config_for(engine), LAST_RELEASE)
    tables = tables_of(engine)
    _fill(engine, tables)
    return tables


def tables_of(engine: sa.Engine) -> sa.MetaData:
    """The tables as the database has them."""
    found = sa.MetaData()
    with unhurried(engine) as connection:
        found.reflect(connection)
    return found


@contextmanager
def unhurried(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that may take its time between two questions: beside other work, to describe all tables takes longer than
    a transaction may be idle."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.DDL("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield connection


def _fill(engine: sa.Engine, tables: sa.MetaData) -> None:
    allowed = {table.name: dict(_allowed(engine, table.name)) for table in tables.sorted_tables}
    with engine.connect().execution_options(**isolation(engine, WRITING)) as connection, connection.begin():
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                rows = [{c.name: _value(c, allowed[table.name], turn) for c in table.columns} for turn in range(_ROWS)]
                connection.execute(table.insert(), rows)


def _allowed(engine: sa.Engine, table: str) -> Iterator[tuple[str, str]]:
    """For each column that may say only certain words, the first of them."""
    for check in sa.inspect(engine).get_check_constraints(table):
        words = re.findall(r"'(\w+)'", check["sqltext"])
        name = re.search(r"\w+", check["sqltext"])
        if words and name:
            yield name[0], words[0]


def _value(column: sa.Column[Any], allowed: dict[str, str], turn: int) -> Any:
    """A value of the column's kind; the same for whatever refers to it, since keys are made alike everywhere."""
    if column.name in allowed:
        return allowed[column.name]
    # A row refers to the one of its own turn; one that may refer to its own table, or to a later one, to nothing.
    if column.nullable:
        return None
    if column.foreign_keys:
        return _value(next(iter(column.foreign_keys)).column, {}, turn)
    kind = column.type
    if isinstance(kind, sa.LargeBinary):
        return hashlib.sha256(f"{column.table.name}.{column.name}.{turn}".encode()).digest()[: kind.length or 32]
    if isinstance(kind, sa.Boolean):
        return turn == 0
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 3, 1 + turn, tzinfo=UTC)
    if isinstance(kind, sa.Integer):
        return turn + 1
    if isinstance(kind, sa.JSON):
        return [turn]
    return f"{column.name}{turn}"[: getattr(kind, "length", None) or 40]


def content(engine: sa.Engine, tables: sa.MetaData) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of these tables, in the columns that they had."""
    with unhurried(engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(_rows_of(table))), key=repr)
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def _rows_of(table: sa.Table) -> sa.Select[Any]:
    rows = sa.select(table)
    return rows.distinct() if table.name in _FOR_EACH else rows


def shape(engine: sa.Engine) -> dict[str, list[str]]:
    """The tables and their columns."""
    return {table.name: sorted(table.columns.keys()) for table in tables_of(engine).sorted_tables}


def killed_upgrade(url: str, at: int) -> bool:
    """Upgrades in a process that is killed before its statement ``at``, COMMIT counted too.

    False where there are not so many: then all of it was done.
    """
    child = os.fork()
    if child == 0:
        _upgrade_and_die(url, at)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the upgrade failed by itself"
    return os.WIFSIGNALED(status)


def _upgrade_and_die(url: str, at: int) -> None:
    done = 0

    def before(*_: object) -> None:
        nonlocal done
        if done == at:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1

    code = 1
    try:
        engine = open_engine(url)
        sa.event.listen(engine, "before_cursor_execute", before)
        sa.event.listen(engine, "commit", before)
        upgrade(engine)
        code = 0
    finally:
        os._exit(code)
