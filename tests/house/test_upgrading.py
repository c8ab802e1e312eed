"""Whoever upgrades from the last release, and is killed on the way, has the old tables or the new ones, and every row."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from portal.kernel.db import open_engine
from portal.kernel.migrate import newest, revision_of, upgrade
from tests.databases import Databases
from tests.house.test_migrations import differences
from tests.house.upgrading import LAST_RELEASE, content, killed_upgrade, of_last_release, shape
from tests.prove.sizes import size

_STEP = size(test=29, prove=1)
"""A kill at each of so many statements; where all is proved, at every one."""
_GOES_ON = 10
"""After each of so many kills the upgrade is done again to its end; what the others left is known to be as it was before."""


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return revision_of(connection)


@pytest.fixture
def empty(databases: Callable[[str], Databases], engine_name: str, tmp_path: Path) -> Iterator[str]:
    url = databases(engine_name).empty(tmp_path)
    yield url
    databases(engine_name).drop(url)


def test_the_last_release_with_rows_in_every_table_comes_to_the_newest_with_all_of_them(empty: str) -> None:
    engine = open_engine(empty)
    old = of_last_release(engine)
    before = content(engine, old)
    assert all(before.values()), "a table without a row would lose none"
    upgrade(engine)
    assert (_revision(engine), differences(engine)) == (newest(), [])
    assert content(engine, old) == before
    engine.dispose()


def test_an_upgrade_killed_at_any_statement_leaves_the_old_tables_or_the_new_never_half(
    databases: Callable[[str], Databases], engine_name: str, empty: str, tmp_path: Path, figure: Callable[..., float]
) -> None:
    engine = open_engine(empty)
    old = of_last_release(engine)
    before, was = content(engine, old), shape(engine)
    engine.dispose()
    seen: set[str | None] = set()
    at, kills, is_killed = 0, 0, True
    while is_killed:
        folder = tmp_path / str(at)
        folder.mkdir()
        url = databases(engine_name).copy(empty, folder)
        is_killed = killed_upgrade(url, at)
        engine = open_engine(url)
        revision = _revision(engine)
        seen.add(revision)
        if revision == LAST_RELEASE:
            assert shape(engine) == was, f"half upgraded, killed before statement {at}"
        else:
            assert (revision, differences(engine)) == (newest(), []), f"half upgraded, killed before statement {at}"
        assert content(engine, old) == before, f"rows were lost, killed before statement {at}"
        if kills % _GOES_ON == 0:
            upgrade(engine)
            assert (_revision(engine), differences(engine)) == (newest(), [])
            assert content(engine, old) == before
        engine.dispose()
        databases(engine_name).drop(url)
        at, kills = at + _STEP, kills + is_killed
    figure(f"statements at which an upgrade was killed, {engine_name}", kills)
    assert kills > 4
    assert seen == {LAST_RELEASE, newest()}
