"""A proof in several runs: what passed on the same grounds is not run again, and nothing else is left out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.prove.grounds import ROOT as HERE
from tests.prove.grounds import Grounds, grounds_of
from tests.prove.journal import Journal

CONFTEST = """
from tests.conftest import *
import pathlib
import tests.prove.grounds as grounds
import tests.prove.report as reports

grounds.ROOT = pathlib.Path(__file__).parent
reports.FOLDER = grounds.ROOT / "state"
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


RAN = """
import pytest

@pytest.fixture
def ran():
    def note(name):
        with (reports.FOLDER / "ran").open("a") as file:
            file.write(name + " ")
    return note
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


def _run(suite: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(suite), str(suite), *options]
    environment = {**os.environ, "FREEHOLD_PROVE": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=suite, env=environment, capture_output=True, text=True)


def _prove(suite: Path, *options: str) -> str:
    """What ran."""
    (suite / "state" / "ran").write_text("")
    done = _run(suite, *options)
    assert done.returncode in (0, 1, 5), done.stdout + done.stderr
    return (suite / "state" / "ran").read_text().strip()


def test_what_passed_is_left_out_what_failed_is_run_again_and_the_report_says_both(suite: Path) -> None:
    workers = ("-n", "2")
    assert set(_prove(suite, *workers).split()) == {"counts", "waits"}
    (suite / "state" / "ready").touch()
    assert _prove(suite, "--go-on", *workers) == "waits"
    told = json.loads((suite / "state" / "prove.json").read_text())
    assert (told["counts"]["passed"], told["counts"]["passed in earlier runs on the same code"]) == (1, 1)
    assert [figure["name"] for figure in told["figures"]] == ["rounds"]
    assert told["failed_before"] == ["test_planted.py::test_waits"]
    assert "Failed in an earlier run on the same code: test_planted.py::test_waits." in (suite / "state" / "prove.md").read_text()
    assert _prove(suite, "--go-on", *workers) == ""


def test_the_first_run_of_all_may_be_one_that_goes_on(suite: Path) -> None:
    (suite / "test_planted.py").write_text("def test_a(figure):\n    figure('rounds', 9, goal=9)\n")
    (suite / "state").rmdir()
    _commit(suite)
    done = _run(suite, "--go-on")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_planted.py::test_a" in (suite / "state" / "proved.jsonl").read_text()


def test_other_code_a_changed_file_and_a_run_without_the_word_begin_anew(suite: Path) -> None:
    (suite / "state" / "ready").touch()
    _prove(suite)
    assert _prove(suite) == "counts waits"
    (suite / "code.py").write_text("")
    assert _prove(suite, "--go-on") == "counts waits", "it is not what git knows"
    assert grounds_of(suite) is None
    _commit(suite)
    assert _prove(suite, "--go-on") == "counts waits", "the code is another"
    (suite / "DECISIONS.md").write_text("What nobody runs.")
    _commit(suite)
    assert _prove(suite, "--go-on") == ""


def test_what_has_no_size_and_measures_nothing_is_left_out_where_asked_and_the_report_says_how_much(suite: Path) -> None:
    folder = suite / "tests" / "kinds"
    folder.mkdir(parents=True)
    bodies = {
        "counts": "from tests.prove.sizes import size\n\ndef test_a(ran):\n    ran('sized')\n",
        "measures": "def test_a(ran, figure: object) -> None:\n    ran('measured')\n",
        "uses": "import tests.kinds.told\n\ndef test_a(ran):\n    ran('uses')\n",
        "plain": "def test_a(ran):\n    ran('plain')\n\ndef test_b(ran):\n    ran('plain')\n",
    }
    for name, body in bodies.items():
        (folder / f"test_{name}.py").write_text(body.replace("import tests.kinds.told", '"""See tests/kinds/told.py."""'))
    (folder / "told.py").write_text("from tests.prove.sizes import PROVING\n")
    (suite / "test_planted.py").unlink()
    (suite / "conftest.py").write_text(CONFTEST + RAN)
    _commit(suite)
    for workers in ((), ("-n", "2")):
        assert set(_prove(suite, "--sized", *workers).split()) == {"sized", "measured", "uses"}
        told = json.loads((suite / "state" / "prove.json").read_text())["counts"]
        assert (told["passed"], told["left out, being the same in `make test`"]) == (3, 2)
    assert sorted(_prove(suite).split()) == ["measured", "plain", "plain", "sized", "uses"]


def test_what_is_not_committed_is_told_in_one_line_before_any_worker_begins(suite: Path) -> None:
    (suite / "code.py").write_text("")
    for workers in ((), ("-n", "2")):
        done = _run(suite, "--sized", *workers)
        assert done.returncode == pytest.ExitCode.USAGE_ERROR
        assert "commit first" in done.stderr and "INTERNALERROR" not in done.stdout + done.stderr


TREE = {
    "portal/app.py": "",
    "tests/__init__.py": "",
    "tests/conftest.py": 'pytest_plugins = ["tests.plugged"]',
    "tests/plugged.py": "",
    "tests/cast.py": "from tests.oauth import cast as made",
    "tests/people.py": "",
    "tests/turns.py": "",
    "tests/oauth/__init__.py": "",
    "tests/oauth/cast.py": "",
    "tests/oauth/test_flow.py": "from tests.cast import person",
    "tests/oauth/test_other.py": "from tests.oauth import test_flow as flow\nfrom tests import (\n    people,\n    turns as t,\n)",
    "tests/orders/test_alone.py": 'PAGE = "tests/orders/page.html"',
    "tests/orders/page.html": "",
    "tests/house/sources.py": "",
    "tests/house/test_rules.py": "",
    "tests/roof/test_attacks.py": "from tests.house.sources import ours",
    "CHANGELOG.md": "",
}
EVERY = {path for path in TREE if "/test_" in path}
OF_ALL = {"tests/house/test_rules.py", "tests/roof/test_attacks.py"}


def _moved(changed: str) -> set[str]:
    """Which tests stand on something else once a file is another."""
    before = Grounds(dict.fromkeys(TREE, "1"), TREE)
    after = Grounds({**dict.fromkeys(TREE, "1"), changed: "2"}, TREE)
    return {test for test in EVERY if before.of(test) != after.of(test)}


@pytest.mark.parametrize(
    ("changed", "moved"),
    [
        ("portal/app.py", EVERY),
        ("tests/conftest.py", EVERY),
        ("tests/plugged.py", EVERY),
        ("tests/orders/page.html", EVERY),
        ("tests/people.py", {"tests/oauth/test_other.py", *OF_ALL}),
        ("tests/turns.py", {"tests/oauth/test_other.py", *OF_ALL}),
        ("tests/cast.py", {"tests/oauth/test_flow.py", "tests/oauth/test_other.py", *OF_ALL}),
        ("tests/oauth/cast.py", {"tests/oauth/test_flow.py", "tests/oauth/test_other.py", *OF_ALL}),
        ("tests/oauth/test_flow.py", {"tests/oauth/test_flow.py", "tests/oauth/test_other.py", *OF_ALL}),
        ("tests/oauth/test_other.py", {"tests/oauth/test_other.py", *OF_ALL}),
        ("tests/orders/test_alone.py", {"tests/orders/test_alone.py", *OF_ALL}),
        ("CHANGELOG.md", OF_ALL),
    ],
)
def test_a_test_stands_on_all_code_and_on_the_tests_that_it_names(changed: str, moved: set[str]) -> None:
    assert _moved(changed) == moved


def _here() -> tuple[list[str], dict[str, str]]:
    """What there is under tests in this very project, and the texts of its modules."""
    listed = subprocess.run(["git", "-C", str(HERE), "ls-files", "tests"], capture_output=True, text=True, check=True).stdout.split()
    return listed, {path: (HERE / path).read_text("utf-8") for path in listed if path.endswith(".py")}


def test_here_a_proof_says_more_of_what_has_sizes_than_of_what_has_none() -> None:
    listed, texts = _here()
    grounds = Grounds(dict.fromkeys(listed, "1"), texts)
    for more in ("audit/test_crash", "accounts/test_guessing", "prove/test_numbers", "fapi/test_planted", "roof/test_behind_a_proxy"):
        assert grounds.proves_more(f"tests/{more}.py"), more
    for same in ("accounts/test_registration", "kernel/test_unit", "grants/test_records"):
        assert not grounds.proves_more(f"tests/{same}.py"), same


def test_here_every_test_stands_on_its_own_module_and_on_what_all_share() -> None:
    listed, texts = _here()
    grounds = Grounds(dict.fromkeys(listed, "1"), texts)
    tests = [path for path in texts if "/test_" in path]
    assert len(tests) > 200
    for shared in ("tests/conftest.py", "tests/databases.py", "tests/prove/sizes.py"):
        other = Grounds({**dict.fromkeys(listed, "1"), shared: "2"}, texts)
        assert all(grounds.of(test) != other.of(test) for test in tests), shared


def test_here_what_few_use_moves_few() -> None:
    listed, texts = _here()
    before, after = (Grounds({**dict.fromkeys(listed, "1"), "tests/journeys/attacker.py": turn}, texts) for turn in "12")
    moved = {path for path in texts if "/test_" in path and before.of(path) != after.of(path)}
    assert {"tests/journeys/test_payloads.py", "tests/oauth/test_keys_in_a_browser.py"} <= moved
    # The rules of the house read everything; whoever uses one of theirs for a trifle would stand on everything as well.
    assert len([path for path in moved if not path.startswith("tests/house/")]) < 20


def test_a_line_that_was_cut_off_proves_nothing(tmp_path: Path) -> None:
    path, grounds = tmp_path / "proved.jsonl", Grounds({"tests/test_a.py": "1"}, {"tests/test_a.py": ""})
    line = json.dumps({"test": "tests/test_a.py::a", "figures": [], "grounds": grounds.of("tests/test_a.py")})
    path.write_text(line + "\n" + line.replace("::a", "::b")[:-9])
    assert list(Journal(path, grounds).proved()) == ["tests/test_a.py::a"]
    other = Grounds({"tests/test_a.py": "2"}, {"tests/test_a.py": ""})
    assert list(Journal(path, other).proved()) == []
