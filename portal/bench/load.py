"""A load generator: a few kept-alive connections, each sending its next request when the last is answered.

Run as a process of its own (``python -m portal.bench.load``), so that it can have the other core to itself: the plan
comes on standard input as JSON, the result goes to standard output.
"""

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass

_PATIENCE = 60
"""Seconds that answers are waited for which did not come in time: those under way may be most of a short turn's work."""


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    started: float = 0.0
    received: bytes = b""
    expected: int = -1
    ok: bool = True


class Load:
    """Sends ``requests`` in turn over ``connections`` for ``seconds``; counts answers that are not 2xx as failures.

    ``once`` sends each of them a single time and ends when they are through.
    """

    def __init__(self, host: str, port: int, requests: list[bytes], connections: int, *, once: bool = False) -> None:
        self._address = (host, port)
        self._requests = requests
        self._most = len(requests) if once else 1 << 62
        self._next = 0
        self._selector = selectors.DefaultSelector()
        self._many = connections
        self.done = 0
        self.failed = 0
        self.latencies: list[float] = []

    def run(self, seconds: float) -> float:
        """Runs the load; gives the seconds it took, until the last that was sent in time is answered."""
        for _ in range(self._many):
            self._open()
        started = time.perf_counter()
        end = started + seconds
        while (now := time.perf_counter()) < end + _PATIENCE and self._selector.get_map():
            if now >= end:
                self._most = min(self._most, self._next)
            for key, _ in self._selector.select(timeout=1):
                self._receive(key.data)
        return time.perf_counter() - started

    def _open(self) -> None:
        sock = socket.create_connection(self._address, timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(sock)
        self._selector.register(sock, selectors.EVENT_READ, connection)
        self._send(connection)

    def _send(self, connection: _Connection) -> None:
        if self._next >= self._most:
            self._selector.unregister(connection.sock)
            connection.sock.close()
            return
        request = self._requests[self._next % len(self._requests)]
        self._next += 1
        connection.received, connection.expected = b"", -1
        connection.started = time.perf_counter()
        connection.sock.sendall(request)

    def _receive(self, connection: _Connection) -> None:
        data = connection.sock.recv(1 << 18)
        if not data:
            return self._reopen(connection)
        connection.received += data
        if connection.expected < 0:
            _read_head(connection)
        if 0 <= connection.expected <= len(connection.received):
            self._answered(connection)

    def _reopen(self, connection: _Connection) -> None:
        self.failed += connection.expected < 0
        self._selector.unregister(connection.sock)
        connection.sock.close()
        self._open()

    def _answered(self, connection: _Connection) -> None:
        self.latencies.append(time.perf_counter() - connection.started)
        self.done += connection.ok
        self.failed += not connection.ok
        self._send(connection)


def _read_head(connection: _Connection) -> None:
    end = connection.received.find(b"\r\n\r\n")
    if end < 0:
        return
    head = connection.received[:end].lower()
    connection.ok = head[9:10] == b"2"
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    connection.expected = end + 4 + length


def main() -> None:
    """Reads the plan, runs it, writes the result."""
    plan = json.load(sys.stdin)
    requests = [request.encode("latin-1") for request in plan["requests"]]
    load = Load("127.0.0.1", plan["port"], requests, plan["connections"], once=plan["once"])
    seconds = load.run(plan["seconds"])
    ordered = sorted(load.latencies) or [0.0]
    result = {
        "done": load.done,
        "failed": load.failed,
        "seconds": seconds,
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[int(len(ordered) * 0.99)],
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
