"""The report tells figures beside their goals, and a run that skipped something proved nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.prove.report import Figure, Report


def _figure(value: float, goal: float | None, better: str = "higher") -> Figure:
    return Figure("reads", value, goal, "/s", better, "tests/x.py::test_x")


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (_figure(5, 5), True),
        (_figure(4.9, 5), False),
        (_figure(4.9, 5, "lower"), True),
        (_figure(5.1, 5, "lower"), False),
        (_figure(0, 0, "equal"), True),
        (_figure(1, 0, "equal"), False),
        (_figure(1, None), True),
    ],
)
def test_a_figure_is_held_against_its_goal_from_the_right_side(figure: Figure, met: bool) -> None:
    assert figure.met is met


def test_the_report_names_what_was_missed_and_takes_the_median() -> None:
    report = Report()
    for value in (1.0, 9.0, 3.0):
        report.add(_figure(value, 5))
    [missed] = report.missed()
    assert missed.value == 3.0
    page = report.markdown({"passed": 3, "skipped": 0})
    assert "## Goals missed\n- **reads**: 3 /s, goal ≥ 5" in page
    assert "skipped" not in page


SUITE = """
import pytest
from tests.prove.sizes import size

def test_counts(figure):
    figure("rounds", size(test=2, prove=9), goal=9, unit="rounds")

@pytest.mark.skipif({skip}, reason="NOT RUN")
def test_elsewhere():
    pass
"""


@pytest.mark.parametrize(("prove", "skip", "code"), [("1", True, 1), ("1", False, 0), ("0", True, 0)])
def test_proving_fails_on_a_skip_and_works_at_full_size(tmp_path: Path, prove: str, skip: bool, code: int) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import *\n"
        "import tests.prove.report as r, pathlib\n"
        f"r.FOLDER = pathlib.Path({str(tmp_path)!r})\n"
    )
    (tmp_path / "test_planted.py").write_text(SUITE.format(skip=skip))
    environment = {**os.environ, "FREEHOLD_PROVE": prove, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    page = tmp_path / ("prove.md" if prove == "1" else "test.md")
    assert ("MISSED" in done.stdout) == (prove == "0")
    assert ("9" if prove == "1" else "2") in page.read_text()
