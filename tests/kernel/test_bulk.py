"""Rows that are written many at once come back as they were given, on both engines."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, insert, select

from portal.kernel.bulk import BulkInsert, BulkUpdate
from portal.kernel.house import House
from tests.prove.sizes import PROVING

ROWS = Table(
    "bulk_rows", MetaData(), Column("id", Integer, primary_key=True), Column("text", String), Column("raw", LargeBinary)
)
_Text = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    st.sampled_from(["", "NULL", "null", "{}", "{a,b}", '"', "\\", '\\"', "\\x00", " ", "a b", "'", "%s", "\r\n\t"]),
)
VALUES = st.lists(st.tuples(_Text, st.one_of(st.none(), st.binary())), max_size=150)


@pytest.fixture
def rows(house: House) -> BulkInsert:
    ROWS.create(house.engine)
    return BulkInsert(house.engine.dialect, insert(ROWS), ["id", "text", "raw"])


@settings(
    max_examples=500 if PROVING else 40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(VALUES)
@example([("\U0001f600\u2028", bytes(range(256)))])
def test_what_was_given_is_what_stands_there(
    house: House, rows: BulkInsert, values: list[tuple[str | None, bytes | None]]
) -> None:
    given_ = [{"id": at, "text": text, "raw": raw} for at, (text, raw) in enumerate(values)]
    change = BulkUpdate(house.engine.dialect, ROWS.c.id, ROWS.c.raw)
    turned = [(at, text, raw[::-1] if raw is not None else b"none") for at, (text, raw) in enumerate(values)]
    with house.engine.connect() as connection:
        connection.execute(ROWS.delete())
        rows.execute(connection, given_)
        assert [tuple(row) for row in connection.execute(select(ROWS).order_by(ROWS.c.id))] == [
            (at, text, raw) for at, (text, raw) in enumerate(values)
        ]
        change.execute(connection, [{"at": at, "anew": raw} for at, _, raw in turned])
        assert [tuple(row) for row in connection.execute(select(ROWS).order_by(ROWS.c.id))] == turned
        connection.rollback()
