"""Keys change under a running server, two processes of it, and nobody notices: no request fails (goal G34)."""

import http.client
import itertools
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.key_files import write
from portal.kernel.rotation import make, retire, rotate
from portal.kernel.rotation.rewrapping import rewrap
from portal.kernel.unit import Actor
from tests.browsing import LiveServer
from tests.grants.cast import detail, person
from tests.oauth.cast import Program, bearing, connect, own_token, program
from tests.people import PASSWORD, register
from tests.prove.sizes import size

OPERATOR = Actor("operator", name="command-line")
ROTATED = ("cookie", "sign", "seal", "index", "cursor")
ROUNDS = size(test=1, prove=5)
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


class Crowd:
    """Threads that ask again and again until they are told to stop; each answer is counted, each other one kept."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.answered: Counter[str] = Counter()
        self.failed: list[str] = []

    def add(self, name: str, ask: Callable[[], bool]) -> None:
        """One more thread; ``ask`` says whether it was answered as it should be."""
        thread = threading.Thread(target=self._go_on, args=(name, ask))
        self._threads.append(thread)
        thread.start()

    def _go_on(self, name: str, ask: Callable[[], bool]) -> None:
        while not self._over.is_set():
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


def _signed_in(browser: Browser) -> bool:
    status, text = browser.ask("GET", "/account")
    return status == 200 and "ana@example.org" in text


def _sends(browser: Browser, form: str) -> bool:
    return browser.ask("POST", "/language", {"csrf_token": form, "locale": "en", "next": "/language"})[0] == 303


def _finds(port: int, address: str) -> bool:
    # Not so often that the limits of trying are met.
    time.sleep(2)
    return Browser(port).sign_in(address) == 303


def _backdate(house: House, name: str) -> None:
    """As if the rotation were long ago: a running server is another process, whose clock cannot be moved."""
    stored = house.keys.stored(name)
    write(house.keys.files[name], replace(stored, since=clock.now() - timedelta(days=40)))
    house.keys.take_up()


def _change_everything(house: House, crowd: Crowd) -> None:
    for name in ROTATED:
        make(house, OPERATOR, name)
    crowd.is_answered()
    for name in ROTATED:
        rotate(house, OPERATOR, name, at_once=True)
    crowd.is_answered()
    for name in ("seal", "index"):
        rewrap(house, OPERATOR, name)
        _backdate(house, name)
        retire(house, OPERATOR, name)
    crowd.is_answered()


def test_goal_34_keys_rotate_under_load_without_a_failed_request(
    house: House, app: Flask, make_server: Callable[..., LiveServer], figure: Callable[..., float], engine_name: str
) -> None:
    people = itertools.cycle([f"p{number}@example.net" for number in range(12)])
    for address in ("ana@example.org", *itertools.islice(people, 12)):
        register(house, address)
    server = make_server(house, FREEHOLD_PROCESSES="2")
    shop, crowd = Shop(house, app, server.port), Crowd()
    reader, writer, stranger = (Browser(server.port) for _ in range(3))
    assert [browser.sign_in("ana@example.org") for browser in (reader, writer)] == [303, 303]
    form = writer.open_form("/language")
    early = stranger.open_form("/sign-in")
    crowd.add("signed-in pages", lambda: _signed_in(reader))
    crowd.add("forms opened before", lambda: _sends(writer, form))
    crowd.add("vendor reads", shop.reads)
    crowd.add("cursors from before", shop.goes_on)
    crowd.add("positions from before", shop.follows)
    crowd.add("people found by their address", lambda: _finds(server.port, next(people)))
    try:
        crowd.is_answered()
        for _ in range(ROUNDS):
            _change_everything(house, crowd)
    finally:
        crowd.end()
    assert crowd.failed == []
    assert len(crowd.answered) == 6
    sent = stranger.ask("POST", "/sign-in", {"csrf_token": early, "email": "ana@example.org", "password": PASSWORD})
    assert sent[0] == 303, "a form that somebody opened before the rotation was refused"
    published = stranger.ask("GET", "/oauth/jwks")[1]
    assert len(json.loads(published)["keys"]) == 1 + ROUNDS
    figure(f"requests failed while {ROUNDS * len(ROTATED)} keys rotated, {engine_name}", len(crowd.failed), 0, "", "equal")
    figure(f"requests answered meanwhile, {engine_name}", sum(crowd.answered.values()))
