"""A proof takes hours, and may be made in several runs: with ``--go-on`` what stands on the same is not run again.

What passes at full size is written down at once, with its figures and what it stood on (:mod:`tests.prove.grounds`): all
code, and the modules of tests that it uses. Where any of that has changed, and with another Python, it is run again. The
report counts what was proved in earlier runs, and names what failed in one, though it passed in another.
"""

from typing import Any

import pytest

from tests.prove import report as reports
from tests.prove.grounds import grounds_of
from tests.prove.journal import EARLIER, FAILED, Journal
from tests.prove.report import REPORT
from tests.prove.sizes import PROVING


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make prove ARGS=--go-on`."""
    parser.addoption("--go-on", action="store_true", help="leave out what `make prove` has proved of the same code and test before")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Looks what is proved already; a worker is told."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.stash[EARLIER] = {test: [] for test in given["proved"]}
        return
    config.stash[EARLIER], config.stash[FAILED] = {}, []
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is proved."""
    earlier = config.stash[EARLIER]
    proved = [item for item in items if item.nodeid in earlier]
    if proved:
        config.hook.pytest_deselected(items=proved)
        items[:] = [item for item in items if item.nodeid not in earlier]
