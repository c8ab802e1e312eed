"""Group commit: units of several threads share one COMMIT and nothing else."""

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from portal.kernel.blind_index import Identifier
from portal.kernel.errors import Busy, Conflict
from portal.kernel.house import House
from portal.kernel.i18n import current_locale, set_locale
from portal.kernel.unit import Nested, Unexplained, Unit
from tests.conftest import HouseMaker
from tests.kernel.noted import Noted
from tests.kernel.test_unit import ANA, identifiers, queued, row, write
from tests.prove.sizes import size

Work = Callable[[Unit], None]


def noting(code: str) -> Work:
    """Work that writes a row and says so."""

    def work(unit: Unit) -> None:
        write(unit)
        unit.note(Noted(code=code))

    return work


def at_once(house: House, works: list[Work]) -> list[Future[None]]:
    """All of them while the gate is shut, so that those who wait are served together."""
    arrived = threading.Barrier(len(works) + 1)

    def run(work: Work) -> None:
        arrived.wait()
        house.together(work, ANA)

    pool = ThreadPoolExecutor(len(works))
    with house.gate.entered():
        futures = [pool.submit(run, work) for work in works]
        arrived.wait()
        threading.Event().wait(0.2)
    pool.shutdown()
    return futures


def codes(house: House) -> set[str]:
    """What the facts in the queue are called."""
    return {entry["detail"]["code"] for entry in queued(house)}


def test_every_unit_is_there_with_its_facts_once_it_was_answered(house: House) -> None:
    number = size(test=24, prove=400)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda at: house.together(noting(str(at)), ANA), range(number)):
            pass
    assert identifiers(house) == number
    assert codes(house) == {str(at) for at in range(number)}


def test_those_who_wait_share_one_commit(make_house: HouseMaker) -> None:
    house = make_house("sqlite")
    before = len(house.gate.holds)
    for future in at_once(house, [noting(str(at)) for at in range(8)]):
        future.result()
    # The test's own hold of the gate; whoever led already and stood before it; all others.
    assert len(house.gate.holds) - before <= 3
    assert identifiers(house) == 8


def test_what_goes_wrong_in_one_is_told_to_it_alone_and_leaves_nothing_of_it(house: House) -> None:
    def refuses(unit: Unit) -> None:
        noting("refused")(unit)
        raise Conflict("changed")

    def says_nothing(unit: Unit) -> None:
        write(unit)

    def breaks_a_rule(unit: Unit) -> None:
        noting("broken")(unit)
        twice = row(unit)
        for _ in range(2):
            unit.connection.execute(insert(Identifier).values(twice))

    works = [noting("a"), refuses, noting("b"), says_nothing, breaks_a_rule, noting("c")]
    futures = at_once(house, works)
    errors = [type(future.exception()) for future in futures]
    assert errors == [type(None), Conflict, type(None), Unexplained, IntegrityError, type(None)]
    assert codes(house) == {"a", "b", "c"}
    assert identifiers(house) == 3


def test_a_unit_explains_only_its_own_writing(house: House) -> None:
    def notes(unit: Unit) -> None:
        unit.note(Noted(code="explains"))

    def writes(unit: Unit) -> None:
        write(unit)

    notes_first, writes_after, notes_again = at_once(house, [notes, writes, notes])
    assert (notes_first.exception(), notes_again.exception()) == (None, None)
    assert isinstance(writes_after.exception(), Unexplained)
    assert identifiers(house) == 0


def test_a_transaction_that_is_lost_is_told_to_all_and_nothing_is_kept(make_house: HouseMaker) -> None:
    house = make_house("sqlite")

    def ends_it(unit: Unit) -> None:
        # What SQLite itself does where the disk is full: it rolls back all of it, savepoints and all.
        driver: Any = unit.connection.connection.dbapi_connection
        driver.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    futures = at_once(house, [noting("a"), ends_it, noting("b")])
    assert {type(future.exception()) for future in futures} <= {Busy, type(None)}
    assert isinstance(futures[1].exception(), Busy)
    kept = {name for name, future in zip("ab", (futures[0], futures[2]), strict=True) if not future.exception()}
    assert codes(house) == kept
    assert identifiers(house) == len(kept)
    house.together(noting("later"), ANA)
    assert "later" in codes(house)


def test_a_database_that_another_program_holds_is_busy_for_all(make_house: HouseMaker) -> None:
    house = make_house("sqlite")
    with closing(sqlite3.connect(make_url(house.settings.database_url).database or "")) as other:
        other.execute("BEGIN IMMEDIATE")
        futures = at_once(house, [noting("a"), noting("b")])
        other.rollback()
    assert [type(future.exception()) for future in futures] == [Busy, Busy]
    assert identifiers(house) == 0


def test_the_work_runs_as_its_own_request_whichever_thread_runs_it(house: House) -> None:
    found: dict[str, str] = {}

    def request(locale: str) -> None:
        set_locale(locale)
        house.together(lambda _unit: found.update({locale: current_locale()}), ANA)

    pool = ThreadPoolExecutor(4)
    with house.gate.entered():
        futures = [pool.submit(request, locale) for locale in ("en", "ca", "es", "ro")]
        threading.Event().wait(0.1)
    for future in futures:
        future.result()
    pool.shutdown()
    assert found == {locale: locale for locale in ("en", "ca", "es", "ro")}


def test_a_unit_within_a_unit_is_refused(house: House) -> None:
    with pytest.raises(Nested):
        house.together(lambda _unit: house.together(noting("inner"), ANA), ANA)
    with house.writing(ANA), pytest.raises(Nested):
        house.together(noting("inner"), ANA)
    assert queued(house) == []


def test_an_error_of_the_database_itself_stays_what_it_is(house: House) -> None:
    with pytest.raises(DBAPIError):
        house.together(lambda unit: unit.connection.exec_driver_sql("SELECT nothing FROM nowhere"), ANA)
    house.together(noting("after"), ANA)
    assert codes(house) == {"after"}
