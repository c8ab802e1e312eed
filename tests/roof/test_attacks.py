"""Attacks on an installation itself: weak secrets and debugging, a clock, a disk, a database and a process that give out."""

import ast
import json
import re
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from urllib.request import urlopen

import click
import psutil
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.app import create_app
from portal.audit.report import SOUND
from portal.audit.verify import verify
from portal.cli import cli
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.house import House
from portal.kernel.keysets import SYMMETRIC
from portal.oauth.models import Client
from portal.oauth.service import change_redirects
from tests import people
from tests.audit.faults import FAULTS
from tests.browsing import LiveServer
from tests.house.sources import our_sources
from tests.oauth.cast import program
from tests.roof.conftest import Run

ANA = "ana@example.org"
WEAK = ("short", "0" * 64, "changeme" * 8, "secret secret secret secret secret secret")


def test_attack_92_no_setting_of_the_framework_shows_our_insides(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FLASK_DEBUG", "FLASK_TESTING", "PYTHONASYNCIODEBUG", "WERKZEUG_DEBUG_PIN"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("FLASK_SECRET_KEY", "dev")
    app = create_app(house)
    app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    assert (app.debug, app.testing) == (False, False)
    assert app.secret_key not in (None, "dev", "")
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert not [word for word in ("Traceback", "ZeroDivisionError", "werkzeug", "console") if word in answer.text]


@pytest.mark.parametrize("name", SYMMETRIC)
def test_attack_92_a_key_that_is_too_short_starts_nothing(house: House, run: Run, name: str) -> None:
    path = house.settings.instance / "keys" / f"{name}.json"
    path.write_text(json.dumps({"primary": "00" * 8, "keys": {"00" * 8: "ab" * 16}}))
    answer = run("migrate")
    assert answer.returncode == 2
    assert f"the key in {name}.json is shorter than 256 bits" in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("key", WEAK)
def test_attack_92_a_key_of_the_figures_that_can_be_guessed_starts_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("FREEHOLD_METRICS_KEY", key)
    answer = run("serve")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "can be guessed" in answer.stderr
    assert key not in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_attack_92_each_house_makes_secrets_of_its_own(house: House, make_house: Callable[..., House], engine_name: str) -> None:
    other = make_house(engine_name)
    assert not set(house.keys.cookie_secrets()) & set(other.keys.cookie_secrets())
    assert all(len(secret) == 64 for secret in house.keys.cookie_secrets())


@pytest.fixture
def browser_of_ana(app: Flask, house: House) -> FlaskClient:
    """Ana, signed in."""
    people.register(house, ANA)
    client = app.test_client()
    people.sign_in(client, ANA)
    return client


def _name(client: FlaskClient, value: str, token: str) -> int:
    form = {"csrf_token": token, "value": value}
    return client.post("/data/profile.given_name", data=form).status_code


@pytest.mark.parametrize("fault", ["locked", "read-only", "full"])
def test_attack_95_a_database_that_gives_out_costs_nothing_but_the_time(
    house: House, browser_of_ana: FlaskClient, fault: str
) -> None:
    token = people.csrf_of(browser_of_ana, "/account")
    with FAULTS[fault](house):
        status = _name(browser_of_ana, "Anastasia", token)
        assert status in (303, 503)
        assert browser_of_ana.get("/healthz").status_code == 200
    assert ("Anastasia" in browser_of_ana.get("/data").text) is (status == 303)
    assert _name(browser_of_ana, "Annabel", token) == 303
    assert "Annabel" in browser_of_ana.get("/data").text
    house.lead()
    assert verify(house).exit_code == SOUND


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_attack_95_a_clock_that_jumps_signs_nobody_in_and_breaks_no_record(
    house: House, app: Flask, browser_of_ana: FlaskClient, jump: timedelta
) -> None:
    token = people.csrf_of(browser_of_ana, "/account")
    with clock.moved(jump):
        status = _name(browser_of_ana, "Anastasia", token)
        assert status in (303, 400)
        house.lead()
        assert app.test_client().get("/data").status_code == 303
    people.sign_in(browser_of_ana, ANA)
    assert ("Anastasia" in browser_of_ana.get("/data").text) is (status == 303 and jump < timedelta(0))
    house.lead()
    assert verify(house).exit_code == SOUND


def test_attack_95_a_server_without_a_file_left_to_open_answers_again_once_there_are_some(
    house: House, live_server: LiveServer
) -> None:
    assert live_server.process is not None
    served = psutil.Process(live_server.process.pid).children(recursive=True)
    for one in served:
        resource.prlimit(one.pid, resource.RLIMIT_NOFILE, (one.num_fds() + 10, 4096))
    with ExitStack() as stack:
        for _ in range(60):
            with suppress(OSError):
                stack.enter_context(socket.create_connection(("127.0.0.1", live_server.port), timeout=5))
        time.sleep(0.5)
    deadline = time.monotonic() + 30
    answered = 0
    while not answered and time.monotonic() < deadline:
        try:
            with urlopen(f"{live_server.url}/readyz", timeout=5) as answer:
                answered = answer.status
        except OSError:
            time.sleep(0.2)
    assert answered == 200
    assert served
    assert all(one.is_running() for one in served), "it was not started anew"


@pytest.mark.engines("sqlite")  # of the program alone
def test_attack_88_no_command_takes_a_password_for_somebody_and_none_but_a_yes_makes_a_companys_token() -> None:
    def commands(group: click.Command) -> Iterator[click.Command]:
        if isinstance(group, click.Group):
            for one in group.commands.values():
                yield from commands(one)
        else:
            yield group

    named = [
        (word, getattr(part, "is_flag", False))
        for one in commands(cli)
        for part in one.params
        for word in part.opts
        if re.search("password|secret|token|code", word)
    ]
    # It takes nothing, being a flag: a program's secret is made, and said once.
    assert set(named) == {("--with-secret", True)}
    # Whoever calls these has a customer's yes before them, or answers one that was given.
    makers = {"issue_code", "issue_code_again"}
    callers = {
        module.name
        for module in our_sources()
        for node in module.nodes
        if isinstance(node, ast.ImportFrom) and makers & {alias.name for alias in node.names}
    }
    made_up = ("portal.bench.", "portal.demo.")  # people of a measurement and of a demonstration, who say yes as well
    real = {name for name in callers if not name.startswith(made_up)}
    assert real == {
        "portal.grants.routes.amending", "portal.grants.routes.answer", "portal.oauth.service", "portal.vendors.routes.trying"
    }  # fmt: skip


@pytest.mark.parametrize("address", ["http://evil.example/cb", "https://books.example/cb#x", "javascript:alert(1)", "//evil.example"])
def test_attack_89_a_program_is_looked_at_anew_when_it_is_changed(house: House, address: str) -> None:
    made = program(house)
    with pytest.raises(Invalid), house.writing() as unit:
        change_redirects(unit, client_id=made.client_id, redirect_uris=[address])
    with house.reading() as unit:
        kept = unit.connection.execute(select(Client.redirect_uris).where(Client.client_id == made.client_id)).scalar_one()
    assert address not in kept
