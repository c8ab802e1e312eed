"""Somebody who can write to the database and is not the portal."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from portal.kernel.house import House


@contextmanager
def _outside(house: House) -> Iterator[Any]:
    if house.is_sqlite:
        other: Any = sqlite3.connect(str(house.engine.url.database), isolation_level=None, timeout=20)
    else:
        url = house.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        other = psycopg.connect(url, autocommit=True)
    try:
        yield other
    finally:
        other.close()


def _mark(house: House) -> str:
    return "?" if house.is_sqlite else "%s"


def size_of_the_log(house: House) -> int:
    """How many entries are stored for good at this moment, whoever asks."""
    with _outside(house) as other:
        return int(other.execute("SELECT count(*) FROM log_entries").fetchone()[0])


@contextmanager
def change_an_entry(house: House, index: int) -> Iterator[None]:
    """One letter of one entry is another one."""
    where = f"WHERE idx = {_mark(house)}"
    with _outside(house) as other:
        body = bytes(other.execute(f"SELECT body FROM log_entries {where}", (index,)).fetchone()[0])
        at = body.index(b'"event":"') + len(b'"event":"')
        changed = body[:at] + (b"x" if body[at : at + 1] != b"x" else b"y") + body[at + 1 :]
        other.execute(f"UPDATE log_entries SET body = {_mark(house)} {where}", (changed, index))
        try:
            yield
        finally:
            other.execute(f"UPDATE log_entries SET body = {_mark(house)} {where}", (body, index))


@contextmanager
def take_the_last_entry_out(house: House) -> Iterator[None]:
    """The newest entry is gone."""
    with _outside(house) as other:
        last = other.execute("SELECT * FROM log_entries ORDER BY idx DESC LIMIT 1").fetchone()
        other.execute("DELETE FROM log_entries WHERE idx = (SELECT max(idx) FROM log_entries)")
        try:
            yield
        finally:
            marks = ", ".join([_mark(house)] * len(last))
            other.execute(f"INSERT INTO log_entries VALUES ({marks})", last)
