"""Errors that say that the database is not to be had at this moment, from either driver."""

import sqlite3
import sys
from typing import Any

from sqlalchemy.exc import DBAPIError

_LOCKED = ("database is locked", "database is full", "disk is full", "readonly", "disk I/O error", "unable to open")


def database_errors() -> tuple[type[Exception], ...]:
    """SQLAlchemy's, or the driver's own where a statement goes to it directly (see prepared.py, connections.py)."""
    server = _driver_of_server()
    return (DBAPIError, sqlite3.Error) if server is None else (DBAPIError, sqlite3.Error, server.Error)


def _driver_of_server() -> Any:
    # Loaded by whoever talks to PostgreSQL, and by nobody else: 8 MiB a process.
    return sys.modules.get("psycopg")


def is_away(error: BaseException | None) -> bool:
    """Whether the database is locked, full, read-only or gone: 503 for the caller, and nothing was done."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or is_away(error.orig)
    text, server = str(error), _driver_of_server()
    if any(word in text for word in _LOCKED) or (server is not None and isinstance(error, server.OperationalError)):
        return True
    state = getattr(error, "sqlstate", None) or ""
    # PostgreSQL: 08 connection, 53 resources, 55P03 lock not available, 57 operator, 25006 read only, 40 retry.
    return state.startswith(("08", "53", "57", "40")) or state in ("55P03", "25006", "58030")
