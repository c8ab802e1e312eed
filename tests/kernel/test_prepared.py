"""A prepared statement answers what the same statement answers through SQLAlchemy, on both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.log_queue import QueuedFact
from portal.kernel.prepared import Prepared, PreparedRows, prepared_insert
from portal.kernel.sealing import Holder, create_holder
from portal.kernel.unit import Unexplained, Unit
from tests import people

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


def test_whole_rows_are_objects_of_their_model_and_setting_one_writes_nothing(house: House) -> None:
    rows = PreparedRows.of(Holder, Holder.id.in_(bindparam("ids", expanding=True)), lists=("ids",))
    with house.writing() as unit:
        made = [create_holder(unit, "person") for _ in range(2)]
    with house.writing() as unit:
        found = {one.id: one for one in rows.objects(unit.connection, {"ids": made})}
        assert {id_: (type(one), one.kind, one.label) for id_, one in found.items()} == dict.fromkeys(made, (Holder, "person", None))
        assert all(one.created_at.tzinfo is not None for one in found.values())
        found[made[0]].kind = "prospect"
        assert rows.one(unit.connection, {"ids": [new_id()]}) is None
    with house.reading() as unit:
        assert {one.kind for one in rows.objects(unit.connection, {"ids": made})} == {"person"}


def test_a_change_is_counted_and_one_that_found_nothing_has_written_nothing(house: House) -> None:
    renamed = Prepared(update(Account).where(Account.id == bindparam("account")).values(locale=bindparam("spoken")))
    account = people.register(house, "ana@example.org")
    with house.writing() as unit:
        # No fact explains the accounts: the guard lets the unit pass, since it changed none.
        assert renamed.changed(unit.connection, {"account": new_id(), "spoken": "ca"}) == 0
    with pytest.raises(Unexplained, match="accounts"), house.writing() as unit:
        assert renamed.changed(unit.connection, {"account": account, "spoken": "ca"}) == 1


def test_a_snapshot_is_asked_once_and_a_writing_unit_each_time(house: House) -> None:
    asked = []

    def look_up() -> int:
        asked.append(1)
        return len(asked)

    with house.reading() as unit:
        assert [unit.once(("a", 1), look_up), unit.once(("a", 1), look_up), unit.once(("a", 2), look_up)] == [1, 1, 2]
    with house.writing() as unit:
        assert [unit.once(("a", 1), look_up), unit.once(("a", 1), look_up)] == [3, 4]


def test_many_rows_go_in_with_one_call_and_are_told_to_the_guard(house: House) -> None:
    put, kinds = prepared_insert(Holder), select(Holder.kind).where(Holder.kind == "person")
    with pytest.raises(Unexplained), house.writing() as unit:
        prepared_insert(Account).many(unit.connection, [])
        put.many(unit.connection, [])
        assert unit.connection.info["written"] == set()
        put.many(unit.connection, [{"id": new_id(), "kind": "person", "created_at": unit.at} for _ in range(3)])
        assert unit.connection.info["written"] == {"holders"}
        assert len(unit.connection.execute(kinds).all()) == 3
        unit.connection.info["written"].add("accounts")


def test_a_row_that_is_there_already_is_an_error_as_sqlalchemy_has_it_and_nothing_stays(house: House) -> None:
    put, id_ = prepared_insert(Holder), new_id()
    for _ in range(2):
        with pytest.raises(IntegrityError), house.writing() as unit:
            put.many(unit.connection, [{"id": id_, "kind": "person", "created_at": unit.at} for _ in range(2)])
    with house.reading() as unit:
        assert unit.connection.execute(select(Holder.id).where(Holder.id == id_)).all() == []


@pytest.mark.parametrize("many", [1, 2, 16, 17, 64, 65, 150])
def test_however_many_rows_go_in_each_is_there_once_as_it_was_given(house: House, many: int) -> None:
    put, ids = prepared_insert(Holder), [new_id() for _ in range(many)]
    with house.writing() as unit:
        put.many(unit.connection, [{"id": id_, "kind": f"kind {at}", "created_at": unit.at} for at, id_ in enumerate(ids)])
        rows = unit.connection.execute(select(Holder.kind, Holder.id, Holder.label).where(Holder.kind.like("kind %"))).all()
        assert {row.kind: row.id for row in rows} == {f"kind {at}": id_ for at, id_ in enumerate(ids)}
        assert len(rows) == many and {row.label for row in rows} == {None}
        unit.connection.info["written"].clear()
