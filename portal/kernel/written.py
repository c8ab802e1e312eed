"""What a transaction wrote: the tables, kept with its connection for the guard; what a savepoint took back was not written."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine


def follow_what_is_written(engine: Engine) -> None:
    """From here on each connection's ``info`` has under ``written`` the tables that its transaction has changed."""
    event.listen(engine, "after_cursor_execute", _remember_written)
    event.listen(engine, "savepoint", _remember_place)
    event.listen(engine, "rollback_savepoint", _forget_since)
    event.listen(engine, "release_savepoint", _drop_place)


def _remember_written(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    if context.isinsert or context.isupdate or context.isdelete:
        written = connection.info.get("written")
        if written is not None and _changed_rows(cursor, context):
            written.add(context.compiled.compile_state.dml_table.name)


def _changed_rows(cursor: Any, context: Any) -> bool:
    # A conditional UPDATE that matched nothing wrote nothing. With RETURNING the count comes only once rows are read.
    return cursor.rowcount != 0 or bool(context.compiled.effective_returning)


def _remember_place(connection: Connection, _name: str | None) -> None:
    info = connection.info
    info.setdefault("places", []).append((set(info.get("written", ())), len(info.get("facts", ()))))


def _drop_place(connection: Connection, _name: str, _context: Any) -> None:
    connection.info["places"].pop()


def _forget_since(connection: Connection, _name: str, _context: Any) -> None:
    # What a savepoint took back was not written and did not happen. Savepoints end in the order opposite to their making.
    written, facts = connection.info["places"].pop()
    if "written" in connection.info:
        connection.info["written"].intersection_update(written)
        del connection.info["facts"][facts:]
