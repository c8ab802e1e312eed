"""A lived-in portal for the browser: the demonstration's half year, its server, and the bookshop beside it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import pytest

from portal.app import create_app
from portal.demo.run import BOOKSHOP_CONFIG, bookshop_url, set_up
from portal.kernel.house import House, use_house
from portal.kernel.settings import Settings
from portal.wiring import open_house
from tests.accounts.counting import count_from_none
from tests.browsing import LiveServer, free_port
from tests.databases import Databases


@dataclass(frozen=True)
class Portal:
    """Where it runs and who can sign in."""

    house: House
    url: str
    shop: str
    cast: dict[str, list[dict[str, str]]]

    def person(self, role: str, number: int = 0) -> tuple[str, str]:
        """Address and password of one of the cast: ``customers``, ``officers`` or ``staff``."""
        found = self.cast[role][number]
        return found["email"], found["password"]


def _two_ports() -> int:
    while True:
        port = free_port()
        if port < 65_000:
            return port


@pytest.fixture(scope="session")
def portal(databases: Callable[[str], Databases], chromium_path: str) -> Iterator[Portal]:
    """The portal after half a year, served as ``make demo`` serves it."""
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        instance = Path(folder)
        url = databases("sqlite").fresh(instance)
        house = open_house(Settings(instance=instance, database_url=url, demo=True, port=_two_ports(), answers_to="answers@freehold.example"))
        with use_house(house):
            set_up(house, create_app(house))
        server = LiveServer(house, port=house.settings.port)
        server.start()
        shop = _bookshop(house)
        try:
            cast = json.loads((instance / "demo.json").read_text())
            yield Portal(house, house.settings.origin, bookshop_url(house.settings), cast)
        finally:
            os.killpg(shop.pid, signal.SIGTERM)
            shop.wait(20)
            server.stop()
            house.close()


@pytest.fixture(autouse=True)
def tries_count_from_none(request: pytest.FixtureRequest) -> None:
    """Tests sign the same few people in more often than anybody does, and each begins with no try counted."""
    if "portal" in request.fixturenames:
        portal: Portal = request.getfixturevalue("portal")
        count_from_none(portal.house)


def _bookshop(house: House) -> "subprocess.Popen[bytes]":
    config = house.settings.instance / BOOKSHOP_CONFIG
    command = [sys.executable, "-m", "portal.demo.bookshop", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(bookshop_url(house.settings), timeout=2):
                return process
        except (OSError, HTTPException):
            # Where nobody listens yet the kernel may connect the question with itself, which then answers it.
            time.sleep(0.05)
    process.kill()
    raise RuntimeError("the bookshop did not start")
