"""Killed at any moment, the house keeps its word: every answered read and every acknowledged change is on record."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.audit.models import LogCounter, LogEntry, LogState
from portal.audit.report import SOUND
from portal.audit.verify import verify
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from tests.audit.load import Answers, Load
from tests.browsing import LiveServer
from tests.grants.cast import person
from tests.oauth.cast import connect, program
from tests.prove.sizes import size

KILLS = size(test=20, prove=200)
READS_AND_CHANGES, CHANGES_ALONE = {"readers": 6, "changers": 3}, {"readers": 0, "changers": 6}
_entry = LogEntry.__table__.c


def recorded(house: House, event: str, requests: list[str]) -> set[str]:
    """Which of these requests have an entry of this event."""
    found: set[str] = set()
    with house.reading() as unit:
        for start in range(0, len(requests), 500):
            some = requests[start : start + 500]
            statement = select(_entry.request).where(_entry.request.in_(some), _entry.event == event)
            found.update(unit.connection.execute(statement).scalars())
    return found


def is_dense(house: House) -> bool:
    """Indexes 0 … n-1, each customer's counter 0 … n-1, and the log's own figures agree."""
    counted = (
        select(
            _entry.customer,
            func.count().label("n"),
            func.min(_entry.counter).label("low"),
            func.max(_entry.counter).label("high"),
        )
        .where(_entry.customer.is_not(None))
        .group_by(_entry.customer)
    )
    with house.reading() as unit:
        whole = select(func.count().label("n"), func.min(_entry.idx).label("low"), func.max(_entry.idx).label("high"))
        log = unit.connection.execute(whole).one()
        rows = unit.connection.execute(select(LogCounter.customer, LogCounter.entries))
        kept = {row.customer: row.entries for row in rows}
        state = unit.connection.execute(select(LogState.size)).scalar_one()
        people = unit.connection.execute(counted).all()
    return (log.low, log.high, state) == (0, log.n - 1, log.n) and all(
        (row.low, row.high, kept[row.customer]) == (0, row.n - 1, row.n) for row in people
    )


def missing(house: House, answers: Answers) -> tuple[list[str], list[str]]:
    """Answered reads and acknowledged changes without an entry."""
    reads, changes = (
        recorded(house, "profile.disclosed", answers.reads),
        recorded(house, "token.issued", answers.changes),
    )
    return [r for r in answers.reads if r not in reads], [r for r in answers.changes if r not in changes]


@pytest.mark.slow
def test_a_house_that_is_killed_again_and_again_loses_nothing_it_answered(
    app: Flask, house: House, make_server: Callable[..., LiveServer], figure: Callable[..., float]
) -> None:
    shop = program(house)
    tokens = [
        connect(app, shop, person(house, f"p{n}@example.org", given_name=f"P{n}"))["access_token"] for n in range(4)
    ]
    house.lead()
    server = make_server(house)
    reads = changes = 0
    for kill in range(KILLS):
        load = Load(server.port, tokens, shop.basic)
        load.run(20 + kill * 7 % 50, then=server.kill, **(READS_AND_CHANGES if kill % 2 == 0 else CHANGES_ALONE))
        server.start()
        accepting = time.monotonic()
        lost = missing(house, load.answers)
        while any(lost) and time.monotonic() < accepting + 1:
            time.sleep(0.02)
            lost = missing(house, load.answers)
        assert lost == ([], []), f"kill {kill}"
        assert set(load.answers.others) <= {503}
        assert is_dense(house), f"kill {kill}"
        assert load.answers.count(), "nothing was under way when it was killed"
        if kill % max(1, KILLS // 4) == 0:
            assert verify(house).exit_code == SOUND
        reads, changes = reads + len(load.answers.reads), changes + len(load.answers.changes)
    server.kill()
    report = verify(house)
    assert (report.findings, report.exit_code) == ([], SOUND)
    assert reads > KILLS
    figure("kills -9 survived", KILLS, goal=KILLS, unit="kills")
    figure("answered reads checked", reads, unit="reads")
    figure("acknowledged changes checked", changes, unit="changes")


@pytest.mark.slow
def test_what_waited_when_the_house_was_killed_is_in_the_log_before_it_accepts_again(
    app: Flask, house: House, make_server: Callable[..., LiveServer]
) -> None:
    shop = program(house)
    house.lead()
    server = make_server(house, "--no-worker")
    load = Load(server.port, [], shop.basic)
    load.run(100, then=server.kill, **CHANGES_ALONE)
    with house.reading() as unit:
        waiting = unit.connection.execute(select(func.count()).select_from(QueuedFact)).scalar_one()
    assert waiting >= len(load.answers.changes) > 0, "without a worker nobody led while it ran"
    server.start()
    assert missing(house, load.answers) == ([], [])
    assert is_dense(house)
    assert verify(house).exit_code == SOUND
