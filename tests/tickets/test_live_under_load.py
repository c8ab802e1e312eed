"""Five hundred conversations that lie open before one process, and other pages beside them."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import quantiles

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.kernel.ids import text_of
from tests.browsing import LiveServer
from tests.grants.cast import signed_in
from tests.processes import ROOT
from tests.prove.sizes import size
from tests.roof.crowd import Browser
from tests.tickets.cast import talk
from tests.vendors.consoles import at_work

OPEN = size(test=24, prove=500)
SECONDS = size(test=4, prove=60)
OTHERS = ("/", "/messages", "/messages/conversations", "/orders", "/sharing", "/help")
GOAL = 200
"""Milliseconds that 95 of 100 other pages take at most."""


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie("session")
    assert found is not None
    return f"session={found.value}"


def _asks(client: FlaskClient, path: str) -> str:
    found = re.search(r'data-live="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1].replace("&amp;", "&")


def open_pages(app: Flask, house: House) -> list[tuple[str, str]]:
    """So many open conversations, every other one before the company: where each asks, and with which cookie."""
    one = talk(house)
    staff = at_work(app, house, one.shop, "anna@shop.example", "agent")
    customer, pages = signed_in(app, one.customer), []
    for turn in range(OPEN):
        before = one.customer
        one.renew(turn)
        if one.customer is not before:
            customer = signed_in(app, one.customer)
        one.begin(f"Question {turn}")
        client, path = (staff, f"/console/shop/conversations/{one.number}") if turn % 2 else (
            customer,
            f"/messages/conversations/{text_of(one.id)}",
        )
        pages.append((_asks(client, path), _cookie(client)))
    return pages


def others(port: int, cookie: str, seconds: float) -> list[float]:
    """Milliseconds that other pages take, one after the other, for so long."""
    browser, taken, until = Browser(port), [], time.monotonic() + seconds
    browser._cookies["session"] = cookie.partition("=")[2]
    while time.monotonic() < until:
        for path in OTHERS:
            began = time.monotonic()
            assert browser.ask("GET", path)[0] == 200, path
            taken.append((time.monotonic() - began) * 1000)
            time.sleep(0.05)
    return taken


@pytest.mark.alone
def test_hundreds_of_open_conversations_leave_other_pages_their_time(
    app: Flask, house: House, make_server: Callable[..., LiveServer], figure: Callable[..., float]
) -> None:
    pages = open_pages(app, house)
    server = make_server(house)
    mine = pages[0][1]
    others(server.port, mine, 1)
    alone = others(server.port, mine, SECONDS / 4)
    asking = subprocess.Popen(
        [sys.executable, "-m", "tests.tickets.asking", str(server.port), str(SECONDS)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert asking.stdin is not None and asking.stdout is not None
    asking.stdin.write("".join(f"{path}\t{cookie}\n" for path, cookie in pages))
    asking.stdin.close()
    time.sleep(min(2, SECONDS / 2))
    beside = others(server.port, mine, SECONDS / 2)
    found = json.loads(asking.stdout.read())
    assert asking.wait(60) == 0
    asked = sum(found["answered"].values())
    assert found["answered"] == {"204": asked}, "each question was answered, and nothing was new"
    assert asked >= OPEN * SECONDS / 4, "they were asked, and not kept waiting"
    words = f"{OPEN} open conversations"
    figure(f"other pages beside {words}, p95", quantiles(beside, n=20)[-1], GOAL, "ms", better="lower")
    figure("other pages with none open, p95", quantiles(alone, n=20)[-1], None, "ms", better="lower")
    figure(f"questions of {words}, p95", quantiles(found["taken"], n=20)[-1] * 1000, None, "ms", better="lower")
    figure(f"questions of {words}", asked / SECONDS, None, "/s")
