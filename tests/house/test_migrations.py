"""The migrations make the tables that the models describe, on both engines, and lose nothing on the way."""

import os
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal.kernel.db import WRITING, isolation, open_engine
from portal.kernel.house import House
from portal.kernel.migrate import config_for, newest, upgrade
from portal.migrations.tables import all_tables
from tests.house.upgrading import unhurried
from tests.processes import begin


def differences(engine: sa.Engine) -> list[object]:
    """What autogenerate would still change."""
    with unhurried(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, all_tables()))


def test_after_the_migrations_nothing_is_left_to_change(house: House) -> None:
    assert differences(house.engine) == []


def test_a_column_that_no_migration_made_is_caught(house: House) -> None:
    with house.engine.connect().execution_options(**isolation(house.engine, WRITING)) as connection, connection.begin():
        connection.execute(sa.DDL("ALTER TABLE vendors ADD COLUMN motto VARCHAR(20)"))
    assert len(differences(house.engine)) == 1


def test_partial_indexes_are_the_models_own_on_both_engines(house: House) -> None:
    for table in all_tables().sorted_tables:
        for index in table.indexes:
            found = {i["name"]: i for i in sa.inspect(house.engine).get_indexes(table.name)}[index.name]
            wanted = index.dialect_options[house.engine.dialect.name].get("where")
            there = (found.get("dialect_options") or {}).get(f"{house.engine.dialect.name}_where")
            assert (wanted is None) == (there is None), index.name


def test_upgrading_what_is_up_to_date_changes_nothing(house: House) -> None:
    upgrade(house.engine)
    assert differences(house.engine) == []


def test_versions_are_numbered_without_a_gap_and_never_branch(tmp_path: Path) -> None:
    script = ScriptDirectory.from_config(config_for(open_engine(f"sqlite:///{tmp_path}/none.db")))
    numbers = sorted(revision.revision for revision in script.walk_revisions())
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    assert len(script.get_heads()) == 1
    assert newest() == numbers[-1]


PARENTS = """
import sqlalchemy as sa
from alembic import op
revision = "{number}"
down_revision = {down}
def upgrade():
    {body}
"""


@pytest.fixture
def foreign_house(tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house whose migrations lie in a folder of the test, over the real environment."""
    from portal.kernel import migrate

    real = migrate.resource("migrations")
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(re.sub(r"all_tables\(\)", "None", (real / "env.py").read_text()))
    (tmp_path / "script.py.mako").write_text("")
    monkeypatch.setattr(migrate, "resource", lambda _name: tmp_path)
    with house.engine.connect().execution_options(**isolation(house.engine, WRITING)) as connection, connection.begin():
        connection.execute(sa.DDL("DELETE FROM alembic_version"))
    return tmp_path / "versions"


def _write(folder: Path, number: str, body: str) -> None:
    down = None if number == "0001" else f"{int(number) - 1:04}"
    text = PARENTS.format(number=number, down=repr(down), body=body.replace("\n", "\n    "))
    (folder / f"{number}_planted.py").write_text(text)


MAKE = """op.create_table("parents", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9)))
op.create_table("children", sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("parent_id", sa.Integer, sa.ForeignKey("parents.id", ondelete="CASCADE")))
op.bulk_insert(sa.table("parents", sa.column("id")), [{"id": 1}, {"id": 2}])
op.bulk_insert(sa.table("children", sa.column("id"), sa.column("parent_id")), [{"id": 1, "parent_id": 1}])"""
REBUILD = """with op.batch_alter_table("parents", recreate="auto") as batch:
    batch.alter_column("name", type_=sa.String(40), nullable=True)"""
BREAK = """op.bulk_insert(sa.table("children", sa.column("id"), sa.column("parent_id")), [{"id": 2, "parent_id": 99}])"""


def _children(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(sa.select(sa.column("id")).select_from(sa.table("children"))).all())


def test_rebuilding_a_parent_keeps_its_children(house: House, foreign_house: Path) -> None:
    _write(foreign_house, "0001", MAKE)
    _write(foreign_house, "0002", REBUILD)
    upgrade(house.engine)
    assert _children(house.engine) == 1


def test_a_migration_that_leaves_a_row_pointing_nowhere_is_undone_whole(house: House, foreign_house: Path) -> None:
    _write(foreign_house, "0001", MAKE)
    upgrade(house.engine)
    _write(foreign_house, "0002", BREAK)
    with pytest.raises((RuntimeError, sa.exc.IntegrityError)):
        upgrade(house.engine)
    assert _children(house.engine) == 1


def test_processes_that_migrate_at_once_take_turns(house: House) -> None:
    with house.engine.connect().execution_options(**isolation(house.engine, WRITING)) as connection, connection.begin():
        all_tables().drop_all(connection)
        connection.execute(sa.DDL("DROP TABLE alembic_version"))
    house.close()
    environment = {
        **os.environ,
        "FREEHOLD_INSTANCE": str(house.settings.instance),
        "FREEHOLD_DATABASE_URL": house.settings.database_url,
    }
    out = house.settings.instance / "migrated"
    started = [begin("portal.cli", "migrate", environment=environment, out=out) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0], out.read_text()
    assert differences(house.engine) == []


def test_foreign_keys_are_on_again_after_a_migration(house: House) -> None:
    if house.engine.dialect.name == "sqlite":
        with house.engine.connect() as connection:
            assert connection.connection.cursor().execute("PRAGMA foreign_keys").fetchone() == (1,)
    upgrade(house.engine)
    with pytest.raises(sa.exc.IntegrityError), house.engine.connect() as connection:
        connection.execute(sa.insert(all_tables().tables["vendor_purposes"]).values(
            vendor_id=b"0" * 16, purpose="x", datatypes=[], may_require=[], text={}, updated_at=sa.func.now(),
        ))  # fmt: skip
