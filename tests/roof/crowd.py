"""Who asks while something else goes on: people in browsers and a company's program, each answer counted."""

import http.client
import itertools
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlencode

from flask import Flask

from portal.kernel.house import House
from tests.grants.cast import detail, person
from tests.oauth.cast import Program, bearing, connect, own_token, program
from tests.orders.cast import an_order
from tests.people import PASSWORD

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """A browser that keeps its cookies and one form that it opened."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self.form = ""

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """One request; gives status and text."""
        connection = http.client.HTTPConnection("localhost", self._port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def open_form(self, path: str) -> str:
        """The token of a page's forms."""
        found = _TOKEN.search(self.ask("GET", path)[1])
        assert found is not None, f"{path} has no form"
        self.form = found[1]
        return self.form

    def sign_in(self, email: str) -> int:
        """Signs in as a person does; gives the status."""
        token = self.open_form("/sign-in")
        return self.ask("POST", "/sign-in", {"csrf_token": token, "email": email, "password": PASSWORD})[0]

    def is_in(self, email: str) -> bool:
        """Whether the account's page comes, with the address that is sealed in it."""
        status, text = self.ask("GET", "/account")
        assert status == 200, f"/account: {status}"
        return email in text

    def saves(self, path: str, value: str) -> bool:
        """Writes a line of the profile, with the form that was opened."""
        return self.ask("POST", f"/data/{path}", {"csrf_token": self.form, "value": value})[0] == 303


class Crowd:
    """Threads that ask again and again until they are told to stop; each answer is counted, each other one kept.

    Each waits ``pause`` seconds between two requests.
    """

    def __init__(self, pause: float = 0) -> None:
        self._pause = pause
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.answered: Counter[str] = Counter()
        self.failed: list[str] = []

    def add(self, name: str, ask: Callable[[], bool]) -> None:
        """One more thread; ``ask`` says whether it was answered as it should be."""
        self.answered[name] = 0
        thread = threading.Thread(target=self._go_on, args=(name, ask))
        self._threads.append(thread)
        thread.start()

    def _go_on(self, name: str, ask: Callable[[], bool]) -> None:
        while not self._over.wait(self._pause):
            try:
                fine = ask()
            except Exception as error:
                self.failed.append(f"{name}: {error!r}")
                continue
            if fine:
                self.answered[name] += 1
            else:
                self.failed.append(name)

    def is_answered(self) -> None:
        """Returns when every thread was answered some more times."""
        before = Counter(self.answered)
        deadline = time.monotonic() + 60
        while any(self.answered[name] < before[name] + 3 for name in before) and time.monotonic() < deadline:
            time.sleep(0.05)

    def end(self) -> None:
        """Stops them."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)


class Shop:
    """What a company's program asks."""

    def __init__(self, house: House, app: Flask, port: int) -> None:
        self._port = port
        made: Program = program(house)
        asked = detail(house, datatypes=("profile.name", "profile.email"), required=())
        for number in range(3):
            tokens = connect(app, made, person(house, f"p{number}@example.org", given_name="Pau"), asked)
        client = app.test_client()
        self.token, self.own = tokens["access_token"], own_token(client, made)
        self.cursor = self.get("/api/v1/grants?limit=1", self.own)[1]["next"]
        self._numbers = itertools.count(1)
        self.walk = f"/api/v1/profiles?{urlencode({'purpose': asked['purpose']})}"
        self.position = self.get(self.walk, self.own)[1]["position"]

    def get(self, path: str, token: str) -> tuple[int, dict[str, object]]:
        """One read."""
        connection = http.client.HTTPConnection("localhost", self._port, timeout=60)
        connection.request("GET", path, headers=bearing(token))
        answer = connection.getresponse()
        value = json.loads(answer.read())
        connection.close()
        return answer.status, value

    def tells(self) -> bool:
        """One more order of a customer's."""
        number = f"A-{next(self._numbers)}"
        body = json.dumps({"orders": [an_order(number, "C-1")]})
        headers = bearing(self.own, **{"Idempotency-Key": number, "Content-Type": "application/json"})
        connection = http.client.HTTPConnection("localhost", self._port, timeout=60)
        connection.request("POST", "/api/v1/orders", body, headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        return answer.status == 200 and told["results"][0]["outcome"] == "created"

    def reads(self) -> bool:
        """Somebody's profile."""
        return self.get("/api/v1/profile", self.token)[0] == 200

    def goes_on(self) -> bool:
        """The page after one that was handed out before."""
        status, value = self.get(f"/api/v1/grants?limit=1&cursor={self.cursor}", self.own)
        return status == 200 and len(value["grants"]) == 1  # type: ignore[arg-type]

    def follows(self) -> bool:
        """What changed since a position of before."""
        return self.get(f"{self.walk}&changed_since={self.position}", self.own)[0] == 200
