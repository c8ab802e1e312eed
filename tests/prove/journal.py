"""What was proved of a tree, written down test by test."""

import json
import platform
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.prove.report import Figure

ROOT = Path(__file__).resolve().parents[2]
FIGURE = "figure"
"""Under which name a test's figures travel home with what became of it."""
EARLIER = pytest.StashKey[dict[str, list[Figure]]]()
"""What earlier runs proved of this tree, each test with its figures."""
FAILED = pytest.StashKey[list[str]]()
"""What failed in an earlier run on this tree, and may have passed since."""


class Journal:
    """The file of what was proved, a line a test; its first line names the tree."""

    def __init__(self, path: Path, tree: str) -> None:
        self._path, self._tree = path, tree
        self._passed: dict[str, list[Any]] = {}

    def proved(self) -> dict[str, list[Figure]]:
        """The tests that passed on this tree, each with its figures."""
        return {said["test"]: [Figure(**figure) for figure in said["figures"]] for said in self._said() if "figures" in said}

    def failed(self) -> list[str]:
        """The tests that failed on this tree, whatever became of them since."""
        return sorted({said["test"] for said in self._said() if "figures" not in said})

    def _said(self) -> Iterator[dict[str, Any]]:
        """The lines; none where the file tells of another tree. A half line is none."""
        if not self._path.is_file():
            return
        first, *lines = self._path.read_text().splitlines() or [""]
        for line in lines if first == self._tree else ():
            with suppress(ValueError):
                yield json.loads(line)

    def begin(self) -> None:
        """Tells of this tree from here on, and of nothing that was proved of it."""
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(f"{self._tree}\n")

    def take(self, report: pytest.TestReport) -> None:
        """Writes a test down: as failed at once, as proved when it is over and nothing of it failed."""
        if report.failed:
            self._write(test=report.nodeid)
        if report.when == "call" and report.passed:
            self._passed[report.nodeid] = figures_of(report)
        elif report.when == "teardown" and (figures := self._passed.pop(report.nodeid, None)) is not None and report.passed:
            self._write(test=report.nodeid, figures=[vars(one) for one in figures])

    def _write(self, **said: Any) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(said) + "\n")


def figures_of(report: pytest.TestReport) -> list[Figure]:
    """The figures that came home with a test."""
    return [Figure(**value) for name, value in report.user_properties if name == FIGURE]


def tree_of(root: Path | None = None) -> str | None:
    """The name of what is checked out, with the Python that runs it; None where a file differs from what git knows."""
    root = root or ROOT
    try:
        changed = _git(root, "status", "--porcelain")
        name = _git(root, "rev-parse", "HEAD^{tree}")
    except (OSError, subprocess.CalledProcessError):
        return None
    return None if changed else f"{name} {platform.python_version()}"


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True).stdout.strip()
