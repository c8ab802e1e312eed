"""What was proved, written down test by test."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.prove.grounds import Grounds
from tests.prove.report import Figure

FIGURE = "figure"
"""Under which name a test's figures travel home with what became of it."""
EARLIER = pytest.StashKey[dict[str, list[Figure]]]()
"""What earlier runs proved, each test with its figures."""
FAILED = pytest.StashKey[list[str]]()
"""What failed in an earlier run on the same grounds, and may have passed since."""

ALIKE = pytest.StashKey[int]()
"""How many tests were left out since `make test` says as much of them."""


class Journal:
    """The file of what was proved, a line a test with what it stood on."""

    def __init__(self, path: Path, grounds: Grounds) -> None:
        self._path, self._grounds = path, grounds
        self._passed: dict[str, list[Any]] = {}

    def proved(self) -> dict[str, list[Figure]]:
        """The tests that passed on the grounds that are here, each with its figures."""
        return {said["test"]: [Figure(**figure) for figure in said["figures"]] for said in self._said() if "figures" in said}

    def failed(self) -> list[str]:
        """The tests that failed on these grounds, whatever became of them since."""
        return sorted({said["test"] for said in self._said() if "figures" not in said})

    def _said(self) -> Iterator[dict[str, Any]]:
        """The lines that tell of these grounds. A half line tells nothing."""
        for line in self._path.read_text().splitlines() if self._path.is_file() else ():
            with suppress(ValueError):
                said = json.loads(line)
                if said["grounds"] == self._grounds.of(module_of(said["test"])):
                    yield said

    def begin(self) -> None:
        """Forgets whatever was proved before."""
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text("")

    def take(self, report: pytest.TestReport) -> None:
        """Writes a test down: as failed at once, as proved when it is over and nothing of it failed."""
        if report.failed:
            self._write(test=report.nodeid)
        if report.when == "call" and report.passed:
            self._passed[report.nodeid] = figures_of(report)
        elif report.when == "teardown" and (figures := self._passed.pop(report.nodeid, None)) is not None and report.passed:
            self._write(test=report.nodeid, figures=[vars(one) for one in figures])

    def _write(self, **said: Any) -> None:
        grounds = self._grounds.of(module_of(said["test"]))
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps({**said, "grounds": grounds}) + "\n")


def module_of(test: str) -> str:
    """The file of a test."""
    return test.partition("::")[0]


def figures_of(report: pytest.TestReport) -> list[Figure]:
    """The figures that came home with a test."""
    return [Figure(**value) for name, value in report.user_properties if name == FIGURE]
