"""A demonstration told once for all tests that only need one to be there."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.roof.demonstration import Demonstration


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
