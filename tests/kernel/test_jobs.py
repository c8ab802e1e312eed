"""Jobs: done once by one of many, in the transaction that wants them, tried again, and seen when they fail."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from portal.kernel import clock, jobs
from portal.kernel.house import House
from portal.kernel.i18n import current_locale
from portal.kernel.jobs import (
    Again,
    Claimed,
    GiveUp,
    Job,
    claim,
    dead_jobs,
    doing,
    job,
    queue_of,
    run_due,
    run_one,
    slow_job,
)
from portal.kernel.jobs.queue import INSIDE, OUTSIDE
from portal.kernel.sealing import DataKey, create_holder
from portal.kernel.unit import SYSTEM, Actor, Unit
from tests.kernel import claiming
from tests.processes import begin


@pytest.fixture(autouse=True)
def _own_kinds() -> Iterator[None]:
    """What a test registers is gone after it."""
    inside, outside = dict(INSIDE), dict(OUTSIDE)
    yield
    INSIDE.clear()
    INSIDE.update(inside)
    OUTSIDE.clear()
    OUTSIDE.update(outside)


def _row(house: House, job_id: bytes):
    with house.reading() as unit:
        return unit.connection.execute(select(*Job.__table__.columns).where(Job.id == job_id)).one()


def test_a_hundred_jobs_are_done_once_each_by_three_processes(house: House) -> None:
    with house.writing(SYSTEM) as unit:
        for number in range(100):
            unit.enqueue(claiming.KIND, {"number": number})
    instance = house.settings.instance
    said = (str(instance), house.settings.database_url, "3")
    workers = [begin("tests.kernel.claiming", *said, environment=os.environ, out=instance / "out") for _ in range(3)]
    assert [worker.wait(120) for worker in workers] == [0, 0, 0], (instance / "out").read_text()
    lines = [line.split() for line in (house.settings.instance / "done.txt").read_text().splitlines()]
    assert Counter(number for _, number in lines) == Counter(str(number) for number in range(100))
    assert len({pid for pid, _ in lines}) > 1, "one process did it all: nothing was contested"
    with house.reading() as unit:
        assert set(unit.connection.execute(select(Job.state)).scalars()) == {"done"}


def test_a_job_of_a_unit_that_fails_was_never_there(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.writing(SYSTEM) as unit:
        unit.enqueue("test.never", {})
        raise ZeroDivisionError
    assert claim(house) is None


def test_a_job_waits_for_its_time(house: House) -> None:
    seen = []
    job("test.later")(lambda unit, payload: seen.append(payload))
    with house.writing(SYSTEM) as unit:
        unit.enqueue("test.later", {"n": 1}, run_at=unit.at + timedelta(hours=1))
    assert run_due(house) == 0
    with clock.moved(timedelta(hours=2)):
        assert run_due(house) == 1
    assert seen == [{"n": 1}]


def test_the_work_and_the_end_of_a_job_are_one_commit(house: House) -> None:
    def half(unit: Unit, payload: dict[str, object]) -> None:
        unit.enqueue("test.following", {})
        raise ValueError("after half of the work")

    job("test.half")(half)
    with house.writing(SYSTEM) as unit:
        job_id = unit.enqueue("test.half", {})
    assert run_one(house)
    assert _row(house, job_id).state == "waiting"
    with house.reading() as unit:
        assert unit.connection.execute(select(Job.kind)).scalars().all() == ["test.half"]


def test_a_job_speaks_for_whoever_wanted_it(house: House) -> None:
    told: list[object] = []

    def tell(unit: Unit, payload: dict[str, object]) -> None:
        told.extend([unit.actor, unit.request_id, unit.cause, unit.locale, current_locale()])

    job("test.tell")(tell)
    person = Actor("customer", b"\x01" * 16, "pseudonym")
    with house.writing(person, locale="ro") as unit:
        request_id = unit.request_id
        unit.enqueue("test.tell", {})
    run_due(house)
    assert told[:2] == [person, request_id]
    assert str(told[2]).startswith("job:")
    assert told[3:] == ["ro", "ro"]


def test_what_fails_is_tried_later_each_time_and_in_the_end_is_dead_and_seen(house: House) -> None:
    tries: list[int] = []

    def fail(house: House, claimed: Claimed) -> None:
        tries.append(claimed.attempts)
        raise Again("not-yet")

    slow_job("test.fails")(fail)
    with house.writing(SYSTEM) as unit:
        job_id = unit.enqueue("test.fails", {})
    waits = []
    ahead = timedelta(0)
    for _ in range(len(jobs.BACK_OFF)):
        with clock.moved(ahead):
            started = clock.now()
            assert run_due(house) == 1
            row = _row(house, job_id)
            assert (row.state, row.trouble) == ("waiting", "not-yet")
            waits.append((row.run_at - started).total_seconds())
        ahead += row.run_at - started + timedelta(seconds=1)
    # Counted from when the job was taken, which is a little later than when it was looked for.
    assert all(planned <= wait < 1.2 * planned + 3 for wait, planned in zip(waits, jobs.BACK_OFF, strict=True)), waits
    with clock.moved(ahead):
        run_due(house)
    assert tries == list(range(1, len(jobs.BACK_OFF) + 2))
    with house.reading() as unit:
        assert [(row[0], row[2]) for row in dead_jobs(unit.connection)] == [(job_id, "not-yet")]
        assert queue_of(unit.connection).dead == 1


def test_what_is_of_no_use_dies_at_once_and_can_be_revived(house: House) -> None:
    def refuse(house: House, claimed: Claimed) -> None:
        raise GiveUp("no-such-thing")

    slow_job("test.useless")(refuse)
    with house.writing(SYSTEM) as unit:
        job_id = unit.enqueue("test.useless", {})
    run_due(house)
    assert _row(house, job_id).state == "dead"
    slow_job("test.useless")(lambda house, claimed: None)
    with house.writing(SYSTEM) as unit:
        assert jobs.revive(unit, job_id)
    run_due(house)
    assert _row(house, job_id).state == "done"


def test_a_job_nobody_can_do_is_dead_and_not_lost(house: House) -> None:
    with house.writing(SYSTEM) as unit:
        job_id = unit.enqueue("test.of-another-release", {"kept": "yes"})
    run_due(house)
    row = _row(house, job_id)
    assert (row.state, row.trouble) == ("dead", "unknown-kind")
    assert row.payload is not None


def _erase_keys(unit: Unit, job_id: bytes) -> None:
    holder = select(Job.holder_id).where(Job.id == job_id).scalar_subquery()
    unit.connection.execute(delete(DataKey).where(DataKey.holder_id == holder))


def _wrap_otherwise(unit: Unit, job_id: bytes) -> None:
    holder = select(Job.holder_id).where(Job.id == job_id).scalar_subquery()
    unit.connection.execute(update(DataKey).where(DataKey.holder_id == holder).values(wrapped=b"\x01" + bytes(60)))


def _change(payload: bytes | None) -> Callable[[Unit, bytes], None]:
    return lambda unit, job_id: unit.connection.execute(update(Job).where(Job.id == job_id).values(payload=payload))  # type: ignore[return-value]


SPOILT = [_erase_keys, _wrap_otherwise, _change(None), _change(b""), _change(b"\x01" + bytes(60))]


@pytest.mark.parametrize("spoil", SPOILT, ids=["erased", "wrapped", "none", "empty", "other"])
def test_jobs_that_cannot_be_opened_are_dead_and_stop_no_others(
    house: House, spoil: Callable[[Unit, bytes], None], caplog: pytest.LogCaptureFixture
) -> None:
    done: list[object] = []
    job("test.behind")(lambda unit, payload: done.append(payload["n"]))
    spoilt = []
    with house.writing(SYSTEM) as unit:
        for _ in range(20):
            holder = create_holder(unit, "person")
            spoilt.append(unit.enqueue("test.behind", {"n": "never"}, holder_id=holder))
            spoil(unit, spoilt[-1])
    with clock.moved(timedelta(seconds=1)):
        with house.writing(SYSTEM) as unit:
            unit.enqueue("test.behind", {"n": 1})
        assert run_due(house) == 1
    assert done == [1]
    rows = [_row(house, job_id) for job_id in spoilt]
    assert {(row.state, row.trouble, row.claimed_until) for row in rows} == {("dead", "cannot-be-opened", None)}
    assert caplog.text.count("cannot-be-opened") == 20
    with house.reading() as unit:
        assert queue_of(unit.connection).dead == 20


def test_the_claim_of_a_worker_that_died_runs_out(house: House) -> None:
    done = []
    job("test.abandoned")(lambda unit, payload: done.append(1))
    with house.writing(SYSTEM) as unit:
        unit.enqueue("test.abandoned", {})
    first = claim(house)
    assert first is not None
    assert run_due(house) == 0
    with clock.moved(jobs.CLAIM + timedelta(seconds=1)):
        assert run_due(house) == 1
    assert done == [1]


def test_a_worker_that_comes_back_too_late_ends_nothing(house: House) -> None:
    job("test.slow")(lambda unit, payload: None)
    with house.writing(SYSTEM) as unit:
        job_id = unit.enqueue("test.slow", {})
    late = claim(house)
    assert late is not None
    with clock.moved(jobs.CLAIM + timedelta(seconds=1)):
        second = claim(house)
        assert second is not None
        assert second.attempts == late.attempts + 1
        doing._fail(house, late, "late", dead=True)
    assert _row(house, job_id).state == "running"


def test_what_a_job_carries_is_sealed_and_gone_when_it_is_done(house: House) -> None:
    job("test.secret")(lambda unit, payload: None)
    with house.writing(SYSTEM) as unit:
        job_id = unit.enqueue("test.secret", {"word": "canary-in-a-job"})
    assert b"canary" not in _row(house, job_id).payload
    run_due(house)
    assert _row(house, job_id).payload is None


def test_the_message_of_an_error_is_written_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    def leak(unit: Unit, payload: dict[str, object]) -> None:
        raise ValueError("ana@example.org cannot be parsed")

    job("test.leak")(leak)
    with house.writing(SYSTEM) as unit:
        job_id = unit.enqueue("test.leak", {})
    run_one(house)
    assert "ValueError" in caplog.text
    assert "ana@" not in caplog.text
    assert _row(house, job_id).trouble == "ValueError"


def test_done_jobs_are_forgotten_after_a_week_and_dead_ones_stay(house: House) -> None:
    job("test.fine")(lambda unit, payload: None)
    with house.writing(SYSTEM) as unit:
        unit.enqueue("test.fine", {})
        unit.enqueue("test.unknown", {})
    run_due(house)
    with clock.moved(timedelta(days=8)), house.writing(SYSTEM) as unit:
        assert jobs.prune(unit) == 1
    with house.reading() as unit:
        assert unit.connection.execute(select(Job.state)).scalars().all() == ["dead"]
