"""Reads a company's file of order timelines into orders, through the same door as the API's.

The file tells when each order went through its stages, and neither lines nor amounts: each becomes an order with one
line without a name. Its times are ISO 8601, or ``month/day/year hour:minute``; those that do not say their zone are
read in `ZONE`, that of the country whose files this was made for; the command's help names it. Good rows are taken, bad
ones are listed with their line and what is wrong; running it again changes nothing.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import track

from portal.kernel.errors import Invalid, NotFound, TooLarge
from portal.kernel.house import House
from portal.kernel.ids import new_id
from portal.kernel.unit import Actor
from portal.orders.service.intake import IN_ONE_UNIT, Result, put_all
from portal.orders.service.preparing import CREATED, UNCHANGED, UPDATED
from portal.vendors.reads import find_vendor

ZONE = ZoneInfo("America/Sao_Paulo")
_MOST_BYTES = 64 * 1024 * 1024
_TIME = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2})\Z")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?\Z")

_NEEDED = {"order_id": "number", "customer_id": "customer", "order_status": "status"}
_TIMES = {
    "order_purchase_timestamp": "placed_at",
    "order_approved_at": "approved_at",
    "order_delivered_carrier_date": "shipped_at",
    "order_delivered_customer_date": "delivered_at",
    "order_estimated_delivery_date": "promised_at",
}
_REQUIRED = (*_NEEDED, "order_purchase_timestamp")

STATUSES = {
    "created": "OrderPaymentDue",
    "approved": "OrderProcessing",
    "invoiced": "OrderProcessing",
    "processing": "OrderProcessing",
    "shipped": "OrderInTransit",
    "delivered": "OrderDelivered",
    "unavailable": "OrderProblem",
    "canceled": "OrderCancelled",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its line, and the order in it or what is wrong with it."""

    line: int
    order: dict[str, Any] | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file."""

    created: int
    updated: int
    unchanged: int
    bad: tuple[tuple[int, str], ...]


class _BadRow(ValueError):
    """What is wrong with a row, as the operator reads it."""


def read_rows(data: bytes) -> list[Row]:
    """The rows of a file. :class:`Invalid` where it is no such file at all."""
    if len(data) > _MOST_BYTES:
        raise TooLarge("too-large", "The file is larger than 64 MB. Split it.")
    reader = csv.reader(io.StringIO(_decoded(data), newline=""), strict=True)
    columns: list[str] | None = None
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if columns is None:
                columns = _columns(cells)
            elif cells:
                rows.append(_row(line, columns, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("unreadable", f"Line {line}: this is not CSV ({error}).") from None
    if columns is None:
        raise Invalid("unreadable", "The file is empty.")
    return rows


def import_file(house: House, actor: Actor, path: Path, vendor: str) -> int:
    """The command: takes a file in for the company of that name and prints what came of it; 1 when rows were bad."""
    rows = read_rows(path.read_bytes())
    with house.reading(actor) as unit:
        vendor_id = _vendor_id(unit, vendor)
    report = take_in(house, actor, vendor_id, rows, Console(stderr=True))
    for line, wrong in report.bad:
        print(f"line {line}: {wrong}")
    print(f"{report.created} new, {report.updated} changed, {report.unchanged} as before, {len(report.bad)} bad.")
    return 1 if report.bad else 0


def take_in(house: House, actor: Actor, vendor_id: bytes, rows: Sequence[Row], console: Console) -> Report:
    """Puts the good rows in, fifty to a commit, and shows how far it is."""
    good = [row for row in rows if row.order is not None]
    request_id = new_id()
    batches = put_all(
        lambda: house.reading(actor, request_id=request_id),
        lambda: house.writing(actor, request_id=request_id),
        vendor_id=vendor_id,
        orders=[row.order for row in good],
    )
    total = -(-len(good) // IN_ONE_UNIT)
    shown = track(batches, "Orders", total=total, console=console, disable=not console.is_terminal)
    results = [result for batch in shown for result in batch]
    return _report(rows, good, results)


def _report(rows: Sequence[Row], good: Sequence[Row], results: Sequence[Result]) -> Report:
    bad = [(row.line, row.wrong) for row in rows if row.wrong is not None]
    counts = dict.fromkeys((CREATED, UPDATED, UNCHANGED), 0)
    for row, result in zip(good, results, strict=True):
        if result.refusal is None:
            counts[result.outcome] += 1
        else:
            bad.append((row.line, _said(result)))
    return Report(counts[CREATED], counts[UPDATED], counts[UNCHANGED], tuple(sorted(bad)))


def _said(result: Result) -> str:
    assert result.refusal is not None
    columns = {name: column for column, name in (_NEEDED | _TIMES).items()}
    field = columns.get(result.refusal.field or "", "")
    return ": ".join(part for part in (field, result.refusal.detail or result.refusal.reason) if part)


def _vendor_id(unit: Any, name: str) -> bytes:
    try:
        return find_vendor(unit, name).id
    except NotFound:
        said = f"There is no company called {name}. `freehold vendor list` shows those there are."
        raise NotFound("not-found", said) from None


# The file


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("unreadable", "The file is UTF-16. Save it as CSV in UTF-8.")
    # Bytes that are not UTF-8 become lone surrogates: the row they stand in is listed, the others are taken.
    return data.decode("utf-8-sig", "surrogateescape")


def _columns(cells: Sequence[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    missing = [name for name in _REQUIRED if name not in columns]
    if missing and len(columns) == 1:
        for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if set(_REQUIRED) <= {part.strip() for part in columns[0].split(sign)}:
                raise Invalid("unreadable", f"Line 1: the columns are separated by {name}. Save it with commas.")
    if missing:
        raise Invalid("unreadable", f"Line 1: there is no column {', '.join(missing)}.")
    twice = sorted({name for name in columns if name in (*_REQUIRED, *_TIMES) and columns.count(name) > 1})
    if twice:
        raise Invalid("unreadable", f"Line 1: the column {', '.join(twice)} stands there twice.")
    return columns


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> Row:
    try:
        return Row(line, order=dict(_members(columns, cells)))
    except _BadRow as wrong:
        return Row(line, wrong=str(wrong))


def _members(columns: Sequence[str], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(cells) != len(columns):
        raise _BadRow(f"{len(cells)} cells instead of {len(columns)}")
    if any("\udc80" <= letter <= "\udcff" for cell in cells for letter in cell):
        raise _BadRow("bytes that are not UTF-8")
    named = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
    for column in _REQUIRED:
        if not named[column]:
            raise _BadRow(f"{column}: empty")
    yield "number", named["order_id"]
    yield "customer", named["customer_id"]
    yield "status", _status(named["order_status"])
    for column, member in _TIMES.items():
        if named.get(column):
            yield member, _time(column, named[column])


def _status(word: str) -> str:
    if word not in STATUSES:
        raise _BadRow(f"order_status: not one of {', '.join(STATUSES)}")
    return STATUSES[word]


def _time(column: str, text: str) -> str:
    match = _TIME.match(text)
    if match is None and not _ISO.match(text):
        raise _BadRow(f"{column}: not a time such as 7/24/2018 20:41 or 2018-07-24T20:41")
    try:
        if match is None:
            told = datetime.fromisoformat(text)
        else:
            month, day, year, hour, minute = map(int, match.groups())
            told = datetime(year, month, day, hour, minute, tzinfo=ZONE)
        return (told if told.tzinfo else told.replace(tzinfo=ZONE)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise _BadRow(f"{column}: there is no such day or hour") from None
