"""Runs migrations on both engines, with the care that each needs.

SQLite rebuilds a table to change it. With foreign keys on, dropping the old one silently deletes the rows of its
children; so they are off from before BEGIN, and every reference is checked before the commit.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Engine, func, select

from portal.kernel.db import WRITING, Json, UtcDateTime, isolation
from portal.migrations.tables import all_tables

_ONE_AT_A_TIME = 0x4672_6565


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        render_as_batch=True,
        compare_server_default=True,
        render_item=_written,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _written(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """How a version writes what is ours: by its name in the kernel, so that both engines get their own."""
    if kind == "type" and item is Json:
        return "db.Json"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "db.UtcDateTime"
    return False


def _pragma(connection: Connection, words: str) -> list[Any]:
    # On the driver's own connection: through SQLAlchemy it would begin a transaction, where this pragma is ignored.
    cursor = connection.connection.cursor()
    try:
        return list(cursor.execute(f"PRAGMA {words}") or ())
    finally:
        cursor.close()


def _on_sqlite(connection: Connection) -> None:
    _pragma(connection, "foreign_keys=OFF")
    try:
        with connection.begin():
            _run(connection)
            if broken := _pragma(connection, "foreign_key_check"):
                raise RuntimeError(f"a migration would leave {len(broken)} rows that point nowhere")
    finally:
        _pragma(connection, "foreign_keys=ON")


def _on_postgresql(connection: Connection) -> None:
    with connection.begin():
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(select(func.set_config(limit, "0", True)))
        connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
        _run(connection)


def _main(engine: Engine) -> None:
    with engine.connect().execution_options(**isolation(engine, WRITING)) as connection:
        (_on_sqlite if engine.dialect.name == "sqlite" else _on_postgresql)(connection)


_main(context.config.attributes["engine"])
