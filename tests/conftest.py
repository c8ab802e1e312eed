"""What every test stands on: a house on a fresh database of either engine, the app on it, a browser, figures."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from portal.kernel.house import House, use_house
from portal.kernel.i18n import use_locale
from portal.kernel.settings import Settings
from portal.wiring import WIRING
from tests.databases import ENGINES, Databases, open_databases
from tests.once import make_once
from tests.prove.journal import ALIKE, EARLIER, FAILED, FIGURE
from tests.prove.report import REPORT, Figure
from tests.prove.sizes import PROVING

pytest_plugins = ["tests.browsing", "tests.alongside", "tests.prove.going_on"]


make_once()


def pytest_configure(config: pytest.Config) -> None:
    """Registers our markers, and how properties are tried."""
    # How long an example takes says something about the machine alone.
    settings.register_profile("house", deadline=None)
    settings.load_profile("house")
    config.addinivalue_line("markers", "engines(*names): run on these engines alone; the reason stands beside it")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that needs a house runs on each engine."""
    if "engine_name" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("engines")
        names = [name for name in ENGINES if marker is None or name in marker.args]
        metafunc.parametrize("engine_name", names, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for a page needs a browser: the marker need not be repeated."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Databases]]:
    """Databases of an engine, opened when first asked for."""
    opened: dict[str, Databases] = {}

    def of(engine_name: str) -> Databases:
        if engine_name not in opened:
            opened[engine_name] = open_databases(engine_name, tmp_path_factory.mktemp("template"))
        return opened[engine_name]

    yield of
    for each in opened.values():
        each.close()


HouseMaker = Callable[..., House]


@contextmanager
def _maker(databases: Callable[[str], Databases]) -> Iterator[HouseMaker]:
    with ExitStack() as stack:

        def make(engine_name: str, **settings: object) -> House:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-")))
            url = databases(engine_name).fresh(folder)
            stack.callback(databases(engine_name).drop, url)
            house = House.open(Settings(instance=folder, database_url=url, **settings), WIRING)  # type: ignore[arg-type]
            stack.callback(house.close)
            return house

        yield make


@pytest.fixture
def make_house(databases: Callable[[str], Databases]) -> Iterator[HouseMaker]:
    """`make_house("sqlite", demo=True)`: further houses, each with its own database and keys."""
    with _maker(databases) as make:
        yield make


@pytest.fixture(scope="module")
def make_module_house(databases: Callable[[str], Databases]) -> Iterator[HouseMaker]:
    """The same for a whole module: for tests whose making costs more than a test."""
    with _maker(databases) as make:
        yield make


@pytest.fixture(autouse=True)
def as_a_process_begins() -> Iterator[None]:
    """A request in this thread speaks its reader's language from there on, and a command sets what its processes must
    know; the next test begins without either."""
    with use_locale("en"), same_environment():
        yield


@contextmanager
def same_environment() -> Iterator[None]:
    """A block after which the environment is what it was before."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update({name: value for name, value in before.items() if os.environ.get(name) != value})


@pytest.fixture
def house(make_house: HouseMaker, engine_name: str) -> Iterator[House]:
    """A house on a fresh database; the test runs once on each engine."""
    house = make_house(engine_name)
    with use_house(house):
        yield house


@pytest.fixture
def app(house: House) -> Flask:
    """The portal's pages and API on that house."""
    from portal.app import create_app

    app = create_app(house)
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a screen."""
    return app.test_client()


@pytest.fixture(scope="session")
def real_orders() -> Path:
    """The file of 1,000 real order timelines; loud where it is not there."""
    folder = os.environ.get("FREEHOLD_TEST_DATA") or ""
    path = Path(folder) / "orders_timeline.csv"
    if not folder or not path.is_file():
        pytest.skip("NOT RUN: FREEHOLD_TEST_DATA names no folder with orders_timeline.csv")
    return path


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[..., float]:
    """`figure("reads a second", 812.0, goal=500, unit="/s")`: measured, for the report; never fails the test."""
    home = request.node.user_properties

    def add(name: str, value: float, goal: float | None = None, unit: str = "", better: str = "higher") -> float:
        assert better in ("higher", "lower", "equal")
        home.append((FIGURE, vars(Figure(name, float(value), goal, unit, better, request.node.nodeid))))
        return value

    return add


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the figures; in `make prove` a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    report = session.config.stash[REPORT]
    if reporter is None or hasattr(session.config, "workerinput") or not (report.figures or PROVING):
        return
    earlier = len(session.config.stash[EARLIER])
    counts = {word: len(reporter.stats.get(word, ())) for word in ("passed", "failed", "error", "skipped", "xfailed")}
    counts["passed in earlier runs on the same code"] = earlier
    counts["left out, being the same in `make test`"] = session.config.stash[ALIKE]
    page = report.write(counts, failed_before=session.config.stash[FAILED])
    reporter.write_line(f"\nFigures: {page}")
    for missed in report.missed():
        reporter.write_line(f"MISSED: {missed.name}: {missed.value:g} {missed.unit}, goal {missed.goal:g}", red=True)
    if PROVING and counts["skipped"]:
        reporter.write_line(f"{counts['skipped']} tests were skipped: nothing is proved by a test that did not run", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
