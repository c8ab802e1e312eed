"""Ways in which the log cannot be written: planted in a database from outside, and taken away again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
from sqlalchemy import event

from portal.kernel.house import House

Fault = Callable[[House], AbstractContextManager[None]]


def _outside(house: House) -> Any:
    """A connection of another program's."""
    if house.is_sqlite:
        return sqlite3.connect(str(house.engine.url.database), isolation_level=None, timeout=20)
    url = house.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True)


def refusing(table: str, when: str = "INSERT") -> Fault:
    """A trigger that lets nothing into a table."""

    @contextmanager
    def planted(house: House) -> Iterator[None]:
        other = _outside(house)
        if house.is_sqlite:
            other.execute(f"CREATE TRIGGER fault BEFORE {when} ON {table} BEGIN SELECT RAISE(ABORT, 'planted'); END")
        else:
            body = "BEGIN RAISE EXCEPTION 'planted'; END"
            other.execute(f"CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
            other.execute(f"CREATE TRIGGER fault BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION fault()")
        try:
            yield
        finally:
            other.execute("DROP TRIGGER fault" + ("" if house.is_sqlite else f" ON {table}"))
            if not house.is_sqlite:
                other.execute("DROP FUNCTION fault")
            other.close()

    return planted


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Another program holds the database and does not let go."""
    other = _outside(house)
    other.execute("BEGIN IMMEDIATE" if house.is_sqlite else "BEGIN")
    if not house.is_sqlite:
        other.execute("LOCK TABLE log_state IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def _every_connection(house: House, on: str, off: str) -> Iterator[None]:
    """A statement on each connection that the house makes from now on; those it keeps are closed."""

    def plant(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.cursor().execute(on)

    def unplant(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.cursor().execute(off)

    house.close()
    event.listen(house.engine, "checkout", plant)
    try:
        yield
    finally:
        event.remove(house.engine, "checkout", plant)
        event.listen(house.engine, "checkout", unplant)
        house.close()


@contextmanager
def _failing_as(house: House, state: str) -> Iterator[None]:
    """PostgreSQL's own code for a trouble that cannot be made on purpose in a test."""
    other = _outside(house)
    body = f"BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{state}'; END"
    other.execute(f"CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    other.execute("CREATE TRIGGER fault BEFORE INSERT ON log_entries FOR EACH ROW EXECUTE FUNCTION fault()")
    try:
        yield
    finally:
        other.execute("DROP TRIGGER fault ON log_entries")
        other.execute("DROP FUNCTION fault")
        other.close()


@contextmanager
def read_only(house: House) -> Iterator[None]:
    """The database can be read and not written."""
    if house.is_sqlite:
        planted = _every_connection(house, "PRAGMA query_only=ON", "PRAGMA query_only=OFF")
    else:
        planted = _failing_as(house, "25006")
    with planted:
        yield


@contextmanager
def full(house: House) -> Iterator[None]:
    """No page more fits."""
    if house.is_sqlite:
        other = _outside(house)
        pages = other.execute("PRAGMA page_count").fetchone()[0]
        other.close()
        planted = _every_connection(house, f"PRAGMA max_page_count={pages}", "PRAGMA max_page_count=1073741823")
    else:
        planted = _failing_as(house, "53100")
    with planted:
        yield


FAULTS: dict[str, Fault] = {
    **{f"nothing enters {table}": refusing(table) for table in ("log_entries", "log_personal", "log_roots")},
    "the state cannot move": refusing("log_state", "UPDATE"),
    "locked": locked,
    "read-only": read_only,
    "full": full,
}
