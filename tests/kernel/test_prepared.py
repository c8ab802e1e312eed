"""A prepared statement answers what the same statement answers through SQLAlchemy, on both engines."""

from datetime import timedelta

from sqlalchemy import bindparam, delete, select, update

from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.log_queue import QueuedFact
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.sealing import Holder, create_holder
from portal.kernel.unit import Unit

_TWO_LISTS = (
    select(Holder.id, Holder.kind, Holder.created_at.label("since"), Holder.label)
    .where(
        Holder.id.in_(bindparam("ids", expanding=True)),
        Holder.kind.in_(("person", "prospect")),
        Holder.created_at <= bindparam("at"),
        Holder.kind != "month",
    )
    .order_by(Holder.id)
    .limit(bindparam("most"))
)


def _both(unit: Unit, values: dict[str, object]) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    prepared = Prepared(_TWO_LISTS, lists=("ids",)).all(unit.connection, values)
    plain = unit.connection.execute(_TWO_LISTS, values).all()
    return [tuple(row) for row in prepared], [tuple(row) for row in plain]


def test_lists_of_any_length_and_lists_of_the_statement_itself_are_bound(house: House) -> None:
    with house.writing() as unit:
        ids = [create_holder(unit, kind) for kind in ("person", "prospect", "person", "month")]
    with house.reading() as unit:
        for many in range(len(ids) + 1):
            prepared, plain = _both(unit, {"ids": ids[:many], "at": unit.at, "most": 10})
            assert prepared == plain
            assert len(prepared) == min(many, 3)


def test_times_are_compared_and_read_in_utc(house: House) -> None:
    with house.writing() as unit:
        made = create_holder(unit, "person")
    with house.reading() as unit:
        before = unit.at - timedelta(days=1)
        assert _both(unit, {"ids": [made], "at": before, "most": 1}) == ([], [])
        prepared, plain = _both(unit, {"ids": [made], "at": unit.at, "most": 1})
        assert prepared == plain and len(prepared) == 1


def test_rows_have_names_and_a_missing_row_is_none(house: House) -> None:
    one = Prepared(select(Holder.kind, Holder.id.label("holder")).where(Holder.id == bindparam("id")))
    with house.writing() as unit:
        made = create_holder(unit, "person")
    with house.reading() as unit:
        row = one.first(unit.connection, {"id": made})
        assert (row.kind, row.holder) == ("person", made)
        assert one.first(unit.connection, {"id": new_id()}) is None


def test_what_it_writes_is_told_to_the_guard(house: House) -> None:
    change = Prepared(update(Holder).where(Holder.id == bindparam("which")).values(kind=bindparam("new")))
    remove = Prepared(delete(QueuedFact).where(QueuedFact.id == bindparam("which")).returning(QueuedFact.id))
    insert = prepared_insert(QueuedFact)
    with house.writing() as unit:
        made = create_holder(unit, "person")
        unit.connection.info["written"].clear()
        change.run(unit.connection, {"which": made, "new": "prospect"})
        assert "holders" in unit.connection.info["written"]
        insert.run(unit.connection, {"id": made, "entry": b"{}"})
        assert [row.id for row in remove.all(unit.connection, {"which": made})] == [made]
        assert "log_queue" in unit.connection.info["written"]
