"""The command line on the house of a test, and a demonstration told once for all tests that need one to be there."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal import cli
from portal.kernel.house import House
from tests.roof.demonstration import Demonstration

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("vendor", "list")` on the house of the test."""
    monkeypatch.setenv("FREEHOLD_INSTANCE", str(house.settings.instance))
    monkeypatch.setenv("FREEHOLD_DATABASE_URL", house.settings.database_url)

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        monkeypatch.setattr(sys, "argv", ["freehold", *arguments])
        code: object = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code, out, err)

    return call


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The command on an empty machine; it was told to end again."""
    demonstration = Demonstration(tmp_path_factory.mktemp("demonstration") / "instance")
    demonstration.start()
    assert demonstration.end(signal.SIGTERM) == 0, demonstration.printed()
    return demonstration


@pytest.fixture
def moved(first_start: Demonstration, tmp_path: Path) -> Demonstration:
    """A copy of its folder, to be started on other ports."""
    shutil.copytree(first_start.instance, tmp_path / "instance")
    return Demonstration(tmp_path / "instance")


@pytest.fixture
def running(moved: Demonstration) -> Iterator[Demonstration]:
    """A demonstration that runs."""
    moved.start()
    yield moved
    moved.end(signal.SIGTERM)
