"""Servers under measure: started on one core, their CPU time and memory read from /proc."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
THREADS = 8


@dataclass(frozen=True)
class Server:
    """A running server: its port and the processes that belong to it."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """CPU time of the whole process tree so far."""
        return sum(_cpu(pid) for pid in _tree(self.pid))

    def mebibytes(self) -> list[float]:
        """Resident memory of each process, MiB."""
        return [_rss(pid) for pid in _tree(self.pid)]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def server_core() -> set[int]:
    """The one core for servers: the first we may use."""
    return {min(os.sched_getaffinity(0))}


@contextmanager
def on_the_server_core() -> Iterator[None]:
    """The block, and whatever threads and processes it starts, on the server's core.

    Threads that take turns with one interpreter gain nothing from a second core, and pay for each move between two.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, server_core())
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def load_core() -> set[int]:
    """The other cores, for the load; the same one where there is no other."""
    return (os.sched_getaffinity(0) - server_core()) or server_core()


@contextmanager
def floor_server() -> Iterator[Server]:
    """The bare view under gunicorn gthread."""
    port = free_port()
    command = ["-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", str(THREADS), "--log-level", "error"]
    with _started([*command, "--keep-alive", "60", "-b", f"127.0.0.1:{port}", "portal.bench.floor:app"], port, {}) as server:
        yield server


@contextmanager
def our_server(port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    """Ourselves, as ``freehold serve`` runs, without the worker: its core would be another's."""
    with _started(["-m", "portal.cli", "serve", "--no-worker"], port, environment) as server:
        yield server


@contextmanager
def _started(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: os.sched_setaffinity(0, server_core()),
    )
    try:
        _wait_for(port, process)
        yield Server(port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not listen within a minute")


def load(
    port: int, requests: Sequence[str], *, seconds: float, connections: int = 8, once: bool = False
) -> dict[str, Any]:
    """Runs the load generator on its own core; its counts and latencies. ``once``: no request is sent a second time."""
    plan = {"port": port, "requests": list(requests), "seconds": seconds, "connections": connections, "once": once}
    return _at_the_load_core("portal.bench.load", plan)


def walk(port: int, plan: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
    """Customers connect, one way after the other; the same counts and latencies, of whole ways."""
    return _at_the_load_core("portal.bench.flow", {**plan, "port": port, "seconds": seconds})


def _at_the_load_core(module: str, plan: Mapping[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(plan).encode(),
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, load_core()),
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _tree(pid: int) -> list[int]:
    found, at = [pid], 0
    while at < len(found):
        for task in Path(f"/proc/{found[at]}/task").glob("*/children"):
            found.extend(int(child) for child in task.read_text().split())
        at += 1
    return found


def _cpu(pid: int) -> float:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / _TICK


def _rss(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * _PAGE / (1 << 20)
