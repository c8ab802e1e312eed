"""The unit: one transaction that commits with its facts or not at all."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import create_engine, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from portal.kernel import clock
from portal.kernel.blind_index import Identifier
from portal.kernel.errors import Busy, Problem
from portal.kernel.house import House, Wiring
from portal.kernel.ids import new_id, text_of
from portal.kernel.log_queue import QueuedFact
from portal.kernel.sealing import create_holder
from portal.kernel.unit import UNEXPLAINED, Actor, Unexplained, Unit
from tests.kernel.noted import Answered, Noted, Unrelated

ANA = Actor("customer", id=b"a" * 16, name="ana-in-the-log")


def queued(house: House) -> list[dict[str, Any]]:
    """The entries on their way into the log, in order."""
    with house.reading() as unit:
        rows = unit.connection.execute(select(QueuedFact.entry).order_by(QueuedFact.id)).scalars()
        return [json.loads(row) for row in rows]


def identifiers(house: House) -> int:
    """How many rows stand in the table that the tests write."""
    with house.reading() as unit:
        return unit.connection.execute(select(func.count()).select_from(Identifier)).scalar_one()


def row(unit: Unit) -> dict[str, Any]:
    """A row for the blind index."""
    return {"kind": "test", "key_version": 1, "digest": os.urandom(32), "holder_id": create_holder(unit, "person")}


def write(unit: Unit) -> None:
    """Writes the audited table."""
    unit.connection.execute(insert(Identifier).values(row(unit)))


def reacting(house: House, **reactions: Callable[[Unit, Any], None]) -> House:
    """The same database with reactions of the test's own."""
    wiring = Wiring(reactions={Noted: [*reactions.values()]})
    return House(house.settings, house.engine, house.keys, wiring)


def test_what_a_unit_did_and_its_facts_are_there_together(house: House) -> None:
    with house.writing(ANA) as unit:
        write(unit)
        unit.note(Noted(code="x"))
        assert identifiers(house) == 0
    assert identifiers(house) == 1
    assert [entry["event"] for entry in queued(house)] == ["test.noted"]


def test_an_error_in_a_unit_leaves_nothing_behind(house: House) -> None:
    with pytest.raises(ZeroDivisionError), house.writing(ANA) as unit:
        write(unit)
        unit.note(Noted())
        raise ZeroDivisionError
    assert identifiers(house) == 0
    assert queued(house) == []


def test_a_reading_unit_changes_nothing_even_when_it_tries(house: House) -> None:
    with suppress(DBAPIError, Problem), house.reading(ANA) as unit:
        write(unit)
    assert identifiers(house) == 0


def test_a_reading_unit_sees_one_moment_throughout(house: House) -> None:
    with house.reading() as reader:
        count = select(func.count()).select_from(Identifier)
        before = reader.connection.execute(count).scalar_one()
        with house.writing() as unit:
            write(unit)
            unit.note(Noted())
        assert reader.connection.execute(count).scalar_one() == before
    assert identifiers(house) == before + 1


def _with_core(unit: Unit) -> None:
    write(unit)


def _with_many(unit: Unit) -> None:
    unit.connection.execute(insert(Identifier), [row(unit), row(unit)])


def _with_the_orm(unit: Unit) -> None:
    unit.session.add(Identifier(**row(unit)))


def _with_an_orm_change(unit: Unit) -> None:
    found = unit.session.scalars(select(Identifier)).first()
    assert found is not None
    found.kind = "changed"


def _with_an_orm_deletion(unit: Unit) -> None:
    unit.session.delete(unit.session.scalars(select(Identifier)).first())


def _with_an_update(unit: Unit) -> None:
    unit.connection.execute(update(Identifier).values(kind="changed"))


def _with_an_orm_update(unit: Unit) -> None:
    unit.session.execute(update(Identifier).values(kind="changed"))


def _with_a_delete(unit: Unit) -> None:
    unit.connection.execute(delete(Identifier))


WAYS = [
    _with_core,
    _with_many,
    _with_the_orm,
    _with_an_orm_change,
    _with_an_orm_deletion,
    _with_an_update,
    _with_an_orm_update,
    _with_a_delete,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__[1:])
def test_a_table_that_no_fact_explains_stops_the_commit(house: House, way: Callable[[Unit], None]) -> None:
    with house.writing() as unit:
        write(unit)
        unit.note(Noted())
    kinds = select(Identifier.kind, Identifier.digest)
    with house.reading() as unit:
        before = unit.connection.execute(kinds).all()
    with pytest.raises(Unexplained, match="identifiers"), house.writing() as unit:
        way(unit)
        unit.note(Unrelated())
    with house.reading() as unit:
        assert unit.connection.execute(kinds).all() == before
    assert len(queued(house)) == 1
    with house.writing() as unit:
        way(unit)
        unit.note(Noted())
    assert len(queued(house)) == 2


def test_the_guard_forgets_what_an_earlier_unit_wrote_on_the_same_connection(house: House) -> None:
    with house.writing() as unit:
        write(unit)
        unit.note(Noted())
    with house.writing() as unit:
        unit.note(Unrelated())
    assert len(queued(house)) == 2


def test_every_table_without_a_fact_has_its_reason() -> None:
    assert all(len(reason) > 5 for reason in UNEXPLAINED.values())


def test_who_where_and_why_come_from_the_unit(house: House) -> None:
    request, holder = new_id(), []
    second = Actor("officer", name="otto-in-the-log")
    with house.writing(ANA, request_id=request, cause="entry:7", route="/sharing/<grant>/stop", second=second) as unit:
        holder.append(create_holder(unit, "person"))
        unit.note(
            Noted(holder=holder[0], code="c", number=3, names=("b", "a"), given=("profile.name", "profile.email"))
        )
        customer = unit.box(holder[0]).pseudonym
        at = unit.at
    (entry,) = queued(house)
    assert entry == {
        "v": 1,
        "event": "test.noted",
        "outcome": "done",
        "mode": "live",
        "at": clock.micros(at),
        "actor": {"kind": "customer", "id": "ana-in-the-log"},
        "second": {"kind": "officer", "id": "otto-in-the-log"},
        "request": text_of(request),
        "cause": "entry:7",
        "route": "/sharing/<grant>/stop",
        "customer": customer,
        "given": sha256(b'["profile.email","profile.name"]').hexdigest(),
        "detail": {"code": "c", "number": 3, "names": ["b", "a"]},
    }


def test_members_that_are_absent_are_left_out_never_null(house: House) -> None:
    with house.writing() as unit:
        unit.note(Unrelated())
    (entry,) = queued(house)
    assert set(entry) == {"v", "event", "outcome", "mode", "at", "actor", "request"}


@pytest.mark.parametrize("bad", ["città", "a\nb", "a\x1b[31m", "\u202eabc", "\ud800"])
def test_an_entry_never_holds_what_could_not_be_read_back_plainly(house: House, bad: str) -> None:
    with pytest.raises(ValueError, match="ASCII"), house.writing() as unit:
        unit.note(Noted(code=bad))
    assert queued(house) == []


@pytest.mark.parametrize("member", ["reason", "purpose", "basis", "token"])
def test_the_members_of_every_entry_are_held_to_the_same_rule(house: House, member: str) -> None:
    with pytest.raises(ValueError, match="ASCII"), house.writing() as unit:
        unit.note(replace(Noted(), **{member: "città"}))  # type: ignore[arg-type]
    assert queued(house) == []


def test_personal_values_are_sealed_and_only_committed_to(house: House) -> None:
    secret = "203.0.113.77"
    with house.writing(personal={"address": secret}) as unit:
        unit.note(Noted(holder=create_holder(unit, "person"), personal={"words": "carrer Nou 5, Lleida"}))
    with house.reading() as unit:
        found = unit.connection.execute(select(QueuedFact)).one()
    entry = json.loads(found.entry)
    assert len(entry["commitment"]) == 64
    for column in (found.entry, found.personal, found.field_lists or b""):
        assert secret.encode() not in column
        assert b"Lleida" not in column


def test_equal_personal_values_have_different_commitments(house: House) -> None:
    with house.writing(personal={"address": "203.0.113.77"}) as unit:
        unit.note(Noted())
        unit.note(Noted())
    first, second = queued(house)
    assert first["commitment"] != second["commitment"]


def test_what_concerns_no_customer_is_sealed_under_its_months_key_which_is_shut_with_the_month(house: House) -> None:
    keys = []
    for month in (3, 3, 4, 3):
        with clock.moved(datetime(2026, month, 1, 12, tzinfo=UTC)):
            # Whoever made the month's key, and took it back, leaves none behind.
            with suppress(KeyError), house.writing(personal={"address": "203.0.113.77"}) as unit:
                unit.note(Noted())
                raise KeyError
            with house.writing(personal={"address": "203.0.113.77"}) as unit:
                unit.note(Noted())
            opened = house.log_box(clock.now())
            assert house.log_box(clock.now()) is opened
        with house.reading() as unit:
            newest = select(QueuedFact.entry, QueuedFact.personal).order_by(QueuedFact.id.desc()).limit(1)
            found = unit.connection.execute(newest).one()
        mark = json.loads(found.entry)["commitment"]
        assert "203.0.113.77" in opened.open("log_personal", "sealed", bytes.fromhex(mark), found.personal)
        keys.append(opened.current)
    assert keys[0] == keys[1] == keys[3] != keys[2]


def test_a_unit_lives_on_the_moved_clock(house: House) -> None:
    then = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with clock.moved(then), house.writing() as unit:
        unit.note(Unrelated())
        assert abs((unit.at - then).total_seconds()) < 5
    assert abs(queued(house)[0]["at"] - clock.micros(then)) < 5_000_000


def test_reactions_work_in_the_same_transaction_until_no_fact_is_unanswered(house: House) -> None:
    def first(unit: Unit, fact: Noted) -> None:
        unit.note(Answered(step=1))
        if fact.code == "start":
            unit.note(Noted(code="second"))

    with reacting(house, first=first).writing() as unit:
        write(unit)
        unit.note(Noted(code="start"))
    assert [entry["event"] for entry in queued(house)] == ["test.noted", "test.answered", "test.noted", "test.answered"]


def test_an_error_in_a_reaction_takes_the_whole_unit_back(house: House) -> None:
    def fails(unit: Unit, _fact: Noted) -> None:
        write(unit)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), reacting(house, fails=fails).writing() as unit:
        write(unit)
        unit.note(Noted())
    assert identifiers(house) == 0
    assert queued(house) == []


def test_what_a_reaction_writes_must_be_explained_too(house: House) -> None:
    def writes(unit: Unit, _fact: Any) -> None:
        write(unit)

    other = House(house.settings, house.engine, house.keys, Wiring(reactions={Unrelated: [writes]}))
    with pytest.raises(Unexplained), other.writing() as unit:
        unit.note(Unrelated())
    assert identifiers(house) == 0


def test_a_database_that_another_program_holds_is_busy_and_nothing_was_done(house: House) -> None:
    other = create_engine(house.engine.url, isolation_level="AUTOCOMMIT")
    holder = other.raw_connection()
    cursor = holder.cursor()
    cursor.execute("BEGIN IMMEDIATE" if house.is_sqlite else "BEGIN")
    if not house.is_sqlite:
        cursor.execute("LOCK TABLE log_queue IN ACCESS EXCLUSIVE MODE")
    with pytest.raises(Busy), house.writing() as unit:
        unit.note(Unrelated())
    cursor.execute("ROLLBACK")
    holder.close()
    other.dispose()
    assert queued(house) == []


def test_a_unit_whose_facts_cannot_be_put_down_commits_nothing(house: House) -> None:
    with pytest.raises(ValueError, match="2\\*\\*53"), house.writing() as unit:
        write(unit)
        unit.note(Noted(count=1 << 53))
    assert identifiers(house) == 0
    assert queued(house) == []
