"""Keys change under a running server, two processes of it, and nobody notices: no request fails (goal G34)."""

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Flask

from portal.kernel import clock
from portal.kernel.house import House
from portal.kernel.key_files import write
from portal.kernel.rotation import make, retire, rotate
from portal.kernel.rotation.rewrapping import rewrap
from portal.kernel.unit import Actor
from tests.browsing import LiveServer
from tests.people import PASSWORD, register
from tests.prove.sizes import size
from tests.roof.crowd import Browser, Crowd, Shop

OPERATOR = Actor("operator", name="command-line")
ROTATED = ("cookie", "sign", "seal", "index", "cursor")
ROUNDS = size(test=1, prove=5)


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
    # Whoever read under an older key before it was brought over has half a minute before that key can go. The clock
    # is moved past it here, so that they are waited for instead.
    crowd.is_answered()
    for name in ("seal", "index"):
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
    crowd.add("signed-in pages", lambda: reader.is_in("ana@example.org"))
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
    assert len(crowd.answered) == 6 and all(crowd.answered.values())
    sent = stranger.ask("POST", "/sign-in", {"csrf_token": early, "email": "ana@example.org", "password": PASSWORD})
    assert sent[0] == 303, "a form that somebody opened before the rotation was refused"
    published = stranger.ask("GET", "/oauth/jwks")[1]
    assert len(json.loads(published)["keys"]) == 1 + ROUNDS
    figure(f"requests failed while {ROUNDS * len(ROTATED)} keys rotated, {engine_name}", len(crowd.failed), 0, "", "equal")
    figure(f"requests answered meanwhile, {engine_name}", sum(crowd.answered.values()))
