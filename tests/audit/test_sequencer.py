"""The one hand that gives entries their index: dense, in order, all of a disclosure or nothing of it."""

import json
import os
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from portal.audit.models import LogEntry, LogRoot
from portal.audit.reads import waiting_of
from portal.audit.report import SOUND
from portal.audit.sequencer import BATCH, Sequencer
from portal.audit.verify import verify
from portal.kernel import clock
from portal.kernel.canonical import canonical, check
from portal.kernel.db import WRITING
from portal.kernel.errors import Busy
from portal.kernel.house import Check, House, Wiring
from portal.kernel.ids import new_id, text_of
from portal.kernel.log_queue import Condition, QueuedFact
from tests.audit.small_facts import CITY, NAME, Changed, Looked, change, disclose, new_holder

GOOD: Check = lambda _connection, _args, _now: set()  # noqa: E731


def houses(house: House, **conditions: Check) -> House:
    """Another process's view of the same house, with conditions of the test's own."""
    wiring = Wiring(leader=Sequencer, conditions={"good": GOOD, **conditions})
    return House(house.settings, house.engine, house.keys, wiring)


def entries(house: House) -> list[dict[str, Any]]:
    """All entries in order."""
    with house.reading() as unit:
        rows = unit.connection.execute(select(LogEntry.idx, LogEntry.body).order_by(LogEntry.idx)).all()
    found = [json.loads(row.body) for row in rows]
    assert [entry["index"] for entry in found] == [row.idx for row in rows] == list(range(len(rows)))
    return found


def codes(house: House) -> list[str | None]:
    """What the test's changes were called, in the order of the log."""
    return [entry.get("detail", {}).get("code") for entry in entries(house)]


def test_facts_enter_in_the_order_in_which_they_were_noted(house: House) -> None:
    for number in range(150):
        change(house, code=str(number))
    house.lead()
    assert codes(house) == [str(number) for number in range(150)]
    with house.reading() as unit:
        assert unit.connection.execute(select(func.count()).select_from(QueuedFact)).scalar_one() == 0


def test_no_transaction_appends_more_than_a_batch(house: House) -> None:
    with house.writing() as unit:
        for number in range(3 * BATCH + 5):
            unit.note(Changed(code=str(number)))
    assert house.lead() == 3 * BATCH + 5
    with house.reading() as unit:
        sizes = unit.connection.execute(select(LogRoot.size).order_by(LogRoot.size)).scalars().all()
    assert sizes == [BATCH, 2 * BATCH, 3 * BATCH, 3 * BATCH + 5]
    assert Counter(entry["time"] for entry in entries(house)).most_common(1)[0][1] == BATCH


@pytest.mark.engines("sqlite")  # its writing units hold the gate
@pytest.mark.parametrize("before", [0, 3, BATCH - 20, BATCH - 19, BATCH, 2 * BATCH + 1])
def test_many_facts_of_a_unit_stand_behind_all_that_was_queued_and_most_of_the_time_at_once(house: House, before: int) -> None:
    for number in range(before):
        change(house, code=str(number))
    with house.writing() as unit:
        for number in range(before, before + 20):
            unit.note(Changed(code=str(number)))
    at_once = codes(house)
    assert at_once == [str(number) for number in range(before + 20 if before + 20 <= BATCH else min(before, BATCH))]
    house.lead()
    assert codes(house) == [str(number) for number in range(before + 20)]
    assert verify(house).exit_code == SOUND


def test_one_that_fits_no_column_is_set_aside_among_however_many(house: House) -> None:
    for many in (3, 20):
        with house.writing() as unit:
            for number in range(many):
                unit.note(Changed(code=f"{number} of {many}", reason="r" * 65 if number == 1 else None))
    house.lead()
    assert codes(house) == [f"{number} of {many}" for many in (3, 20) for number in range(many) if number != 1]
    assert [finding.code for finding in verify(house).findings] == ["fact-unreadable"] * 2


@pytest.mark.engines("sqlite")
def test_of_a_unit_that_is_taken_back_nothing_stands_in_the_log_and_what_was_queued_is_queued_still(house: House) -> None:
    change(house, code="before")
    with pytest.raises(ZeroDivisionError), house.writing() as unit:
        for number in range(20):
            unit.note(Changed(code=str(number), asked=(f"profile.of.the.test_{number}",)))
        unit.settle()
        assert len(unit.connection.execute(select(LogEntry.idx)).all()) == 21
        raise ZeroDivisionError
    assert codes(house) == []
    with house.writing() as unit:
        for number in range(20):
            unit.note(Changed(code=str(number), asked=(f"profile.of.the.test_{number}",)))
    assert codes(house) == ["before", *map(str, range(20))]
    assert verify(house).exit_code == SOUND, "each list that an entry names is there"


def test_what_was_acknowledged_before_a_read_stands_before_it(house: House) -> None:
    holder = new_holder(house)
    for number in range(BATCH + 10):
        change(house, holder, str(number))
    assert disclose(house, Looked(holder=holder, given=(NAME,)))
    assert [entry["event"] for entry in entries(house)][-1] == "profile.disclosed"
    assert len(entries(house)) == BATCH + 12


def test_each_entry_is_canonical_by_another_implementation_too(house: House) -> None:
    holder = new_holder(house)
    change(house, holder, "x", words="carrer Nou")
    disclose(
        house, Looked(holder=holder, asked=(CITY, NAME), given=(NAME,), count=3, token="abc", purpose="https://x/#y")
    )
    with house.reading() as unit:
        for body in unit.connection.execute(select(LogEntry.body)).scalars():
            assert rfc8785.dumps(json.loads(body)) == body


plain = st.recursive(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
    | st.integers(1 - (1 << 53), (1 << 53) - 1),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain)
def test_whatever_an_entry_may_hold_has_one_form(value: Any) -> None:
    check(value)
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [None, True, 1.0, float("nan"), 1 << 53, -(1 << 53), "è", "\n", {"a": None}, [1, [2.5]], {"ü": 1}, b"x"]
)
def test_what_has_no_one_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"neither|outside|integer"):
        check(value)


def test_each_customers_entries_are_counted_from_nought_without_a_gap(house: House) -> None:
    people = [new_holder(house) for _ in range(3)]
    for number in range(60):
        change(house, people[number * number % 3])
        if number % 7 == 0:
            disclose(house, *(Looked(holder=person, given=(NAME,)) for person in people))
    house.lead()
    counted: dict[str, list[int]] = {}
    for entry in entries(house):
        counted.setdefault(entry["customer"], []).append(entry["counter"])
    assert len(counted) == 3
    assert all(counter == list(range(len(counter))) for counter in counted.values())


def test_a_disclosure_whose_condition_no_longer_holds_appends_nothing_of_it(house: House) -> None:
    other = houses(house, second_fails=lambda _connection, args, _now: {n for n, arg in enumerate(args) if arg[0] == 2})
    holder = new_holder(house)
    house.lead()
    before = len(entries(house))
    facts = [Looked(holder=holder, given=(NAME,)), Looked(holder=holder, given=(CITY,))]
    mixed = [Condition("good", ()), Condition("second_fails", (1,)), Condition("second_fails", (2,))]
    assert not disclose(other, *facts, conditions=mixed)
    assert len(entries(house)) == before
    assert disclose(other, *facts, conditions=mixed[:2])
    assert len(entries(house)) == before + 2


def test_a_failed_condition_takes_nobody_else_down(house: House) -> None:
    other = houses(house, odd_fails=lambda _connection, args, _now: {n for n, arg in enumerate(args) if arg[0] % 2})
    holder = new_holder(house)
    outcomes: dict[int, bool] = {}

    def read(number: int) -> None:
        fact = Looked(holder=holder, given=(NAME,), count=number)
        outcomes[number] = disclose(other, fact, conditions=[Condition("odd_fails", (number,))])

    threads = [threading.Thread(target=read, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {number: number % 2 == 0 for number in range(24)}
    assert {entry["count"] for entry in entries(house) if "count" in entry} == set(range(0, 24, 2))


def _broken(*_: Any) -> set[int]:
    raise ZeroDivisionError


@pytest.mark.parametrize("name", ["broken", "unknown"])
def test_a_condition_that_cannot_be_asked_lets_nothing_through(house: House, name: str) -> None:
    other = houses(house, broken=_broken)
    holder = new_holder(house)
    house.lead()
    before = len(entries(house))
    with pytest.raises(Busy):
        disclose(other, Looked(holder=holder, given=(NAME,)), conditions=[Condition(name, ())])
    assert len(entries(house)) == before
    assert disclose(other, Looked(holder=holder, given=(NAME,)), conditions=[Condition("good", ())])


def test_a_condition_is_asked_at_the_moment_that_its_entry_says(house: House) -> None:
    asked: list[int] = []

    def remember(_connection: Any, _args: Any, now: Any) -> set[int]:
        asked.append(clock.micros(now))
        return set()

    disclose(houses(house, remember=remember), Looked(given=(NAME,)), conditions=[Condition("remember", ())])
    assert asked == [entries(house)[-1]["time"]]


def test_a_clock_that_ran_far_ahead_ends_nothing_once_it_is_right_again(house: House) -> None:
    asked: list[Any] = []

    def remember(_connection: Any, _args: Any, now: Any) -> set[int]:
        asked.append(now)
        return set()

    remembering = houses(house, remember=remember)
    with clock.moved(timedelta(days=400)):
        disclose(remembering, Looked(given=(NAME,)))
    disclose(remembering, Looked(given=(NAME,)), conditions=[Condition("remember", ())])
    times = [entry["time"] for entry in entries(house)]
    assert times == sorted(times)
    assert abs(asked[0] - clock.now()) < timedelta(minutes=5)


GOOD_ENTRY: dict[str, Any] = {"v": 1, "event": "e", "outcome": "done", "request": "r", "at": 1, "actor": {"kind": "k"}}


@pytest.mark.parametrize(
    ("entry", "lists"),
    [
        (b"{", None),
        (b"\xff\xfe\xfd", None),
        (b"[]", None),
        (b"[" * 100_000, None),
        (b'{"v":1}', None),
        (canonical(GOOD_ENTRY), b"{"),
        (canonical(GOOD_ENTRY), b"[]"),
        (canonical({**GOOD_ENTRY, "actor": "k"}), None),
        (canonical({**GOOD_ENTRY, "customer": ["c"]}), None),
        (canonical({**GOOD_ENTRY, "reason": "r" * 65}), None),
        (canonical({**GOOD_ENTRY, "count": 1.5}), None),
    ],
)
def test_a_queued_fact_that_cannot_be_read_stops_nobody_and_is_told(
    house: House, entry: bytes, lists: bytes | None
) -> None:
    holder = new_holder(house)
    house.lead()
    change(house, code="before")
    with house.transaction(WRITING) as connection:
        connection.execute(insert(QueuedFact).values(id=new_id(), entry=entry, field_lists=lists))
    change(house, code="after")
    with house.reading() as unit:
        assert waiting_of(unit, holder) == 0
    assert disclose(house, Looked(holder=holder, given=(NAME,)))
    assert codes(house) == ["made", "before", "after", None]
    assert house.lead() == 0
    report = verify(house)
    assert [finding.code for finding in report.findings] == ["fact-unreadable"]
    assert report.queue_length == 1
    assert 0 <= report.queue_age < 60


@pytest.mark.parametrize("wrong", [{"count": 1.5}, {"reason": "r" * 65}, {"detail": {"code": "\u00e9"}}])
def test_what_this_very_process_queued_is_looked_at_once_somebody_changed_it(house: House, wrong: dict[str, Any]) -> None:
    house.lead()
    change(house, code="as it was written")
    change(house, code="changed since")
    with house.transaction(WRITING) as connection:
        row = connection.execute(select(QueuedFact).order_by(QueuedFact.id.desc()).limit(1)).one()
        changed = canonical({**json.loads(row.entry), **wrong})
        connection.execute(update(QueuedFact).where(QueuedFact.id == row.id).values(entry=changed))
    house.lead()
    assert codes(house)[-1] == "as it was written"
    assert [finding.code for finding in verify(house).findings] == ["fact-unreadable"]


def test_times_never_go_back_though_the_clock_does(house: House) -> None:
    change(house)
    house.lead()
    with clock.moved(timedelta(hours=-1)):
        change(house)
        house.lead()
        change(house)
        house.lead()
    times = [entry["time"] for entry in entries(house)]
    assert times == sorted(set(times))
    assert verify(house).exit_code == SOUND


def test_the_personal_part_of_what_concerns_nobody_can_be_opened_later(house: House) -> None:
    disclose(house, Looked(given=(NAME,)))
    report = verify(house)
    assert (report.opened, report.exit_code) == (1, SOUND)


def _append(other: House, holder: bytes, number: int, kept: list[str]) -> None:
    for step in range(15):
        if step % 3:
            change(other, holder, f"{number}.{step}")
        else:
            assert disclose(other, *(Looked(holder=holder, given=(NAME,), token=f"{number}.{step}") for _ in range(3)))
        kept.append(f"{number}.{step}")


def test_many_hands_in_two_processes_make_one_dense_log(house: House) -> None:
    holders = [new_holder(house) for _ in range(3)]
    kept: list[str] = []
    child = os.fork()
    if child == 0:
        try:
            # A forked child has the parent's connections, which are not its own to use.
            house.engine.dispose(close=False)
            other = houses(house)
            threads = [threading.Thread(target=_append, args=(other, holders[n % 3], 100 + n, kept)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            os._exit(0 if len(kept) == 60 else 1)
        finally:
            os._exit(2)
    mine = houses(house)
    threads = [threading.Thread(target=_append, args=(mine, holders[n % 3], n, kept)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    house.lead()
    log = entries(house)
    assert len(log) == 3 + 8 * (10 + 5 * 3)
    reads = [entry["token"] for entry in log if entry["event"] == "profile.disclosed"]
    assert Counter(reads) == {f"{n}.{step}": 3 for n in (0, 1, 2, 3, 100, 101, 102, 103) for step in range(0, 15, 3)}
    assert verify(house).exit_code == SOUND


def test_an_empty_log_is_begun_once_by_however_many(house: House) -> None:
    others = [houses(house) for _ in range(8)]
    start, kept = threading.Barrier(8), []

    def begin(other: House) -> None:
        start.wait()
        kept.append(disclose(other, Looked(given=(NAME,))))

    threads = [threading.Thread(target=begin, args=(other,)) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [True] * 8
    assert len(entries(house)) == 8


def test_a_page_of_fifty_people_is_fifty_entries_of_one_request(house: House) -> None:
    with house.writing() as unit:
        from portal.kernel.sealing import create_holders

        people = create_holders(unit, "person", 50)
        unit.note(Changed())
    assert disclose(house, *(Looked(holder=person, given=(NAME,)) for person in people))
    page = [entry for entry in entries(house) if entry["event"] == "profile.disclosed"]
    assert len({entry["customer"] for entry in page}) == 50
    assert len({entry["request"] for entry in page}) == 1


def test_members_stand_where_the_design_says(house: House) -> None:
    holder = new_holder(house)
    fact = Looked(
        holder=holder, vendor=b"v" * 16, link=b"l" * 16, grant=b"g" * 16, version=2, about=("order", b"o" * 16)
    )
    disclose(house, replace(fact, basis="grant", purpose="https://x/#y", asked=(NAME,), given=(), test=True))
    entry = entries(house)[-1]
    assert {name: entry[name] for name in ("vendor", "link", "grant", "version", "about", "mode", "counter")} == {
        "vendor": text_of(b"v" * 16),
        "link": text_of(b"l" * 16),
        "grant": text_of(b"g" * 16),
        "version": 2,
        "about": {"kind": "order", "id": text_of(b"o" * 16)},
        "mode": "test",
        "counter": 1,
    }
    assert len(entry["asked"]) == len(entry["given"]) == 64
    assert None not in entry.values()
