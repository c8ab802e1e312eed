"""An instance as an earlier release left it, loaded into either engine. How it was made: releases/README.md beside this."""

import json
import lzma
import shutil
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from flask import Flask

from portal.demo.cast import COMPANIES
from portal.demo.vendor import Program
from portal.kernel import clock
from portal.kernel.db import WRITING, isolation, open_engine
from portal.kernel.house import House
from portal.kernel.ids import id_from
from portal.kernel.migrate import config_for
from portal.worker import make_up
from tests import people
from tests.databases import Databases
from tests.house.upgrading import LAST_RELEASE, tables_of

_FOLDER = Path(__file__).parent / "releases" / LAST_RELEASE
TOLD: dict[str, Any] = json.loads((_FOLDER / "told.json").read_text())
"""What people and programs hold of the release: cookies, tokens, links."""
STOPPED = datetime.fromisoformat(TOLD["stopped_at"])
"""When the release was stopped."""
CAST: dict[str, Any] = json.loads((_FOLDER / "demo.json").read_text())
PASSWORD, LETTERS, LOG = TOLD["password"], TOLD["letters"], TOLD["log"]


def unpack(instance: Path, engine_name: str, databases: Databases) -> str:
    """Lays keys, files and database into ``instance``, as their owner's alone; gives the database's URL."""
    shutil.copytree(_FOLDER / "keys", instance / "keys", copy_function=shutil.copyfile)
    shutil.copyfile(_FOLDER / "demo.json", instance / "demo.json")
    file = instance / "freehold.db"
    file.write_bytes(lzma.decompress((_FOLDER / "freehold.db.xz").read_bytes()))
    for path in (instance, instance / "keys", *instance.glob("*.*"), *instance.glob("keys/*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    if engine_name == "sqlite":
        return f"sqlite:///{file}"
    url = databases.empty(instance)
    _move(file, url)
    return url


def _move(file: Path, url: str) -> None:
    """Brings the rows of the file into an empty database, whose tables the release's own migration makes."""
    here, there = open_engine(f"sqlite:///{file}"), open_engine(url)
    command.upgrade(config_for(there), LAST_RELEASE)
    old, new = tables_of(here), tables_of(there)
    with here.connect() as source, there.connect().execution_options(**isolation(there, WRITING)) as target, target.begin():
        for table in new.sorted_tables:
            if table.name != "alembic_version":
                rows = [_row(one) for one in source.execute(sa.select(_plainly(old.tables[table.name]))).mappings()]
                if rows:
                    target.execute(_plainly(table).insert(), rows)
    here.dispose()
    there.dispose()
    for left in file.parent.glob("freehold.db*"):
        left.unlink()


def _plainly(table: sa.Table) -> sa.Table:
    """A table in which nothing stays nothing: JSON has a null of its own."""
    for column in table.columns:
        if isinstance(column.type, sa.JSON):
            column.type.none_as_null = True
    return table


def _row(row: sa.RowMapping) -> dict[str, Any]:
    """SQLite keeps times without their zone."""
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}


def just_after() -> AbstractContextManager[None]:
    """The clock twenty seconds after the release was stopped, however slowly a test came here: a code lives for a minute."""
    return clock.moved(STOPPED + timedelta(seconds=20))


def work(house: House) -> None:
    """What the worker does first after an upgrade, and then until nothing is due."""
    list(make_up(house))
    people.do_jobs(house)
    house.lead()


def program(app: Flask, key: str) -> Program:
    """A company's program as it was: its client, its secret and its tokens."""
    company = next(one for one in COMPANIES if one.key == key)
    told = next(one for one in CAST["vendors"] if one["name"] == company.name)
    made = Program(app, company, b"", id_from(told["client_id"]), told["client_secret"])
    made.access, made.refresh = (TOLD["programs"].get(key, {}).get(name, "") for name in ("access", "refresh"))
    return made
