"""How long the gate is held while a server's threads read and take tokens, seen from inside one process."""

import io
import sys
import threading
import time
from typing import Any

from flask import Flask

from portal.bench.appends import percentile
from portal.bench.scenario import Scenario
from portal.bench.servers import THREADS
from portal.kernel.house import House


def measure_holds(house: House, app: Flask, scenario: Scenario, *, seconds: float = 3.0) -> float:
    """The 99th percentile, in seconds: as many threads as a server has, each with its next request at once."""
    requests = [*scenario.reads, scenario.token]
    stop = threading.Event()
    threads = [threading.Thread(target=_send_until, args=(app, requests, at, stop)) for at in range(THREADS)]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 4)
    house.gate.holds.clear()
    time.sleep(seconds)
    holds = list(house.gate.holds)
    stop.set()
    for thread in threads:
        thread.join()
    return percentile(holds, 0.99)


def _send_until(app: Flask, requests: list[str], first: int, stop: threading.Event) -> None:
    at = first
    while not stop.is_set():
        b"".join(app.wsgi_app(_environ(requests[at % len(requests)]), lambda *_: None))  # type: ignore[arg-type]
        at += 1


def _environ(raw: str) -> dict[str, Any]:
    """A WSGI environment (PEP 3333) from the text of a request."""
    head, _, body = raw.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(body.encode()),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ
