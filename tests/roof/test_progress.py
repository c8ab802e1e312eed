"""Whoever waits for a long command sees how far it is: on a terminal, in a journal, and where it goes on."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from portal.cli.progress import Lines, shown
from portal.kernel.house import House
from portal.kernel.rotation import make, rotate
from portal.kernel.rotation.rewrapping import bring_over, rewrap
from portal.kernel.sealing import create_holders
from portal.kernel.unit import Actor
from tests.people import register
from tests.processes import ROOT
from tests.roof.conftest import Run

OPERATOR = Actor("operator", name="command-line")
MANY = 5000


@pytest.fixture(autouse=True)
def _known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process alone needs no time in which others learn."""
    monkeypatch.setattr("portal.kernel.rotation.KNOWN_AFTER", timedelta())


class Stopped(Exception):
    """As if somebody pressed Ctrl-C."""


@pytest.fixture
def rotated(house: House) -> House:
    """A house whose people's keys are all under the key from before."""
    with house.writing() as unit:
        create_holders(unit, "person", MANY)
    make(house, OPERATOR, "seal")
    rotate(house, OPERATOR, "seal")
    return house


def stop_at(share: float) -> Callable[[int, int], None]:
    """Stops whoever tells that so much is done."""

    def tell(done: int, total: int) -> None:
        if done >= share * total:
            raise Stopped

    return tell


def test_a_rewrapping_that_nobody_watches_writes_a_line_at_each_tenth_with_what_is_left(rotated: House, run: Run) -> None:
    first, *further = run("keys", "rewrap").stderr.splitlines()
    assert first == "data keys: 5,000 to do."
    assert [line.split(" left")[0].split(", about")[0] for line in further] == [
        f"data keys: {tenth}0 %, {tenth * 500:,} of 5,000" for tenth in range(1, 11)
    ]
    assert all(line.endswith(" left") for line in further[:-1]) and further[-1].endswith("of 5,000")


def test_one_that_was_stopped_says_where_it_goes_on_and_shows_no_tenth_twice(rotated: House, run: Run) -> None:
    with pytest.raises(Stopped):
        rewrap(rotated, OPERATOR, "seal", stop_at(0.44))
    again = run("keys", "rewrap")
    first, *further = again.stderr.splitlines()
    assert first == "data keys: 2,250 of 5,000 are done already; going on with the other 2,750."
    assert [line.split()[2] for line in further] == ["50", "60", "70", "80", "90", "100"]
    assert again.stdout.splitlines()[0] == "2,750 data keys brought under the primary key of seal."
    nothing = run("keys", "rewrap")
    assert (nothing.stdout.splitlines()[0], nothing.stderr) == ("0 data keys brought under the primary key of seal.", "")


def test_of_the_blind_index_it_is_said_as_well(house: House, run: Run) -> None:
    register(house, "ana@example.org")
    make(house, OPERATOR, "index")
    rotate(house, OPERATOR, "index")
    told = run("keys", "rewrap").stderr.splitlines()
    assert told[0] == "places in the blind index: 1 to do." and told[-1] == "places in the blind index: 100 %, 1 of 1"
    assert bring_over(house, "index") == 0


def test_on_a_terminal_there_is_a_bar_and_where_it_goes_on_stays_to_be_read(
    rotated: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stopped):
        rewrap(rotated, OPERATOR, "seal", stop_at(0.5))
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(rotated.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", rotated.settings.database_url)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    watched, terminal = pty.openpty()
    command = [sys.executable, "-m", "portal.cli", "keys", "rewrap"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal) as process:
        os.close(terminal)
        seen = b""
        # A terminal whose other side is closed is an error to its reader.
        with suppress(OSError):
            while some := os.read(watched, 4096):
                seen += some
        os.close(watched)
        assert process.wait() == 0
    assert b"data keys: 2,500 of 5,000 are done already; going on with the other 2,500." in seen
    assert b"5000/5000" in seen and b"%" not in seen


def test_a_run_that_tells_nothing_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with shown("letters"):
        pass
    tell = Lines("letters")
    assert capsys.readouterr().err == ""
    tell(0, 3)
    tell(1, 3)
    tell(1, 3)
    assert len(capsys.readouterr().err.splitlines()) == 2
