"""Connections are kept and lent one transaction at a time; one that the server gave up is replaced unseen."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from portal.kernel.connections import Lender, driver_of, lender
from portal.kernel.db import READING, WRITING, open_engine
from portal.kernel.errors import Busy
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.sealing import Holder
from portal.kernel.server_connections import KeptOfServer
from portal.vendors.models import Vendor

BEGIN = datetime(2026, 11, 28, tzinfo=UTC)
ROW = {"id": b"x" * 16, "name": "Mercat", "slug": "mercat", "mode": "live", "card": {}, "admitted_by": "", "admitted_at": BEGIN}
own_server = pytest.mark.engines("postgresql")
"""SQLite has no server that could give a connection up."""


@pytest.fixture
def kept(house: House) -> Iterator[Lender]:
    """The connections of a house of its own."""
    made = lender(house.engine)
    yield made
    made.close()


def _backend(house: House) -> int:
    with house.reading() as unit:
        return int(unit.connection.execute(select(func.pg_backend_pid())).scalar_one())


def _end_all_others(house: House) -> None:
    engine = open_engine(house.settings.database_url)
    with engine.connect() as connection:
        names = func.pg_stat_get_activity(None).table_valued("pid", "datid")
        others = select(names.c.pid).where(names.c.pid != func.pg_backend_pid())
        for (pid,) in connection.execute(others).all():
            connection.execute(select(func.pg_terminate_backend(pid)))
    engine.dispose()


@own_server
def test_a_connection_that_the_server_ended_is_replaced_before_anything_is_asked(house: House) -> None:
    before = _backend(house)
    assert _backend(house) == before, "it is kept"
    _end_all_others(house)
    assert _backend(house) != before
    _end_all_others(house)
    with house.writing() as unit:
        assert unit.connection.execute(select(1)).scalar_one() == 1


@own_server
def test_no_more_connections_are_open_at_once_than_there_are_places(house: House) -> None:
    kept = KeptOfServer(house.engine, most=2, patience=0.05)
    with kept.lent(READING), kept.lent(READING), pytest.raises(Busy), kept.lent(READING):
        pass
    with kept.lent(READING), kept.lent(WRITING):
        pass
    kept.close()


@own_server
def test_whoever_waits_for_a_place_gets_the_one_that_is_given_back(house: House) -> None:
    kept = KeptOfServer(house.engine, most=1, patience=10)
    got = threading.Event()

    def wait() -> None:
        with kept.lent(READING):
            got.set()

    with kept.lent(READING):
        thread = threading.Thread(target=wait)
        thread.start()
        assert not got.wait(0.1)
    thread.join(10)
    assert got.is_set()
    kept.close()


@own_server
@pytest.mark.parametrize("broken", [False, True])
def test_a_place_comes_free_whatever_happened_in_it(house: House, broken: bool) -> None:
    kept = KeptOfServer(house.engine, most=1, patience=0.05)
    with pytest.raises((DBAPIError, KeyError)), kept.lent(WRITING) as connection:
        connection.execute(select(1))
        if broken:
            connection.execute(select(func.pg_terminate_backend(func.pg_backend_pid())))
        raise KeyError
    with kept.lent(WRITING) as connection:
        assert connection.execute(select(1)).scalar_one() == 1
    kept.close()


of_file = pytest.mark.engines("sqlite")
"""Whose pages are of no use to a connection once another one wrote."""


@of_file
def test_short_units_read_and_write_on_the_connection_that_was_used_last(kept: Lender) -> None:
    with kept.lent(WRITING) as writer:
        _make_holders(writer, 3)
    for mode in (READING, WRITING, READING):
        with kept.lent(mode) as again:
            assert again is writer
    with kept.lent(READING) as reader, kept.lent(WRITING) as another:
        assert reader is writer and another is not writer


@of_file
def test_a_connection_that_wrote_much_is_kept_for_whoever_writes_next(kept: Lender) -> None:
    with kept.lent(WRITING) as large:
        _make_holders(large, 300)
    with kept.lent(READING) as reader:
        assert reader is not large
    with kept.lent(WRITING) as again:
        assert again is large
        _make_holders(again, 3)
    with kept.lent(READING) as reader:
        assert reader is large, "what it wrote last was little"
        with kept.lent(WRITING) as another:
            _make_holders(another, 300)
    with kept.lent(WRITING) as again, kept.lent(READING) as first, kept.lent(READING) as second:
        assert again is large, "one alone keeps many pages"
        assert {_pages(first), _pages(second)} == {-500} and _pages(again) == -4000


@of_file
def test_another_connection_keeps_many_pages_once_the_one_that_did_has_failed(kept: Lender) -> None:
    with kept.lent(WRITING) as large:
        _make_holders(large, 300)
    with pytest.raises(KeyError), kept.lent(WRITING):
        raise KeyError
    with kept.lent(WRITING) as another:
        _make_holders(another, 300)
    with kept.lent(WRITING) as again:
        assert again is another is not large and _pages(again) == -4000


@of_file
def test_however_often_who_wrote_much_fails_no_second_connection_keeps_many_pages(kept: Lender) -> None:
    for _ in range(4):
        with kept.lent(READING), kept.lent(READING), kept.lent(READING), kept.lent(WRITING) as writer:
            _make_holders(writer, 300)
        with pytest.raises(KeyError), kept.lent(WRITING):
            raise KeyError
    with kept.lent(WRITING) as writer:
        _make_holders(writer, 300)
    with ExitStack() as all_:
        found = [all_.enter_context(kept.lent(READING)) for _ in range(6)]
        assert {_pages(one) for one in found} == {-500}


@of_file
def test_what_was_rolled_back_is_not_taken_for_much(kept: Lender) -> None:
    with pytest.raises(KeyError), kept.lent(WRITING) as writer:
        _make_holders(writer, 300)
        raise KeyError
    with kept.lent(WRITING) as writer:
        _make_holders(writer, 1)
    with kept.lent(READING) as reader:
        assert reader is writer and _pages(reader) == -500


def _make_holders(connection: Connection, many: int) -> None:
    connection.execute(insert(Holder), [{"id": new_id(), "kind": "person", "created_at": BEGIN} for _ in range(many)])


def _pages(connection: Connection) -> int:
    return int(driver_of(connection).execute("PRAGMA cache_size").fetchone()[0])


def test_a_loan_that_failed_leaves_nothing(kept: Lender) -> None:
    count = select(func.count()).select_from(Vendor)
    with pytest.raises(KeyError), kept.lent(WRITING) as connection:
        connection.execute(insert(Vendor), ROW)
        raise KeyError
    with kept.lent(READING) as connection:
        assert connection.execute(count).scalar_one() == 0


@own_server
def test_a_reading_loan_writes_nothing(kept: Lender) -> None:
    with pytest.raises(DBAPIError, match="read-only"), kept.lent(READING) as connection:
        connection.execute(insert(Vendor), ROW)


@own_server
def test_what_failed_within_is_never_taken_for_committed(kept: Lender) -> None:
    # The server answers COMMIT with ROLLBACK where a statement failed before, and calls that no error.
    with pytest.raises(Exception, match="rolled back"), kept.lent(WRITING) as connection:
        driver = connection.connection.dbapi_connection
        with pytest.raises(Exception, match="division"):
            driver.execute("SELECT 1/0")
