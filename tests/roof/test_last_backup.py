"""An instance knows how old its newest backup is, the doctor says so, and a restored one does not think itself kept."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from portal.app import create_app
from portal.kernel import clock
from portal.kernel.clock import micros
from portal.kernel.house import House, use_house
from portal.kernel.last_backup import Kept, last_backup, remember
from portal.kernel.settings import Settings
from portal.watch.doctor.keeping import backup, erasures
from tests.databases import Databases
from tests.roof.keeping import Keeper, with_keys_of
from tests.watch.test_doctor import bad, doctor
from tests.watch.test_standing import KEY

NAME = "last-backup.json"


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


@pytest.fixture
def elsewhere(databases: Callable[[str], Databases], engine_name: str, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is not there, and the URL of an empty database for it."""
    folder = tmp_path / "elsewhere"
    url = databases(engine_name).empty(folder)
    yield folder, url
    databases(engine_name).drop(url)


def test_a_backup_leaves_its_time_size_and_sha256_and_not_where_it_lies(house: House, keeper: Keeper, tmp_path: Path) -> None:
    before, file = clock.now(), tmp_path / "secret-place" / "one.backup"
    file.parent.mkdir()
    assert keeper.keep(house, file).returncode == 0
    kept = last_backup(house.settings)
    assert kept is not None
    assert (kept.sha256, kept.size) == (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_size)
    assert micros(before) <= kept.at <= micros(clock.now())
    line = house.settings.instance / NAME
    assert "secret-place" not in line.read_text()
    assert line.stat().st_mode & 0o777 == 0o600


def test_a_backup_that_failed_leaves_the_line_of_the_one_before(house: House, keeper: Keeper, tmp_path: Path) -> None:
    remember(house.settings, Kept(1, "ab", 2))
    assert keeper.keep(house, tmp_path / "none" / "one.backup").returncode == 1
    assert last_backup(house.settings) == Kept(1, "ab", 2)


def test_a_restored_instance_does_not_think_itself_kept(
    house: House, keeper: Keeper, elsewhere: tuple[Path, str], tmp_path: Path
) -> None:
    # The second one is made of an instance that knows of the first.
    for _ in range(2):
        assert keeper.keep(house, tmp_path / "one.backup").returncode == 0
    instance, url = elsewhere
    with_keys_of(house, instance)
    # The folder may be the one of old, in which the database alone was lost.
    (instance / NAME).write_bytes((house.settings.instance / NAME).read_bytes())
    filled = keeper.fill(instance, url, tmp_path / "one.backup")
    assert filled.returncode == 0, filled.stderr
    assert not (instance / NAME).exists()


def test_the_doctor_warns_of_no_backup_and_of_one_older_than_a_week_and_says_the_fix(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path)
    assert bad(backup(settings)) == [("backup", "look")]
    assert bad(backup(settings.model_copy(update={"demo": True}))) == []
    remember(settings, Kept(micros(clock.now()), "ab" * 32, 3 << 20))
    assert bad(backup(settings)) == []
    with clock.moved(timedelta(days=6, hours=23)):
        assert bad(backup(settings)) == []
    with clock.moved(timedelta(days=7, minutes=1)):
        [said] = backup(settings)
    assert (said.state, said.said) == ("look", f"The newest backup is 7 days old: 3.0 MiB, SHA-256 {'ab' * 32}.")
    assert said.fix.startswith("freehold backup FILE --passphrase-file FILE")


def test_the_doctor_says_where_the_file_of_erasures_would_be_lost_or_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, other = tmp_path / "instance", tmp_path / "other"
    instance.mkdir()
    other.mkdir()
    assert bad(erasures(Settings(instance=instance))) == [("erasures", "look")]
    assert bad(erasures(Settings(instance=instance, demo=True))) == []
    apart = Settings(instance=instance, erasures=other / "erasures")
    assert bad(erasures(apart)) == []
    assert bad(erasures(Settings(instance=instance, erasures=tmp_path / "none" / "erasures"))) == [("erasures", "wrong")]
    # Whoever runs the tests may be allowed everything.
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != other)
    assert bad(erasures(apart)) == [("erasures", "wrong")]


@pytest.mark.parametrize("line", ["", "[]", '{"at": "x"}', '{"at": 1, "size": 2}', "\0"])
def test_a_line_that_cannot_be_read_counts_as_no_backup(tmp_path: Path, line: str) -> None:
    (tmp_path / NAME).write_text(line)
    assert bad(backup(Settings(instance=tmp_path))) == [("backup", "look")]


@pytest.mark.engines("sqlite")  # a file beside either
def test_the_command_doctor_says_it_too(house: House) -> None:
    remember(house.settings, Kept(micros(clock.now() - timedelta(days=9)), "cd" * 32, 1))
    found = json.loads(doctor(house, "--json").stdout)["findings"]
    assert [one["state"] for one in found if one["about"] == "backup"] == ["look"]


@pytest.mark.engines("sqlite")
def test_the_figures_tell_the_age_of_the_newest_backup(make_house: Callable[..., House], engine_name: str) -> None:
    house = make_house(engine_name, metrics_key=KEY)
    with use_house(house):
        client = create_app(house).test_client()
    assert _age(client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"}).text) == -1
    remember(house.settings, Kept(int(time.time() * 1_000_000) - 3600 * 1_000_000, "ab", 1))
    assert 3600 <= _age(client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"}).text) < 7200


def _age(page: str) -> float:
    [line] = [line for line in page.splitlines() if line.startswith("freehold_backup_age_seconds ")]
    return float(line.split()[1])
