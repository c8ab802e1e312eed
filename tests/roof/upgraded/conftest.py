"""An instance that a release left in the middle of a day, upgraded, and Ana's browser of before."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner

from portal.kernel import clock
from portal.kernel.house import House, use_house
from portal.kernel.migrate import bring_up
from portal.kernel.settings import Settings
from portal.wiring import open_house
from tests.databases import Databases
from tests.roof.upgraded.released import TOLD, just_after, unpack


@pytest.fixture(autouse=True)
def _the_upgrade_takes_twenty_seconds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cookies and forms say when they were made by a clock that nobody moves; here they go by ours."""
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _signer: int(clock.now().timestamp()))
    with just_after():
        yield


@pytest.fixture(scope="module")
def left(
    databases: Callable[[str], Databases], engine_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The instance as the release left it. Tests take copies."""
    folder = tmp_path_factory.mktemp("left")
    url = unpack(folder, engine_name, databases(engine_name))
    yield Settings(instance=folder, database_url=url, demo=True)
    databases(engine_name).drop(url)


@pytest.fixture
def is_upgraded() -> bool:
    """Whether the instance is upgraded before the test."""
    return True


@pytest.fixture
def house(
    left: Settings, databases: Callable[[str], Databases], engine_name: str, tmp_path: Path, is_upgraded: bool
) -> Iterator[House]:
    """A copy of the instance, in the hands of this tree's code."""
    shutil.copytree(left.instance, tmp_path, dirs_exist_ok=True)
    url = databases(engine_name).copy(left.database_url, tmp_path)
    for path in tmp_path.glob("freehold.db*"):
        path.chmod(0o600)
    house = open_house(left.model_copy(update={"instance": tmp_path, "database_url": url}))
    if is_upgraded:
        bring_up(house)
    with use_house(house):
        yield house
    house.close()
    databases(engine_name).drop(url)


@pytest.fixture
def ana(app: Flask) -> FlaskClient:
    """Ana's browser, in which she has been signed in since before."""
    browser = app.test_client()
    for name, value in TOLD["cookies"].items():
        browser.set_cookie(name, value)
    return browser
