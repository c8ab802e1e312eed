"""Programs that watch the house learn whether it lives, whether it serves, and its figures; and nothing of anybody."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import ValidationError
from sqlalchemy import column, insert, table, update

from portal.app import create_app
from portal.kernel import heartbeats
from portal.kernel.house import House, use_house
from portal.kernel.ids import new_id
from portal.kernel.log_queue import QueuedFact
from portal.kernel.mail import count_mail
from portal.kernel.settings import Settings
from portal.kernel.wal import Stopped
from portal.watch.standing import standing_of
from tests import people
from tests.browsing import LiveServer

KEY = "9f2c4b7e81d03a56c7e8f9a0b1c2d3e4"


def beat(house: House) -> None:
    """A worker is there."""
    with house.writing() as unit:
        heartbeats.beat(unit)


def test_a_house_with_a_worker_and_nothing_late_is_ready_without_an_alarm(house: House, client: FlaskClient) -> None:
    beat(house)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["alarms"]) == (200, "ready", [])
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/healthz").json["status"] == "ok"


def test_a_worker_that_is_silent_for_half_a_minute_is_an_alarm(house: House, client: FlaskClient) -> None:
    assert client.get("/readyz").json["alarms"] == ["worker"]
    beat(house)
    with house.writing() as unit:
        unit.connection.execute(update(heartbeats.Heartbeat).values(at=unit.at - timedelta(seconds=31)))
    answer = client.get("/readyz").json
    assert answer["alarms"] == ["worker"]
    assert answer["worker"]["silent_seconds"] >= 31


def _queued(house: House, seconds: float) -> None:
    """A fact that has waited."""
    id_ = int((time.time() - seconds) * 1000).to_bytes(6) + new_id()[6:]
    with house.writing() as unit:
        unit.connection.execute(insert(QueuedFact).values(id=id_, entry=b"{}"))


def test_a_fact_that_waits_for_more_than_five_seconds_is_an_alarm_and_the_house_still_serves(
    house: House, client: FlaskClient
) -> None:
    beat(house)
    _queued(house, 3)
    assert client.get("/readyz").json["alarms"] == []
    _queued(house, 6)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["alarms"], answer.json["queue"]["length"]) == (200, ["queue"], 2)
    assert 6 <= answer.json["queue"]["seconds"] < 60


def test_other_tables_than_this_program_knows_are_not_ready(house: House, client: FlaskClient) -> None:
    with house.engine.begin() as connection:
        connection.execute(update(table("alembic_version", column("version_num"))).values(version_num="0001"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "other-tables")


def test_a_house_whose_database_is_gone_lives_and_is_not_ready(house: House, client: FlaskClient) -> None:
    # As a house does whose write-ahead log was taken away.
    house._connections = Stopped(house._connections)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "no-database", "alarms": ["database"]})
    assert client.get("/healthz").status_code == 200


@pytest.fixture
def watched(make_house: Callable[..., House], engine_name: str) -> Flask:
    """A portal with figures."""
    house = make_house(engine_name, metrics_key=KEY)
    with use_house(house):
        return create_app(house)


def _figures(client: FlaskClient) -> dict[str, float]:
    page = client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
    assert page.status_code == 200
    pairs = (line.rpartition(" ") for line in page.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


@pytest.mark.parametrize("sent", ["", f"Bearer {KEY[:-1]}", f"Basic {KEY}", f"Bearer {KEY} x", "Bearer "])
def test_figures_open_to_their_key_alone(watched: Flask, sent: str) -> None:
    answer = watched.test_client().get("/metrics", headers={"Authorization": sent} if sent else {})
    assert (answer.status_code, answer.data) == (401, b"")


def test_without_a_key_there_are_no_figures(client: FlaskClient) -> None:
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_figures_count_answers_by_route_and_kind_and_name_nobody(watched: Flask) -> None:
    house: House = watched.extensions["house"]
    people.register(house, "canary@example.org")
    client = watched.test_client()
    people.sign_in(client, "canary@example.org")
    for path in ("/data", "/canary", "/sharing/with/canary?q=canary"):
        client.get(path)
    found = _figures(client)
    assert found['freehold_requests_total{route="/data",status="2xx"}'] == 1
    assert found['freehold_requests_total{route="none",status="4xx"}'] == 1
    assert found['freehold_request_seconds_count{route="/sharing/with/<client_id>"}'] == 1
    assert found["freehold_database_up"] == 1
    assert found["freehold_worker_silent_seconds"] == -1
    assert found["freehold_jobs_due"] >= 1
    assert found["freehold_mail_waiting"] >= 1
    assert found["freehold_log_queue_facts"] >= 1
    assert (found["freehold_gate_hold_seconds_count"] > 0) is house.is_sqlite
    assert "canary" not in json.dumps(found)


def test_a_key_that_can_be_guessed_opens_nothing_and_starts_nothing() -> None:
    for key in ("short", "a" * 40, "secret secret secret secret secret"):
        with pytest.raises(ValidationError, match="can be guessed"):
            Settings(metrics_key=key)
    assert KEY not in repr(Settings(metrics_key=KEY))


def test_whichever_process_is_asked_answers_for_all(house: House, make_server: Callable[..., LiveServer]) -> None:
    server = make_server(house, FREEHOLD_METRICS_KEY=KEY, FREEHOLD_PROCESSES="2")
    for _ in range(20):
        urlopen(f"{server.url}/promises", timeout=10).close()
    asked = Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {KEY}"})
    wanted = 'freehold_requests_total{route="/promises",status="2xx"} 20.0'
    with urlopen(asked, timeout=10) as answer:
        assert wanted in answer.read().decode()
    deadline = time.monotonic() + 20
    while standing_of(house).worker_silent is None and time.monotonic() < deadline:
        time.sleep(0.1)
    with urlopen(f"{server.url}/readyz", timeout=10) as answer:
        assert json.load(answer)["alarms"] == []


def test_mails_that_came_in_are_counted_by_what_became_of_them(watched: Flask) -> None:
    house: House = watched.extensions["house"]
    with house.writing() as unit:
        for outcome in ("taken", "taken", "automatic"):
            count_mail(unit, outcome)
    figures = _figures(watched.test_client())
    assert figures['freehold_mail_received_total{outcome="taken"}'] == 2
    assert figures['freehold_mail_received_total{outcome="automatic"}'] == 1
