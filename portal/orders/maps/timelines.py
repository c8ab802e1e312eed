"""A company's file of order timelines (CSV): when each order went through its stages, and neither lines nor amounts. Pure.

Each becomes an order with one line without a name. Its times are ISO 8601, or ``month/day/year hour:minute``; those that
do not say their zone are read in `ZONE`, that of the country whose files this was made for; the command's help names it.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal.kernel.errors import Invalid
from portal.orders.maps.rows import BadRow, Row

ZONE = ZoneInfo("America/Sao_Paulo")
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


NAMES = {name: column for column, name in (_NEEDED | _TIMES).items()}
"""Our members in their words."""


def read_rows(data: bytes) -> list[Row]:
    """The rows of a file. :class:`Invalid` where it is no such file at all."""
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
    except BadRow as wrong:
        return Row(line, wrong=str(wrong))


def _members(columns: Sequence[str], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    if len(cells) != len(columns):
        raise BadRow(f"{len(cells)} cells instead of {len(columns)}")
    if any("\udc80" <= letter <= "\udcff" for cell in cells for letter in cell):
        raise BadRow("bytes that are not UTF-8")
    named = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
    for column in _REQUIRED:
        if not named[column]:
            raise BadRow(f"{column}: empty")
    yield "number", named["order_id"]
    yield "customer", named["customer_id"]
    yield "status", _status(named["order_status"])
    for column, member in _TIMES.items():
        if named.get(column):
            yield member, _time(column, named[column])


def _status(word: str) -> str:
    if word not in STATUSES:
        raise BadRow(f"order_status: not one of {', '.join(STATUSES)}")
    return STATUSES[word]


def _time(column: str, text: str) -> str:
    match = _TIME.match(text)
    if match is None and not _ISO.match(text):
        raise BadRow(f"{column}: not a time such as 7/24/2018 20:41 or 2018-07-24T20:41")
    try:
        if match is None:
            told = datetime.fromisoformat(text)
        else:
            month, day, year, hour, minute = map(int, match.groups())
            told = datetime(year, month, day, hour, minute, tzinfo=ZONE)
        return (told if told.tzinfo else told.replace(tzinfo=ZONE)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise BadRow(f"{column}: there is no such day or hour") from None
