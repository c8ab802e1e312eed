"""A proof takes hours, and may be made in several runs: with ``--go-on`` what stands on the same is not run again.

What passes at full size is written down at once, with its figures and what it stood on (:mod:`tests.prove.grounds`): all
code, and the modules of tests that it uses. Where any of that has changed, and with another Python, it is run again. The
report counts what was proved in earlier runs, and names what failed in one, though it passed in another.

Three modules in four are the same in `make test`: they have no size and measure nothing. With ``--sized`` they are left
out, and the report says how many tests that were; it is for whoever has seen `make test` pass on the same code.
"""

from typing import Any

import pytest

from tests.prove import report as reports
from tests.prove.grounds import Grounds, grounds_of
from tests.prove.journal import ALIKE, EARLIER, FAILED, Journal, module_of
from tests.prove.report import REPORT
from tests.prove.sizes import PROVING


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make prove ARGS="--go-on --sized"`."""
    parser.addoption("--go-on", action="store_true", help="leave out what `make prove` has proved of the same code and test before")
    parser.addoption("--sized", action="store_true", help="leave out the modules that are the same in `make test`: without sizes, measuring nothing")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Looks what is proved already; a worker is told."""
    config.stash[ALIKE] = 0
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[EARLIER] = {test: [] for test in given["proved"]}
        return
    config.stash[EARLIER], config.stash[FAILED] = {}, []
    if config.getoption("--sized"):
        # Said here, in one line: a worker that finds it out ends with a trace of its own.
        _committed()
    grounds = grounds_of() if PROVING else None
    if grounds is None:
        return
    journal = Journal(reports.FOLDER / "proved.jsonl", grounds)
    if config.getoption("--go-on"):
        config.stash[EARLIER], config.stash[FAILED] = journal.proved(), journal.failed()
    else:
        journal.begin()
    for figures in config.stash[EARLIER].values():
        for figure in figures:
            config.stash[REPORT].add(figure)
    config.pluginmanager.register(_Taker(journal), "what-is-proved")


class _Taker:
    """Takes what becomes of each test."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Of this process, or come home from a worker."""
        self._journal.take(report)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Every worker leaves out the same tests."""
    node.workerinput["proved"] = list(node.config.stash[EARLIER])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker left out the same; one says how many."""
    node.config.stash[ALIKE] = getattr(node, "workeroutput", {}).get("alike", 0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker says how many tests it left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["alike"] = session.config.stash[ALIKE]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is proved, and what is the same in `make test` where that is asked for."""
    earlier = config.stash[EARLIER]
    _leave_out(config, items, [item for item in items if item.nodeid in earlier])
    alike = _alike(items) if config.getoption("--sized") else []
    config.stash[ALIKE] = len(alike)
    _leave_out(config, items, alike)


def _alike(items: list[pytest.Item]) -> list[pytest.Item]:
    grounds = _committed()
    modules = {module: grounds.proves_more(module) for module in {module_of(item.nodeid) for item in items}}
    return [item for item in items if not modules[module_of(item.nodeid)]]


def _leave_out(config: pytest.Config, items: list[pytest.Item], those: list[pytest.Item]) -> None:
    if those:
        config.hook.pytest_deselected(items=those)
        left = set(those)
        items[:] = [item for item in items if item not in left]


def _committed() -> Grounds:
    grounds = grounds_of()
    if grounds is None:
        raise pytest.UsageError("--sized reads from git what a test uses: commit first (`git status` shows what is not)")
    return grounds
