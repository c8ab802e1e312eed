"""The files of SQLite while a house has them open: what holds them together is not let go, and their loss is noticed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.kernel.errors import Busy
from portal.kernel.house import House, Wiring
from portal.kernel.sealing import Holder, create_holder
from portal.kernel.settings import Settings


@pytest.fixture
def house(make_house: Callable[[str], House]) -> House:
    """On SQLite: PostgreSQL's files are its server's."""
    return make_house("sqlite")


def _file(house: House) -> Path:
    return Path(str(house.engine.url.database))


def _locks(file: Path) -> list[str]:
    ours = (str(os.getpid()), f":{file.stat().st_ino}")
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return [line[3] for line in lines if line[1] == "POSIX" and line[4] == ours[0] and line[5].endswith(ours[1])]


def test_a_second_house_of_the_process_lets_go_of_no_lock_that_the_first_one_has(house: House) -> None:
    with house.writing() as unit:
        create_holder(unit, "person")
    before = _locks(_file(house))
    assert before, "SQLite has no lock on the file: nothing is shown"
    second = House.open(house.settings, Wiring())
    assert _locks(_file(house)) == before
    second.close()


def test_a_new_database_is_made_in_a_new_folder(tmp_path: Path) -> None:
    house = House.open(Settings(instance=tmp_path / "a" / "b"), Wiring())
    house.close()
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
    assert _file(house).stat().st_mode & 0o077 == 0


def _remove(wal: Path) -> None:
    wal.unlink()


def _replace(wal: Path) -> None:
    shutil.copy(wal, wal.with_suffix(".copy"))
    wal.with_suffix(".copy").rename(wal)


def _holders(house: House) -> int:
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(Holder)).scalar_one()


@pytest.mark.parametrize("lose", [_remove, _replace], ids=["removed", "replaced"])
def test_a_house_whose_log_was_taken_away_stops_and_says_so(
    house: House, lose: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with house.writing() as unit:
            create_holder(unit, "person")
    done = _holders(house)
    wal = _file(house).with_name("freehold.db-wal")
    lose(wal)
    for _ in range(2):
        with pytest.raises(Busy), house.writing() as unit:
            create_holder(unit, "person")
    with pytest.raises(Busy), house.reading():
        pass
    with pytest.raises(Busy):
        house.lead()
    house.tidy()
    [told] = [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"]
    for word in (str(wal), "freehold audit verify"):
        assert word in told
    house.close()
    again = House.open(house.settings, Wiring())
    assert _holders(again) >= done
    again.close()
