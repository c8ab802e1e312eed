"""Several workers at once (pytest-xdist): who gets which tests, who must be alone, and where the figures go.

A module's tests on one engine stay with one worker, which makes what they share once. A test marked `alone` measures time or memory: while it runs, no other worker runs any.
"""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from portal.kernel.i18n import LOCALES
from tests.prove.journal import figures_of
from tests.prove.report import REPORT, Report
from tests.turns import turn

APART = ("sqlite", "postgresql", *LOCALES)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker and begins the report."""
    config.addinivalue_line("markers", "alone: measures time or memory, so that no other test may run beside it")
    report = config.stash[REPORT] = Report()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Home(report), "figures-come-home")


class _Home:
    """Takes the figures of each test, whichever process ran it."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """They travel with what became of the test."""
        if report.when == "call":
            for figure in figures_of(report):
                self._report.add(figure)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Who gets which tests."""
    return _ByModuleAndEngine(config, log)


class _ByModuleAndEngine(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """What stays with one worker: a module's tests, on each engine and in each language of its own."""
    module, _, test = nodeid.partition("::")
    said = re.split(r"[-\[\]]", test)
    return " ".join([module, *(word for word in said if word in APART)])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules in which a test must be alone come last: all others wait for it, and it for the longest of them."""
    alone = {item.path for item in items if item.get_closest_marker("alone")}
    items.sort(key=lambda item: item.path in alone)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test begins when nobody is alone; one that must be alone begins when nobody else is there."""
    folder = shared_folder(item.config)
    if folder is None:
        return (yield)
    with turn(folder, alone=item.get_closest_marker("alone") is not None):
        return (yield)


def shared_folder(config: pytest.Config) -> Path | None:
    """The folder that all workers of this run see; None where there is one process only."""
    if not hasattr(config, "workerinput"):
        return None
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    return factory.getbasetemp().parent
