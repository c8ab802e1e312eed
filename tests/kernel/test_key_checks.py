"""Keys and database belong together: a house opens with its own keys or not at all, and makes none in their place."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.kernel.db import WRITING, isolation
from portal.kernel.house import House, Wiring
from portal.kernel.key_checks import KeyCheck, WrongKeys
from portal.kernel.keysets import KEYSETS, make_keys
from portal.kernel.migrate import bring_up
from portal.kernel.sealing import create_holder
from portal.kernel.settings import Settings
from portal.migrations.tables import all_tables


def _settings(house: House, folder: Path) -> Settings:
    return Settings(instance=folder, database_url=house.settings.database_url)


def _opens(settings: Settings) -> House:
    house = House.open(settings, Wiring())
    house.close()
    return house


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.json")}


def _is_refused(settings: Settings, *words: str) -> None:
    before = _files(settings.instance)
    with pytest.raises(WrongKeys) as refusal:
        House.open(settings, Wiring())
    assert _files(settings.instance) == before, "keys were made"
    told = refusal.value.detail or ""
    assert "\n" not in told
    for word in (str(settings.instance / "keys"), "FREEHOLD_DATABASE_URL", "backup", *words):
        assert word in told


def test_a_house_opens_again_and_again_with_its_own_keys(house: House) -> None:
    keys = _files(house.settings.instance)
    _opens(house.settings)
    _opens(house.settings)
    assert _files(house.settings.instance) == keys


def test_no_keys_are_made_for_a_database_that_knows_others(house: House, tmp_path: Path) -> None:
    with pytest.raises(WrongKeys, match=r"seal\.json, index\.json, cookie\.json, .*, sign\.json missing"):
        House.open(_settings(house, tmp_path / "mistyped"), Wiring())
    assert not (tmp_path / "mistyped").exists()


@pytest.mark.parametrize("name", KEYSETS)
def test_a_lost_key_file_is_named_and_not_made_anew(house: House, name: str) -> None:
    (house.settings.instance / "keys" / f"{name}.json").unlink()
    _is_refused(house.settings, f"{name}.json missing")


@pytest.mark.parametrize("name", KEYSETS)
def test_a_key_file_of_another_instance_is_named(house: House, tmp_path: Path, name: str) -> None:
    make_keys(tmp_path / "other")
    shutil.copy(tmp_path / "other" / f"{name}.json", house.settings.instance / "keys")
    _is_refused(house.settings, f"{name}.json not what it was made with")


@pytest.mark.parametrize("name", KEYSETS)
@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"primary": "00", "keys": {}}', "\x00\xff"])
def test_a_damaged_key_file_is_named(house: House, name: str, content: str) -> None:
    (house.settings.instance / "keys" / f"{name}.json").write_text(content, "latin-1")
    _is_refused(house.settings, f"{name}.json is damaged")


def test_all_that_is_lost_is_named_at_once(house: House) -> None:
    shutil.rmtree(house.settings.instance / "keys")
    _is_refused(house.settings, *(f"{name}.json" for name in KEYSETS))


def _rotate(path: Path, *, keeps: bool) -> None:
    old = json.loads(path.read_text())
    new = os.urandom(8).hex()
    kept = old["keys"] if keeps else {}
    path.write_text(json.dumps({"primary": new, "keys": {new: os.urandom(32).hex(), **kept}}))


@pytest.mark.parametrize("name", ["seal", "cookie", "cursor"])
def test_a_key_that_is_rotated_opens_as_long_as_the_one_before_is_kept(house: House, name: str) -> None:
    path = house.settings.instance / "keys" / f"{name}.json"
    _rotate(path, keeps=True)
    _opens(house.settings)
    _rotate(path, keeps=False)
    _is_refused(house.settings, f"{name}.json")


@pytest.mark.parametrize("name", ["index", "vendor"])
def test_a_key_that_alone_finds_what_it_made_keeps_its_place(house: House, name: str) -> None:
    _rotate(house.settings.instance / "keys" / f"{name}.json", keeps=True)
    _is_refused(house.settings, f"{name}.json")


def _forget(house: House) -> None:
    with house.transaction(WRITING) as connection:
        connection.execute(sa.delete(KeyCheck))


def _known(house: House) -> dict[str, bytes]:
    with house.reading() as unit:
        return {row.keyset: row.fingerprint for row in unit.connection.execute(sa.select(KeyCheck.__table__))}


def test_a_database_from_before_there_were_checks_is_held_to_the_keys_that_open_it(house: House, tmp_path: Path) -> None:
    with house.writing() as unit:
        create_holder(unit, "person")
    known = _known(house)
    _forget(house)
    make_keys(tmp_path / "other" / "keys")
    for folder, words in ((tmp_path / "none", "missing"), (tmp_path / "other", "seal.json not what it was made with")):
        folder.mkdir(exist_ok=True)
        _is_refused(_settings(house, folder), words)
    assert _known(house) == {}
    _opens(house.settings)
    assert _known(house) == known


def test_a_database_without_a_place_for_checks_opens_with_the_keys_that_open_it(house: House, tmp_path: Path) -> None:
    with house.writing() as unit:
        create_holder(unit, "person")
    with house.transaction(WRITING) as connection:
        connection.execute(sa.schema.DropTable(KeyCheck.__table__))  # type: ignore[arg-type]
    _opens(house.settings)
    make_keys(tmp_path / "keys")
    _is_refused(_settings(house, tmp_path), "seal.json")


def _empty(house: House) -> None:
    with house.engine.connect().execution_options(**isolation(house.engine, WRITING)) as connection, connection.begin():
        all_tables().drop_all(connection)
        connection.execute(sa.DDL("DROP TABLE alembic_version"))
    house.close()


def test_a_first_start_that_was_cut_off_goes_on_with_the_keys_it_made(house: House) -> None:
    _empty(house)
    (house.settings.instance / "keys" / "sign.json").unlink()
    keys = _files(house.settings.instance)
    second = House.open(house.settings, Wiring())
    bring_up(second)
    assert set(_known(second)) == set(KEYSETS)
    second.close()
    assert keys.items() < _files(house.settings.instance).items()


def test_of_two_that_begin_one_database_with_keys_of_their_own_one_is_refused(house: House, tmp_path: Path) -> None:
    _empty(house)
    first, second = (House.open(_settings(house, tmp_path / name), Wiring()) for name in "ab")
    bring_up(first)
    with pytest.raises(WrongKeys):
        bring_up(second)
    first.close()
    second.close()
    _opens(first.settings)


def test_restored_from_a_backup_of_both_it_opens(
    house: House, tmp_path: Path, databases: Callable[[str], object], engine_name: str
) -> None:
    house.close()
    shutil.copytree(house.settings.instance / "keys", tmp_path / "keys")
    url = databases(engine_name).copy(house.settings.database_url, tmp_path)  # type: ignore[attr-defined]
    _opens(Settings(instance=tmp_path, database_url=url))
    databases(engine_name).drop(url)  # type: ignore[attr-defined]
