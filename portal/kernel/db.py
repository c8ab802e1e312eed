"""Tables, column types and the two engines.

Each engine is used through two transaction modes: ``writing`` (SQLite: BEGIN IMMEDIATE, behind the gate;
PostgreSQL: READ COMMITTED) and ``reading`` (SQLite: BEGIN on a WAL snapshot; PostgreSQL: REPEATABLE READ READ ONLY).
"""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Engine, Integer, LargeBinary, MetaData, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every model."""

    metadata = MetaData(naming_convention=NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out on both engines; a naive value is refused (SQLite would lose its zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses what has no zone; stores UTC."""
        return None if value is None else _utc(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """SQLite keeps text, which Python writes at once."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Gives aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """SQLite keeps text, and Python's own reader makes an aware time of it at once."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    return None if value is None else _utc(value).isoformat(" ", "microseconds")[:26]


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


Id = LargeBinary(16)
"""A row id: UUIDv7, 16 bytes, made by :func:`portal.kernel.ids.new_id` before INSERT."""
Sealed = LargeBinary
"""A sealed value: see :mod:`portal.kernel.sealing`."""
Number = BigInteger().with_variant(Integer(), "sqlite")
"""A primary key that counts, 64 bits. SQLite then takes it for its own row number and keeps no second tree for it."""
Digest = LargeBinary(32)
"""A SHA-256 or HMAC-SHA256."""
Json: TypeEngine[Any] = JSON().with_variant(JSONB(), "postgresql")
"""JSON, for what nobody searches by."""

BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}
"""For small rows that are looked up by their primary key: SQLite keeps them in its order, one tree instead of two."""

WRITING = "writing"
READING = "reading"


def open_engine(url: str | URL) -> Engine:
    """An engine for SQLite or PostgreSQL with the pragmas and time-outs of the house."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return _open_postgresql(parsed)


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=40,
        # The connection used last has its pages at hand, the same one for a read and for the entry that follows it.
        pool_use_lifo=True,
        max_overflow=-1,
        connect_args={"check_same_thread": False, "timeout": 5, "cached_statements": 512},
        json_serializer=_dump_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text goes to logs; what was bound may be personal
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # Autocommit in the driver: SQLAlchemy's begin event below opens each transaction in its mode.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
        "secure_delete=ON",
        "wal_autocheckpoint=0",  # see wal.py
        "journal_size_limit=67108864",
        "cache_size=-500",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    # A lent connection is in its transaction before SQLAlchemy hears of it (see connections.py).
    if not driver.in_transaction:
        mode = connection.get_execution_options().get("mode", READING)
        driver.execute("BEGIN IMMEDIATE" if mode == WRITING else "BEGIN")


def _open_postgresql(url: URL) -> Engine:
    options = (
        "-c timezone=UTC -c statement_timeout=15000 -c lock_timeout=5000"
        " -c idle_in_transaction_session_timeout=5000 -c synchronous_commit=on"
    )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=20,
        max_overflow=20,
        connect_args={"options": options},
        json_serializer=_dump_json,
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text goes to logs; what was bound may be personal
    )
    event.listen(engine, "handle_error", _without_details)
    return engine


def _without_details(context: ExceptionContext) -> None:
    # PostgreSQL's DETAIL repeats the row it refuses.
    error, told = context.original_exception, context.sqlalchemy_exception
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    if primary and told is not None:
        error.args = (primary,)
        told.args = (f"({type(error).__name__}) {primary}",)


def _dump_json(value: Any) -> str:
    try:
        return orjson.dumps(value, option=_AS_JSON).decode()
    except orjson.JSONEncodeError:
        # Half a character, or a number of more than 64 bits.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


_AS_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def isolation(engine: Engine, mode: str) -> dict[str, Any]:
    """Execution options that put a connection of ``engine`` into ``mode``."""
    if engine.dialect.name == "sqlite":
        return {"mode": mode}
    if mode == WRITING:
        return {"mode": mode, "isolation_level": "READ COMMITTED"}
    return {"mode": mode, "isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def dialect_insert(dialect: str, model: type[Base]) -> Any:
    """An INSERT that knows ON CONFLICT, which both engines spell alike."""
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)
