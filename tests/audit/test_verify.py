"""Whatever is changed in the log's tables is found, with its index; what is sound is called sound; nothing is touched."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from portal.audit import models
from portal.audit.appending import columns_of
from portal.audit.report import CHANGED, SOUND
from portal.audit.tree import Edge, leaf_hash
from portal.audit.verify import verify
from portal.audit.verify.command import run
from portal.kernel.canonical import canonical
from portal.kernel.db import WRITING, Base
from portal.kernel.house import House
from tests.audit.small_facts import NAME, Changed, CustomerErased, MonthErased, a_varied_log, change, look, new_holder
from tests.audit.small_logs import (
    COUNTERS,
    ENTRIES,
    FIELDS,
    KEYS,
    PERSONAL,
    ROOTS,
    STATE,
    TABLES,
    Log,
    another,
    found,
    where,
)


def test_a_log_that_nobody_touched_is_sound(log: Log) -> None:
    report = verify(log.house)
    assert report.findings == []
    assert (report.exit_code, report.could_not) == (SOUND, None)
    assert report.size == report.entries == len(log.rows(ENTRIES)) > 30
    assert report.root == log.rows(STATE)[0]["root"]
    assert report.roots == len(log.rows(ROOTS)) > 5
    assert report.opened == len(log.rows(PERSONAL)) > 10
    assert report.customers == 3
    assert report.queue_length == 0


def test_an_empty_log_is_sound(make_house: Callable[[str], House], engine_name: str) -> None:
    report = verify(make_house(engine_name))
    assert (report.exit_code, report.size, report.findings) == (SOUND, 0, [])


def test_verifying_changes_nothing(log: Log) -> None:
    before = {name: log.rows(table) for name, table in Base.metadata.tables.items()}
    verify(log.house)
    assert before == {name: log.rows(table) for name, table in Base.metadata.tables.items()}


@pytest.mark.parametrize("table_name", TABLES)
def test_attack_90_each_deleted_row_is_found_with_its_index(log: Log, table_name: str) -> None:
    table = TABLES[table_name]
    for row in log.rows(table):
        indexes = log.indexes(table, row)
        with log.kept(table):
            log.do(delete(table).where(*where(table, row)))
            found(verify(log.house), indexes)


@pytest.mark.parametrize("table_name", [name for name in TABLES if name != STATE.name])
def test_attack_90_swapped_rows_are_found_with_their_indexes(log: Log, table_name: str) -> None:
    table = TABLES[table_name]
    rows = log.rows(table)
    key = [column.name for column in table.primary_key]
    for one, other in [(0, len(rows) - 1), (len(rows) // 2, len(rows) // 2 - 1)]:
        if {n: v for n, v in rows[one].items() if n not in key} == {
            n: v for n, v in rows[other].items() if n not in key
        }:
            continue
        indexes = log.indexes(table, rows[one]) | log.indexes(table, rows[other])
        changed = [dict(row) for row in rows]
        for name in key:
            changed[one][name], changed[other][name] = rows[other][name], rows[one][name]
        with log.kept(table):
            log.put(table, changed)
            found(verify(log.house), indexes)


@pytest.mark.parametrize("table_name", TABLES)
def test_attack_90_an_inserted_row_is_found(log: Log, table_name: str) -> None:
    table = TABLES[table_name]
    rows = log.rows(table)
    new = dict(rows[len(rows) // 2])
    for column in table.primary_key:
        new[column.name] = another(new[column.name], column)
    if table is ENTRIES:
        new["counter"] = None if new["counter"] is None else 1_000_000
    with log.kept(table):
        log.do(insert(table).values(new))
        report = verify(log.house)
        assert report.exit_code == CHANGED
        assert any(finding.table == table_name for finding in report.findings)
        if "idx" in new:
            found(report, {new["idx"]})


@pytest.mark.parametrize("table_name", [ENTRIES.name, ROOTS.name, PERSONAL.name])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_attack_90_rows_cut_from_the_end_are_found_with_their_indexes(log: Log, table_name: str, count: int) -> None:
    table = TABLES[table_name]
    rows = log.rows(table)
    with log.kept(table):
        log.put(table, rows[:-count])
        report = verify(log.house)
        for row in rows[-count:]:
            found(report, {row.get("idx", row.get("size"))})


def test_entries_and_roots_cut_together_disagree_with_the_state_and_the_counters(log: Log) -> None:
    entries, roots = log.rows(ENTRIES), log.rows(ROOTS)
    size = roots[-2]["size"]
    with log.kept(ENTRIES, ROOTS, PERSONAL):
        log.put(ENTRIES, entries[:size])
        log.put(ROOTS, roots[:-1])
        log.put(PERSONAL, [row for row in log.rows(PERSONAL) if row["idx"] < size])
        report = verify(log.house)
    found(report, {size})
    assert {"log_entries", "log_counters"} <= {finding.table for finding in report.findings}


def _rewritten(log: Log, index: int, **members: Any) -> dict[str, Any]:
    """An entry whose body, leaf and columns were changed together."""
    row = log.rows(ENTRIES)[index]
    entry = {**json.loads(row["body"]), **members}
    body = canonical(entry)
    return {**row, **columns_of(entry), "body": body, "leaf": leaf_hash(body)}


def test_attack_90_an_entry_that_was_rewritten_with_its_hash_is_found_by_the_root(log: Log) -> None:
    for index in (0, 7, len(log.rows(ENTRIES)) - 1):
        row = _rewritten(log, index, event="test.forged")
        with log.kept(ENTRIES):
            log.do(update(ENTRIES).where(ENTRIES.c.idx == index).values(row))
            report = verify(log.house)
        roots = [finding for finding in report.findings if finding.table == "log_roots"]
        first, last = map(int, roots[0].about.split("-"))
        assert first <= index <= last
        assert report.exit_code == CHANGED


def test_a_change_is_told_where_it_is_and_not_at_everything_after_it(log: Log) -> None:
    with log.kept(ENTRIES):
        log.do(update(ENTRIES).where(ENTRIES.c.idx == 3).values(reason="x"))
        assert [finding.index for finding in verify(log.house).findings] == [3]
    with log.kept(ENTRIES):
        body = log.rows(ENTRIES)[3]["body"]
        log.do(update(ENTRIES).where(ENTRIES.c.idx == 3).values(body=body.replace(b'"live"', b'"test"')))
        assert [(finding.index, finding.code) for finding in verify(log.house).findings] == [(3, "leaf")]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"not json", b"[]", b'{"v":1.0}', b"\xff", b'{"actor":"x","event":1}', b"[" * 100_000]
)
def test_any_bytes_in_place_of_an_entry_are_found_not_stumbled_over(log: Log, body: bytes) -> None:
    with log.kept(ENTRIES):
        log.do(update(ENTRIES).where(ENTRIES.c.idx == 5).values(body=body))
        found(verify(log.house), {5})


def test_another_spelling_of_the_same_entry_is_found(log: Log) -> None:
    with log.kept(ENTRIES):
        body = log.rows(ENTRIES)[5]["body"]
        log.do(update(ENTRIES).where(ENTRIES.c.idx == 5).values(body=b" " + body))
        found(verify(log.house), {5})


def test_what_cannot_be_seen_without_an_anchor_is_a_tail_cut_with_all_that_names_it(log: Log) -> None:
    entries, roots = log.rows(ENTRIES), log.rows(ROOTS)
    root, edge = roots[-3], Edge()
    edge.extend(entry["leaf"] for entry in entries[: root["size"]])
    left = entries[: root["size"]]
    named = {digest for entry in left for digest in (entry["asked"], entry["given"])}
    counts = [
        {**row, "entries": count}
        for row in log.rows(COUNTERS)
        if (count := sum(entry["customer"] == row["customer"] for entry in left))
    ]
    with log.kept(ENTRIES, ROOTS, STATE, PERSONAL, COUNTERS, FIELDS):
        log.put(ENTRIES, left)
        log.put(ROOTS, roots[:-2])
        log.put(STATE, [{"id": 1, **root, "edge": edge.to_bytes()}])
        log.put(PERSONAL, [row for row in log.rows(PERSONAL) if row["idx"] < root["size"]])
        log.put(COUNTERS, counts)
        log.put(FIELDS, [row for row in log.rows(FIELDS) if row["digest"] in named])
        assert verify(log.house).findings == []


def test_a_personal_part_or_key_that_is_gone_is_tampering_unless_an_erasure_explains_it(house: House) -> None:
    log = Log(house, a_varied_log(house))
    with house.reading() as unit:
        pseudonym = unit.box(log.people[0]).pseudonym
    mine = [row["idx"] for row in log.rows(ENTRIES) if row["customer"] == pseudonym]
    parts = [row["idx"] for row in log.rows(PERSONAL) if row["idx"] in mine]
    with log.kept(KEYS):
        log.do(delete(KEYS).where(KEYS.c.holder_id == log.people[0]))
        assert {finding.index for finding in verify(house).findings} == set(parts)
        change(house, None, "ordinary")
    with house.writing() as unit:
        unit.note(CustomerErased(pseudonyms=[pseudonym]))
    house.lead()
    log.do(delete(KEYS).where(KEYS.c.holder_id == log.people[0]))
    report = verify(house)
    assert (report.findings, report.erased, report.erasures) == ([], len(parts), 1)
    log.do(delete(PERSONAL).where(PERSONAL.c.idx.in_(parts)))
    assert verify(house).findings == []
    nobodys = next(row["idx"] for row in log.rows(PERSONAL))
    log.do(delete(PERSONAL).where(PERSONAL.c.idx == nobodys))
    found(verify(house), {nobodys})


def test_another_name_beside_a_key_would_hide_a_persons_entries_and_is_found(house: House) -> None:
    holder, other = new_holder(house), new_holder(house)
    house.lead()
    first = verify(house).size
    assert look(house, holder, NAME)
    assert look(house, other, NAME)
    assert verify(house).exit_code == SOUND
    with house.transaction(WRITING) as connection:
        connection.execute(update(KEYS).where(KEYS.c.holder_id == holder).values(pseudonym=b"p" * 16))
    assert [(f.table, f.index, f.code) for f in verify(house).findings] == [("log_personal", first, "personal-name")]


def test_the_erasure_of_a_month_explains_what_concerned_no_customer(house: House) -> None:
    log = Log(house, a_varied_log(house))
    entries = {row["idx"]: row for row in log.rows(ENTRIES)}
    nobodys = [row["idx"] for row in log.rows(PERSONAL) if entries[row["idx"]]["customer"] is None]
    assert nobodys
    with house.writing() as unit:
        month = f"{unit.at:%Y-%m}"
        unit.note(MonthErased(month=month))
    house.lead()
    log.do(delete(PERSONAL).where(PERSONAL.c.idx.in_(nobodys)))
    report = verify(house)
    assert (report.findings, report.erased) == ([], len(nobodys))
    somebodys = log.rows(PERSONAL)[0]["idx"]
    log.do(delete(PERSONAL).where(PERSONAL.c.idx == somebodys))
    found(verify(house), {somebodys})


def test_an_erasure_never_explains_a_personal_part_that_says_something_else(house: House) -> None:
    log = Log(house, a_varied_log(house))
    with house.reading() as unit:
        pseudonym = unit.box(log.people[0]).pseudonym
    with house.writing() as unit:
        unit.note(CustomerErased(pseudonyms=[pseudonym]))
    house.lead()
    entries = {row["idx"]: row for row in log.rows(ENTRIES)}
    part = next(row for row in log.rows(PERSONAL) if entries[row["idx"]]["customer"] == pseudonym)
    sealed = part["sealed"][:-1] + bytes([part["sealed"][-1] ^ 1])
    log.do(update(PERSONAL).where(PERSONAL.c.idx == part["idx"]).values(sealed=sealed))
    found(verify(house), {part["idx"]})


def test_a_long_log_is_walked_in_slices(house: House) -> None:
    holders = a_varied_log(house)
    with house.writing() as unit:
        for number in range(1_300):
            unit.note(Changed(holder=holders[number % 3], code=str(number)))
    house.lead()
    seen: list[tuple[int, int]] = []
    report = verify(house, lambda done, size: seen.append((done, size)))
    assert report.exit_code == SOUND
    assert report.entries > 1_300
    assert len(seen) >= 3
    assert seen[-1] == (report.size, report.size)


def test_the_file_is_the_same_byte_for_byte_after_verifying(make_house: Callable[..., House]) -> None:
    house = make_house("sqlite")
    a_varied_log(house)
    house.close()
    path = house.settings.instance / "freehold.db"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    assert run(house.settings) == SOUND
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_no_log_table_is_left_out() -> None:
    rooms = {
        mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__module__ == models.__name__
    }
    assert {name for name in rooms if name != "refusal_counts"} == set(TABLES)
