"""A proof in several runs: what passed on this very tree is not run again, and nothing else is left out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.prove.journal import Journal, tree_of

CONFTEST = """
from tests.conftest import *
import pathlib
import tests.prove.journal as journal
import tests.prove.report as reports

journal.ROOT = pathlib.Path(__file__).parent
reports.FOLDER = journal.ROOT / "state"
"""
SUITE = """
import pathlib

STATE = pathlib.Path(__file__).parent / "state"

def _ran(name):
    with (STATE / "ran").open("a") as file:
        file.write(name + " ")

def test_counts(figure):
    _ran("counts")
    figure("rounds", 9, goal=9)

def test_waits():
    _ran("waits")
    assert (STATE / "ready").exists()
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of two tests in a repository of its own."""
    (tmp_path / "state").mkdir()
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_planted.py").write_text(SUITE)
    (tmp_path / ".gitignore").write_text("state\n__pycache__\n")
    _commit(tmp_path)
    return tmp_path


def _commit(folder: Path) -> None:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "Planted.")):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


def _prove(suite: Path, *options: str) -> str:
    """What ran."""
    (suite / "state" / "ran").write_text("")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(suite), str(suite), *options]
    environment = {**os.environ, "FREEHOLD_PROVE": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True)
    assert done.returncode in (0, 1, 5), done.stdout + done.stderr
    return (suite / "state" / "ran").read_text().strip()


def test_what_passed_is_left_out_what_failed_is_run_again_and_the_report_says_both(suite: Path) -> None:
    workers = ("-n", "2")
    assert set(_prove(suite, *workers).split()) == {"counts", "waits"}
    (suite / "state" / "ready").touch()
    assert _prove(suite, "--go-on", *workers) == "waits"
    told = json.loads((suite / "state" / "prove.json").read_text())
    assert (told["counts"]["passed"], told["counts"]["passed in earlier runs on this very tree"]) == (1, 1)
    assert [figure["name"] for figure in told["figures"]] == ["rounds"]
    assert told["failed_before"] == ["test_planted.py::test_waits"]
    assert "Failed in an earlier run on this very tree: test_planted.py::test_waits." in (suite / "state" / "prove.md").read_text()
    assert _prove(suite, "--go-on", *workers) == ""


def test_another_tree_a_changed_file_and_a_run_without_the_word_begin_anew(suite: Path) -> None:
    (suite / "state" / "ready").touch()
    _prove(suite)
    assert _prove(suite) == "counts waits"
    (suite / "test_planted.py").write_text(SUITE + "\n")
    assert _prove(suite, "--go-on") == "counts waits", "it is not what git knows"
    assert tree_of(suite) is None
    _commit(suite)
    assert _prove(suite, "--go-on") == "counts waits", "it is another tree"
    assert _prove(suite, "--go-on") == ""


def test_a_line_that_was_cut_off_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "proved.jsonl"
    path.write_text('tree\n{"test": "a", "figures": []}\n{"test": "b", "figu')
    assert list(Journal(path, "tree").proved()) == ["a"]
    assert list(Journal(path, "another").proved()) == []
