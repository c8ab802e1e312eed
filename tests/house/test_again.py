"""`.ci/again`: what failed beside others must pass alone, three times, and nothing else is let through."""

import subprocess
import sys
from pathlib import Path

import pytest

AGAIN = Path(__file__).parents[2] / ".ci" / "again"
# Fails while a file counts down.
SHAKY = """
from pathlib import Path

def _fails(name):
    left = Path(name)
    turns = int(left.read_text())
    left.write_text(str(turns - 1))
    assert turns <= 0

def test_one(): _fails("one")
def test_two(): _fails("two")
def test_three(): _fails("three")
def test_four(): _fails("four")
def test_plain(): pass
"""
NAMES = ("one", "two", "three", "four")


def _run(folder: Path, more: str = "", **turns: int) -> subprocess.CompletedProcess[str]:
    """A suite that fails so many times for each of its tests, and then what is run again."""
    (folder / "test_shaky.py").write_text(SHAKY + more)
    for name in NAMES:
        (folder / name).write_text(str(turns.get(name, 0)))
    suite = [sys.executable, "-m", "pytest", "."]
    log = folder / "log"
    log.write_text(subprocess.run(suite, cwd=folder, capture_output=True, text=True, check=False).stdout)
    environment = {"PYTHON_AGAIN": sys.executable, "PATH": "/usr/bin:/bin"}
    return subprocess.run(["bash", AGAIN, log], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_up_to_three_that_failed_once_pass_alone_and_are_named(tmp_path: Path) -> None:
    done = _run(tmp_path, one=1, two=1, three=1)
    assert done.returncode == 0, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert "FAILED BESIDE OTHERS" in last and all(f"::test_{name}" in last for name in NAMES[:3])
    assert "test_four" not in last and done.stdout.count("3 passed") == 3


@pytest.mark.parametrize(
    ("more", "turns"),
    [
        ("", {"one": 2}),
        ("", dict.fromkeys(NAMES, 1)),
        ("\nimport pytest\n@pytest.fixture\ndef broken(): raise OSError\ndef test_five(broken): pass\n", {"one": 1}),
        ("\nraise OSError\n", {}),
        ("\nimport pytest\ndef test_five(): raise KeyboardInterrupt\n", {"one": 1}),
        ("", {}),
    ],
    ids=["fails-again", "too-many", "an-error", "not-collected", "cut-short", "nothing-failed"],
)
def test_nothing_else_is_let_through(tmp_path: Path, more: str, turns: dict[str, int]) -> None:
    done = _run(tmp_path, more, **turns)
    assert done.returncode != 0, done.stdout


def test_it_is_what_ci_runs_after_the_suite() -> None:
    assert 'make test 2>&1 | tee "$log" || .ci/again "$log"' in (AGAIN.parent / "run").read_text()
