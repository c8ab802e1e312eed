"""Whatever is changed in the log's tables is found, with its index; what is sound is called sound; nothing is touched."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Column, Float, LargeBinary, Text, cast, delete, insert, literal, select, update
from sqlalchemy.exc import DBAPIError

from portal.audit import models
from portal.audit import verify as verifying
from portal.audit.report import CHANGED, SENTENCES, SOUND, UNCHECKED, Report, print_report
from portal.audit.sequencer import columns_of
from portal.audit.tree import Edge, leaf_hash
from portal.audit.verify import verify
from portal.audit.verify.command import run
from portal.kernel.canonical import canonical
from portal.kernel.db import WRITING, Base
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact
from tests.audit.small_facts import NAME, Changed, CustomerErased, MonthErased, a_varied_log, change, look, new_holder

ENTRIES, PERSONAL, ROOTS, STATE, COUNTERS, FIELDS, KEYS = (
    Base.metadata.tables[name]
    for name in ("log_entries", "log_personal", "log_roots", "log_state", "log_counters", "log_fields", "data_keys")
)
# Every table of the log, whatever is added later: the queue is no log yet, and nothing proves what is in it.
TABLES = {
    name: table
    for name, table in Base.metadata.tables.items()
    if name.startswith("log_") and name != QueuedFact.__tablename__
}
COLUMNS = [(name, column.name) for name, table in TABLES.items() for column in table.columns]
# SQLite itself refuses anything but an integer as a row's own number.
NUMBERS = [("log_entries", "idx"), ("log_personal", "idx"), ("log_roots", "size"), ("log_state", "id")]
LOOSE = [column for column in COLUMNS if column not in NUMBERS]


@dataclass
class Log:
    """A log that was written once; each test changes something and puts it back."""

    house: House
    people: list[bytes]

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """All rows of a table in the order of its key."""
        with self.house.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]

    def do(self, *statements: Any) -> None:
        """Changes rows behind everybody's back."""
        with self.house.gate.entered(), self.house.transaction("writing") as connection:
            for statement in statements:
                connection.execute(statement)

    def put(self, table: Any, rows: list[dict[str, Any]]) -> None:
        """Makes the table hold these rows and no others."""
        self.do(delete(table), *([insert(table).values(rows)] if rows else []))

    @contextmanager
    def kept(self, *tables: Any) -> Iterator[None]:
        """Whatever happens to these tables within the block is undone after it."""
        before = [(table, self.rows(table)) for table in tables]
        try:
            yield
        finally:
            for table, rows in before:
                self.put(table, rows)

    def indexes(self, table: Any, row: dict[str, Any]) -> set[int | None]:
        """Where a finding on this row may stand: its entry, or the entries that it belongs to."""
        entries = self.rows(ENTRIES)
        if "idx" in row:
            return {row["idx"]}
        if table is ROOTS:
            return {row["size"]}
        if table is COUNTERS:
            return {max(entry["idx"] for entry in entries if entry["customer"] == row["customer"])}
        if table is STATE:
            return {entries[-1]["idx"], None}
        return {min(entry["idx"] for entry in entries if row["digest"] in (entry["asked"], entry["given"]))}


@pytest.fixture(scope="module")
def log(make_module_house: Callable[[str], House], engine_name: str) -> Log:
    """A sound log on each engine."""
    house = make_module_house(engine_name)
    return Log(house, a_varied_log(house))


def where(table: Any, row: dict[str, Any]) -> Any:
    """The condition that is true of this row alone."""
    return [column == row[column.name] for column in table.primary_key]


def another(value: Any, column: Column[Any]) -> Any:
    """A different value of the same kind."""
    if value is None:
        return 7 if column.name == "counter" else "x"
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"\x00"
    if isinstance(value, list):
        return [*value, "profile.phone"]
    return value + 1_000_000 if isinstance(value, int) else ("y" if value[0] == "x" else "x") + value[1:]


def found(report: Report, indexes: set[int | None]) -> None:
    """The report says that something was changed, and where."""
    assert report.exit_code == CHANGED, report
    assert {finding.index for finding in report.findings} & indexes, report.findings
    assert all(finding.sentence() and finding.place() for finding in report.findings)


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


@pytest.mark.parametrize(("table_name", "column_name"), COLUMNS)
def test_attack_90_a_changed_column_is_found_with_its_index(log: Log, table_name: str, column_name: str) -> None:
    table = TABLES[table_name]
    rows, column = log.rows(table), table.c[column_name]
    for row in {0: rows[0], len(rows) // 2: rows[len(rows) // 2], len(rows) - 1: rows[-1]}.values():
        indexes = log.indexes(table, row)
        with log.kept(table):
            log.do(update(table).where(*where(table, row)).values({column_name: another(row[column_name], column)}))
            assert log.rows(table) != rows
            found(verify(log.house), indexes)
    assert verify(log.house).exit_code == SOUND


KINDS: dict[str, Callable[[Any], Any]] = {
    "text": lambda value: cast(literal(value, LargeBinary), Text) if isinstance(value, bytes) else "x",
    "bytes": lambda value: literal(value.encode() if isinstance(value, str) else b"\xff", LargeBinary),
    "no text": lambda _value: cast(literal(b"\xff\xfe", LargeBinary), Text),
    "a fraction": lambda _value: literal(0.5, Float),
}


@pytest.fixture(scope="module")
def loose_log(make_module_house: Callable[[str], House]) -> Log:
    """A sound log on the engine whose columns keep a value of any kind."""
    house = make_module_house("sqlite")
    return Log(house, a_varied_log(house))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("table_name", "column_name"), LOOSE)
def test_a_column_that_holds_another_kind_of_value_is_found_with_its_index(
    loose_log: Log, table_name: str, column_name: str, kind: str
) -> None:
    table = TABLES[table_name]
    rows = loose_log.rows(table)
    for row in (rows[0], rows[-1]):
        indexes = loose_log.indexes(table, row)
        with loose_log.kept(table):
            rewritten = {column_name: KINDS[kind](row[column_name])}
            loose_log.do(update(table).where(*where(table, row)).values(rewritten))
            told(verify(loose_log.house), indexes, by_key=table.c[column_name].primary_key)
    assert verify(loose_log.house).exit_code == SOUND


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("table_name", "column_name"), NUMBERS)
def test_the_number_of_a_row_takes_no_other_kind_of_value(
    loose_log: Log, table_name: str, column_name: str, kind: str
) -> None:
    table = TABLES[table_name]
    row = loose_log.rows(table)[0]
    with pytest.raises(DBAPIError, match="datatype mismatch"):
        loose_log.do(update(table).where(*where(table, row)).values({column_name: KINDS[kind](row[column_name])}))
    assert verify(loose_log.house).exit_code == SOUND


def told(report: Report, indexes: set[int | None], *, by_key: bool) -> None:
    """Found, with its index unless that is what was rewritten, and fit to be printed."""
    assert report.exit_code == CHANGED, report
    assert by_key or {finding.index for finding in report.findings} & indexes, report.findings
    print_report(report, Console(file=TextIOWrapper(BytesIO(), "utf-8")))


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


def test_the_report_tells_what_waits_to_be_recorded(house: House) -> None:
    change(house)
    report = verify(house)
    assert report.queue_length == 1
    assert 0 <= report.queue_age < 60
    house.lead()
    assert verify(house).queue_length == 0


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


def test_a_log_that_cannot_be_read_is_neither_sound_nor_changed(house: House) -> None:
    with house.engine.begin() as connection:
        STATE.drop(connection)
    report = verify(house)
    assert (report.exit_code, report.findings) == (UNCHECKED, [])
    assert report.could_not


def test_the_command_says_sound_changed_or_could_not_check(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    a_varied_log(house)
    assert run(house.settings) == SOUND
    told = capsys.readouterr().out
    assert "Sound" in told
    assert house.log is not None
    with house.reading() as unit:
        from portal.audit.reads import state_of

        assert state_of(unit.connection).root.hex() in told
    Log(house, []).do(update(ENTRIES).where(ENTRIES.c.idx == 4).values(event="x"))
    assert run(house.settings) == CHANGED
    told = capsys.readouterr().out
    assert "entry 4" in told
    assert "event" in told
    with house.engine.begin() as connection:
        STATE.drop(connection)
    assert run(house.settings) == UNCHECKED
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("Could not check: the database cannot be read (")


def test_a_database_that_cannot_be_opened_is_said_in_one_line_that_names_it(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nowhere = f"sqlite:///{tmp_path / 'no' / 'where.db'}"
    assert run(house.settings.model_copy(update={"database_url": nowhere})) == UNCHECKED
    [line] = capsys.readouterr().out.splitlines()
    assert line == f"Could not check: the database cannot be read (OperationalError): {nowhere}."
    (tmp_path / "text.db").write_text("no database at all, but long enough to be taken for the head of one\n" * 20)
    assert run(house.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'text.db'}"})) == UNCHECKED
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_no_password_of_a_database_is_printed(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = "postgresql+psycopg://freehold:secret@127.0.0.1:1/freehold"
    assert run(house.settings.model_copy(update={"database_url": nobody})) == UNCHECKED
    told = capsys.readouterr().out
    assert "127.0.0.1:1" in told
    assert "secret" not in told


def test_the_file_is_the_same_byte_for_byte_after_verifying(make_house: Callable[..., House]) -> None:
    house = make_house("sqlite")
    a_varied_log(house)
    house.close()
    path = house.settings.instance / "freehold.db"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    assert run(house.settings) == SOUND
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_every_finding_has_its_sentence() -> None:
    source = "".join(module.read_text() for module in Path(verifying.__file__).parent.glob("*.py"))
    assert all(f'"{code}"' in source or code.startswith("state-") for code in SENTENCES)


def test_a_report_with_very_many_findings_stays_short(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    for index in range(5_000):
        report.found("log_entries", index, "leaf")
    print_report(report)
    assert len(capsys.readouterr().out.splitlines()) < 130
    assert report.changed == 5_000


def test_no_log_table_is_left_out() -> None:
    rooms = {
        mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.__module__ == models.__name__
    }
    assert {name for name in rooms if name != "refusal_counts"} == set(TABLES)
