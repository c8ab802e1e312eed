"""Load on a real server from plain sockets: who was answered what, as a company's program sees it."""

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass
class Answers:
    """Request ids of what was answered whole, and how often something else came back."""

    reads: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    def count(self) -> int:
        """How many were answered as asked."""
        return len(self.reads) + len(self.changes)


class Load:
    """Threads that read profiles and make changes until the server dies or the time is over."""

    def __init__(self, port: int, tokens: Sequence[str], basic: dict[str, str]) -> None:
        self._port, self._tokens, self._basic = port, tokens, basic
        self._over = threading.Event()
        self.answers = Answers()

    def run(self, answers: int, *, readers: int, changers: int, then: Callable[[], None]) -> None:
        """Runs until so many answers have come, calls ``then`` in the midst of it, and waits for every thread."""
        work = [(self._read, number) for number in range(readers)] + [(self._change, n) for n in range(changers)]
        threads = [threading.Thread(target=self._until_it_dies, args=(each, number)) for each, number in work]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while self.answers.count() < answers and time.monotonic() < deadline:
            time.sleep(0.001)
        then()
        self._over.set()
        for thread in threads:
            thread.join(30)

    def _until_it_dies(self, each: Callable[[http.client.HTTPConnection, int], None], number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            while not self._over.is_set():
                each(connection, number)
        except (OSError, http.client.HTTPException):
            # Killed in the midst of an answer: whoever asked has nothing, and nothing was promised.
            return
        finally:
            connection.close()

    def _read(self, connection: http.client.HTTPConnection, number: int) -> None:
        token = self._tokens[number % len(self._tokens)]
        connection.request("GET", "/api/v1/profile", headers={"Authorization": f"Bearer {token}"})
        self._note(connection, self.answers.reads)

    def _change(self, connection: http.client.HTTPConnection, _number: int) -> None:
        form = urlencode({"grant_type": "client_credentials"})
        headers = {**self._basic, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/oauth/token", body=form, headers=headers)
        self._note(connection, self.answers.changes)

    def _note(self, connection: http.client.HTTPConnection, answered: list[str]) -> None:
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            answered.append(response.headers["X-Request-Id"])
        else:
            self.answers.others.append(response.status)
