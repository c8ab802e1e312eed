"""The server starts, answers, ends when told to, and comes back after a kill."""

import re
import subprocess
import sys
from collections.abc import Callable
from urllib.request import urlopen

import pytest

from portal.kernel.house import House
from portal.kernel.instance import known_origin
from tests.browsing import LiveServer


def _front_page(server: LiveServer) -> str:
    with urlopen(server.url, timeout=10) as answer:
        return str(answer.read().decode())


def test_the_server_shows_its_front_page_and_ends_cleanly(live_server: LiveServer) -> None:
    assert re.search("<h1", _front_page(live_server))
    assert live_server.stop() == 0


def test_the_instance_remembers_where_it_was_served(
    house: House, make_server: Callable[..., LiveServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FREEHOLD_ORIGIN", raising=False)
    assert known_origin(house.settings) is None
    first = make_server(house, FREEHOLD_ORIGIN="")
    assert known_origin(house.settings) == first.url
    first.stop()
    second = make_server(house, FREEHOLD_ORIGIN="https://portal.example.org")
    assert known_origin(house.settings) == "https://portal.example.org"
    assert second.stop() == 0


def test_a_killed_server_comes_back_on_the_same_data(house: House, make_server: Callable[..., LiveServer]) -> None:
    server = make_server(house)
    server.kill()
    server.start()
    assert "Freehold" in _front_page(server)


def test_a_server_carries_nothing_that_commands_alone_need() -> None:
    loaded = "import sys, portal.cli, portal.serve; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    names = subprocess.run([sys.executable, "-c", loaded], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    assert "portal" in names
    assert not {"alembic", "mako", "rich", "pygments", "gunicorn", "playwright", "psycopg", "icalendar", "segno"}.intersection(names)
