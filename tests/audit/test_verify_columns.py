"""Each column of each table of the log holds something else, or another kind of thing: found, with its index."""

from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Float, LargeBinary, Text, cast, literal, update
from sqlalchemy.exc import DBAPIError

from portal.audit.report import CHANGED, SOUND, Report, print_report
from portal.audit.verify import verify
from portal.kernel.house import House
from tests.audit.small_facts import a_varied_log
from tests.audit.small_logs import TABLES, Log, another, found, where

COLUMNS = [(name, column.name) for name, table in TABLES.items() for column in table.columns]
# SQLite itself refuses anything but an integer as a row's own number.
NUMBERS = [("log_entries", "idx"), ("log_personal", "idx"), ("log_roots", "size"), ("log_state", "id")]
LOOSE = [column for column in COLUMNS if column not in NUMBERS]


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
