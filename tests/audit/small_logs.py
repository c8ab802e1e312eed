"""A small log of every kind of entry, changed by hand in a transaction that is taken back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, delete, insert, select

from portal.audit.report import CHANGED, Report
from portal.kernel.db import Base
from portal.kernel.house import House
from portal.kernel.log_queue import QueuedFact

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
