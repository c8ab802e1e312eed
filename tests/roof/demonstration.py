"""`freehold demo` as an operator starts it: real processes on ports of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from tests.browsing import free_port
from tests.plain_browser import Pair
from tests.processes import ROOT

LAST_WORDS = "--fresh makes it anew."


def two_ports() -> int:
    """A port that nobody has, and nobody has the next one either."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


class Web:
    """Real HTTP, with cookies, as one person's browser."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "en"

    def fetch(self, method: str, address: str, sent: list[Pair]) -> tuple[str, int, str]:
        """One request, and wherever it leads."""
        where = {"params": sent} if method.lower() == "get" else {"data": sent}
        answer = self._session.request(method, address, timeout=30, **where)  # type: ignore[arg-type]
        return answer.url, answer.status_code, answer.text


class Demonstration:
    """The command on an instance; `port` and the next one are its own."""

    def __init__(self, instance: Path, port: int | None = None) -> None:
        self.instance = instance
        self.port = port or two_ports()
        self.url = f"http://localhost:{self.port}"
        self._printed = instance.parent / f"{instance.name}-{self.port}.out"
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Starts it and does not wait."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
        environment = {**kept, "FREEHOLD_INSTANCE": str(self.instance), "PORT": str(self.port)}
        command = [sys.executable, "-m", "portal.cli", "demo", *arguments]
        with self._printed.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        return self.process

    def start(self, *arguments: str, seconds: float = 90) -> float:
        """Starts it and waits until it says that it is there; gives the seconds that took."""
        began = time.monotonic()
        process = self.begin(*arguments)
        while LAST_WORDS not in self.printed():
            if process.poll() is not None or time.monotonic() - began > seconds:
                self.end(signal.SIGKILL)
                raise RuntimeError(f"the demonstration did not start:\n{self.printed()}")
            time.sleep(0.02)
        return time.monotonic() - began

    def printed(self) -> str:
        """What it said so far."""
        return self._printed.read_text() if self._printed.exists() else ""

    @property
    def cast(self) -> dict[str, Any]:
        """What it wrote for scripts."""
        found: dict[str, Any] = json.loads((self.instance / "demo.json").read_text())
        return found

    def family(self) -> list[int]:
        """It and every process that it started."""
        assert self.process is not None
        return [self.process.pid, *_descendants(self.process.pid)]

    def seconds_computed(self) -> float:
        """The processor time of all of them: what a start costs, however busy the machine."""
        ticks = sum(sum(map(int, _stat(pid)[11:13])) for pid in self.family())
        return ticks / os.sysconf("SC_CLK_TCK")

    def end(self, number: int, *, everybody: bool = False) -> int:
        """Sends a signal, to the whole group as Ctrl-C does where ``everybody``, and waits; gives the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            (os.killpg if everybody else os.kill)(self.process.pid, number)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


def seconds_to_import() -> float:
    """The processor time that one process takes to import the application, on this machine and now."""
    code = "import time, portal.app; print(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True).stdout)


def gone(pids: list[int], seconds: float = 20) -> bool:
    """Whether every process ends in time; one that only waits to be buried has ended."""
    deadline = time.monotonic() + seconds
    while any(map(_runs, pids)):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        return _stat(pid)[0] not in "ZX"
    except FileNotFoundError:
        return False


def _stat(pid: int) -> list[str]:
    # The name of the program may hold anything but stands in brackets.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def _descendants(parent: int) -> list[int]:
    children = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(_stat(int(folder.name))[1]) == parent:
                children.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return [*children, *(pid for child in children for pid in _descendants(child))]
