"""A real server in a process of its own, and a real browser in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from portal.kernel.house import House
from tests.processes import Started, begin

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
Process = Started | subprocess.Popen[bytes]
# How long a page takes says something about the machine alone: what never comes is found all the same.
expect.set_options(timeout=30_000)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LiveServer:
    """`freehold serve` on a house, started, killed and started again at will."""

    def __init__(self, house: House, *arguments: str, port: int | None = None, **environment: str) -> None:
        self.house = house
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self._arguments = arguments
        self._log = house.settings.instance / f"server-{self.port}.log"
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("FREEHOLD_")},
            "FREEHOLD_INSTANCE": str(house.settings.instance),
            "FREEHOLD_DATABASE_URL": house.settings.database_url,
            "FREEHOLD_ORIGIN": self.url,
            "FREEHOLD_DEMO": str(house.settings.demo).lower(),
            "FREEHOLD_ANSWERS_TO": house.settings.answers_to,
            "PORT": str(self.port),
            **environment,
        }
        self.process: Process | None = None

    def start(self, seconds: float = 30) -> None:
        """Starts it and waits until it answers."""
        self.process = self._begin()
        self._wait(seconds)

    def _begin(self) -> Process:
        # A session of its own: stop() and kill() then reach its worker too, and nobody else.
        return begin("portal.cli", "serve", *self._arguments, environment=self._environment, out=self._log)

    def _wait(self, seconds: float) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urlopen(f"{self.url}/static/img/mark.svg", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the server did not start:\n{self.output()[-4000:]}")

    def output(self) -> str:
        """What it printed so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, at once, with its worker."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self) -> int:
        """Asks it to end, waits, and answers its exit code."""
        self._signal(signal.SIGTERM)
        assert self.process is not None
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@pytest.fixture
def make_server() -> Iterator[Callable[..., LiveServer]]:
    """`make_server(house)`: a started server; all end with the test."""
    with ExitStack() as stack:

        def make(house: House, *arguments: str, **environment: str) -> LiveServer:
            server = LiveServer(house, *arguments, **environment)
            stack.callback(server.kill)
            server.start()
            return server

        yield make


@pytest.fixture
def live_server(house: House, make_server: Callable[..., LiveServer]) -> LiveServer:
    """The portal of `house` on a port of its own; `live_server.url` is its address."""
    return make_server(house)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The distribution's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1 and no Chromium is installed")
        pytest.skip("NOT RUN: no Chromium is installed (apt-get install chromium), so no page was seen by a browser")
    return found


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, headless=True, args=CHROMIUM)
        _listen(browser)
        yield browser
        browser.close()


_REFUSED: list[str] = []
"""What pages wanted and our Content Security Policy refused, in the words of the browser's console."""


def _listen(browser: Browser) -> None:
    """Whatever a test opens, what the policy refuses there is heard.

    Tests open contexts in many ways, and Playwright tells nobody that one was opened: so the way itself listens.
    """
    plain = browser.new_context

    def listening(**options: Any) -> BrowserContext:
        context = plain(**options)
        context.on("console", lambda message: _hear(message.text))
        return context

    browser.new_context = listening  # type: ignore[method-assign]


def _hear(said: str) -> None:
    if "Content Security Policy" in said or "Trusted Type" in said:
        _REFUSED.append(said)


@pytest.fixture(autouse=True)
def nothing_that_the_policy_refuses(request: pytest.FixtureRequest) -> Iterator[None]:
    """No page of any journey holds what its own policy refuses (goal G36: 0 reports)."""
    _REFUSED.clear()
    yield
    if "browser" in request.fixturenames:
        assert _REFUSED == []


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A person's browser: cookies of its own."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    return context.new_page()
