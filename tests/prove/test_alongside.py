"""Workers side by side: whoever measures is alone, what belongs together stays together, and figures come home."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.alongside import group_of
from tests.conftest import same_environment
from tests.processes import ROOT
from tests.turns import one_after_the_other, turn

SUITE = """
import pathlib, time
import pytest

HERE = pathlib.Path(__file__).parent
MODULE = {module}

def _stay(name):
    mine = HERE / f"here-{{name}}"
    mine.touch()
    time.sleep(0.2)
    others = len(list(HERE.glob("here-*"))) - 1
    mine.unlink()
    return others

@pytest.mark.parametrize("n", range(4))
def test_among_others(n, worker_id):
    _stay(f"{{MODULE}}-{{n}}")
    (HERE / f"by-{{MODULE}}-{{worker_id}}").touch()

@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize("n", range(2))
def test_measures(n, figure):
    figure(f"others {{MODULE}} {{n}}", _stay(f"{{MODULE}}-alone-{{n}}"), goal=0, better="equal")
"""


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/a.py::test_x[sqlite-3]", "tests/a.py sqlite"),
        ("tests/a.py::test_x[many-postgresql]", "tests/a.py postgresql"),
        ("tests/a.py::test_x", "tests/a.py"),
        ("tests/a.py::TestX::test_y[ro]", "tests/a.py ro"),
    ],
)
def test_what_shares_a_module_and_an_engine_stays_together(test: str, group: str) -> None:
    assert group_of(test) == group


def test_modules_with_a_test_that_must_be_alone_come_last_and_stay_whole(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    alone = "import pytest\n\n@pytest.mark.alone\ndef test_b():\n    pass\n\ndef test_c():\n    pass\n"
    for name, text in (("one", "def test_a():\n    pass\n"), ("measures", alone), ("two", "def test_a():\n    pass\n")):
        (tmp_path / f"test_{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if "::" in line]
    assert [line.rpartition("/")[2] for line in told] == [
        "test_one.py::test_a", "test_two.py::test_a", "test_measures.py::test_b", "test_measures.py::test_c"
    ]  # fmt: skip


def test_a_test_that_measures_is_alone_and_its_figure_comes_home(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import *\nimport tests.prove.report as r, pathlib\n"
        f"r.FOLDER = pathlib.Path({str(tmp_path)!r})\n"
        "def pytest_configure(config): config.addinivalue_line('markers', 'slow: takes long')\n"
    )
    for module in range(2):
        (tmp_path / f"test_planted_{module}.py").write_text(SUITE.format(module=module))
    options = ["-q", "-n", "2", "--no-loadscope-reorder", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", str(tmp_path), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FREEHOLD_PROVE": "0"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((tmp_path / "test.json").read_text())["figures"]
    assert sorted(figure["name"] for figure in figures) == [f"others {m} {n}" for m in range(2) for n in range(2)]
    assert all(figure["met"] for figure in figures), figures
    # Each module stayed with one worker.
    assert len(list(tmp_path.glob("by-0-*"))) == len(list(tmp_path.glob("by-1-*"))) == 1


def test_whoever_wants_the_floor_alone_waits_for_all_and_is_not_overtaken(tmp_path: Path) -> None:
    told: list[str] = []

    def comes(name: str, *, alone: bool) -> threading.Thread:
        def stay() -> None:
            with turn(tmp_path, alone=alone):
                told.append(name)

        thread = threading.Thread(target=stay)
        thread.start()
        time.sleep(0.2)
        return thread

    with turn(tmp_path, alone=False):
        threads = [comes("alone", alone=True), comes("later", alone=False)]
        assert told == []
    for thread in threads:
        thread.join(5)
    assert told == ["alone", "later"]


def test_one_at_a_time_is_in_what_is_done_one_after_the_other(tmp_path: Path) -> None:
    inside: list[int] = []

    def stay() -> None:
        with one_after_the_other(tmp_path, "making"):
            inside.append(1)
            assert len(inside) == 1
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=stay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert inside == []


def test_the_next_test_finds_the_environment_that_the_last_one_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_CHANGED", "before")
    monkeypatch.setenv("FREEHOLD_TAKEN", "before")
    before = dict(os.environ)
    with same_environment():
        os.environ.update(FREEHOLD_CHANGED="after", FREEHOLD_NEW="after")
        del os.environ["FREEHOLD_TAKEN"]
        assert os.environ != before
    assert os.environ == before
