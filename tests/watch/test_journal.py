"""The journal says what happened and nothing of anybody."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kernel.house import House
from portal.watch import journal
from tests import people
from tests.browsing import LiveServer
from tests.grants.cast import detail, person
from tests.oauth.cast import connect, profile, program

CANARIES = {
    "email": "canary.wren@example.org",
    "password": "canary-lighthouse-at-dusk",
    "given_name": "Canaria",
    "query": "canary-query",
    "agent": "canary-agent/1.0",
    "address": "203.0.113.77",
}
MEMBERS = {"time", "level", "event", "logger", "request", "method", "route", "status", "ms"}


class Journal:
    """What was written, line by line."""

    def __init__(self, written: io.StringIO) -> None:
        self._written = written

    @property
    def text(self) -> str:
        """All of it."""
        return self._written.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line, which must be one object of JSON."""
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """The journal of this process, at its most talkative."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr", stream)
    journal.begin("DEBUG")
    try:
        yield Journal(stream)
    finally:
        root.handlers[:], root.level = handlers, level


def test_a_request_is_told_by_its_number_route_status_and_time(written: Journal, client: FlaskClient) -> None:
    answer = client.get("/sharing/with/somebody?q=canary")
    told = [line for line in written.lines if line["event"] == "request"]
    assert [set(line) for line in told] == [MEMBERS]
    assert (told[0]["request"], told[0]["route"], told[0]["status"]) == (answer.headers["X-Request-Id"], "/sharing/with/<client_id>", 303)
    assert 0 < told[0]["ms"] < 60_000


def test_a_whole_journey_leaves_no_personal_value_in_the_journal(written: Journal, app: Flask, house: House) -> None:
    client = app.test_client()
    client.environ_base.update(HTTP_USER_AGENT=CANARIES["agent"], REMOTE_ADDR=CANARIES["address"])
    people.post(client, "/register", email=CANARIES["email"], password=CANARIES["password"])
    people.do_jobs(house)
    link = people.link_in(people.mails(house, CANARIES["email"])[0])
    people.post(client, link, link)
    people.sign_in(client, CANARIES["email"], CANARIES["password"])
    people.post(client, "/data/profile.given_name", value=CANARIES["given_name"])
    for path in ("/data", "/sharing", "/activity", "/orders", "/messages", f"/sign-in?next=/{CANARIES['query']}", f"/{CANARIES['query']}"):
        client.get(path)
    people.post(client, "/sign-in", "/", email=CANARIES["email"], password=CANARIES["query"])
    shop, ana = program(house), person(house, "canary.ana@example.org", given_name="Canaria", family_name="Canary")
    token = connect(app, shop, ana, detail(house, datatypes=("profile.name", "profile.email"), required=()))["access_token"]
    house.lead()
    assert profile(client, token).status_code == 200
    client.get("/api/v1/profile", headers={"Authorization": "Bearer canary-token"})
    assert len([line for line in written.lines if line["event"] == "request"]) > 15
    whole = written.text.lower()
    assert [name for name, value in CANARIES.items() if value.lower() in whole] == []
    assert "canar" not in whole
    assert token not in written.text


@pytest.mark.engines("sqlite")
def test_a_canary_that_was_planted_is_found(written: Journal) -> None:
    for name in ("portal.somewhere", "__main__"):
        logging.getLogger(name).info("signed in: %s", CANARIES["email"])
    assert written.text.count("canary.wren") == 2


def test_what_a_library_fills_in_and_what_an_error_says_stay_out(written: Journal) -> None:
    logging.getLogger("somebody.elses").warning("no such row: %s", "canary")
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("portal.somewhere").exception("it broke")
    first, second = written.lines
    assert (first["event"], second["event"], second["error"]) == ("no such row: %s", "it broke", "ValueError")
    assert "canary" not in written.text


NASTY = "x\r\n{\"level\":\"error\"}\x1b[2J\x1b]0;owned\x07\u202e\u2066drowssap\u2028\x00\x85"


def test_attack_91_nothing_that_is_sent_begins_a_line_or_turns_one_round(written: Journal, client: FlaskClient) -> None:
    before, sent = len(written.lines), NASTY.encode().decode("latin-1")
    client.get("/", environ_overrides={"PATH_INFO": f"/{sent}", "QUERY_STRING": sent, "HTTP_USER_AGENT": sent})
    client.open("/", method="GET\nX", environ_overrides={"REMOTE_ADDR": sent})
    client.get("/api/v1/profile", environ_overrides={"HTTP_AUTHORIZATION": f"Bearer {sent}", "HTTP_X_REQUEST_ID": sent})
    logging.getLogger("portal.somewhere").warning("said: %s", NASTY)
    assert len(written.lines) == before + 4
    assert written.text.isascii()
    assert not [mark for mark in written.text if ord(mark) < 32 and mark != "\n"]
    assert "owned" not in "".join(json.dumps(line) for line in written.lines[before:-1])


def test_a_server_writes_nothing_but_lines_of_json(house: House, make_server: Callable[..., LiveServer]) -> None:
    server = make_server(house)
    server.stop()
    lines = [json.loads(line) for line in server.output().splitlines()]
    assert "/static/<path:filename>" in {line.get("route") for line in lines}
    assert all({"time", "level", "event"} <= set(line) for line in lines)
