"""Whoever builds a program finds out by one address whether it is they or we: what is served now, and nothing more."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from portal.audit.models import LogEntry, LogState
from portal.audit.report import SOUND
from portal.audit.sequencer import begin_log
from portal.audit.verify import verify
from portal.kernel import trial
from portal.kernel.db import WRITING
from portal.kernel.errors import Busy
from portal.kernel.heartbeats import SERVER, Heartbeat
from portal.kernel.house import House
from portal.kernel.wal import Stopped
from tests.audit.faults import FAULTS, refusing

OK = {"status": "ok", "reads": True, "writes": True}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each asking is a trial of its own."""
    monkeypatch.setattr(trial, "EVERY", 0.0)


@pytest.fixture
def ask(client: FlaskClient) -> Callable[[], TestResponse]:
    """Asks without a token."""
    return lambda: client.get("/api/v1/status")


def is_down(answer: TestResponse) -> bool:
    """A problem as everywhere else, which says nothing of what is behind it."""
    told = answer.json
    assert set(told) == {"type", "title", "status", "reason", "detail", "request_id"}
    assert answer.content_type == "application/problem+json" and int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code == 503


def test_while_all_is_served_it_says_so_in_three_words_and_leaves_no_trace_in_the_log(
    house: House, ask: Callable[[], TestResponse]
) -> None:
    with house.reading() as unit:
        before = unit.connection.execute(select(func.count()).select_from(LogEntry)).scalar_one()
    answers = [ask() for _ in range(3)]
    assert [(answer.status_code, answer.json) for answer in answers] == [(200, OK)] * 3
    assert "Set-Cookie" not in answers[0].headers
    with house.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(LogEntry)).scalar_one() == before
    assert verify(house).exit_code == SOUND


def test_it_may_be_kept_for_as_long_as_a_trial_holds_and_asking_more_often_writes_no_more(
    house: House, ask: Callable[[], TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "EVERY", 600.0)
    assert ask().headers["Cache-Control"] == "public, max-age=600"
    written = select(Heartbeat.at).where(Heartbeat.name == SERVER)
    with house.reading() as unit:
        first = unit.connection.execute(written).scalar_one()
    assert {ask().status_code for _ in range(20)} == {200}
    with house.reading() as unit:
        assert unit.connection.execute(written).scalar_one() == first


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"full"}))
def test_where_no_read_can_be_put_on_record_none_is_said_to_be_served(
    house: House, ask: Callable[[], TestResponse], fault: str
) -> None:
    with FAULTS[fault](house):
        answer = ask()
        assert is_down(answer) if answer.status_code != 200 else answer.json == {**OK, "status": "partly", "reads": False}
    assert ask().json == OK


def test_attack_a_log_whose_state_is_damaged_is_not_said_to_be_served(
    house: House, ask: Callable[[], TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask().json == OK
    with house.gate.entered(), house.transaction(WRITING) as connection:
        begin_log(connection)
        connection.execute(update(LogState).values(size=3, edge=b"torn"))
    assert ask().json == {**OK, "status": "partly", "reads": False}
    monkeypatch.setattr(trial, "EVERY", 600.0)
    assert ask().json == {**OK, "status": "partly", "reads": False}, "nor is what was found before it said again"


def test_where_no_change_is_taken_that_is_said(house: House, ask: Callable[[], TestResponse]) -> None:
    with refusing("heartbeats")(house):
        assert ask().json == {**OK, "status": "partly", "writes": False}


def test_a_house_whose_database_is_gone_is_down(house: House, ask: Callable[[], TestResponse]) -> None:
    house._connections = Stopped(house._connections)
    assert is_down(ask())


def test_while_a_trial_hangs_the_answer_before_is_given_and_then_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = house.trial.served()
    assert house.trial._trying.acquire()
    with pytest.raises(Busy):
        house.trial.served()
    monkeypatch.setattr(trial, "EVERY", 600.0)
    assert house.trial.served() == found
    house.trial._trying.release()
