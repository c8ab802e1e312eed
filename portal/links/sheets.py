"""A company's file of customers, as CSV: read whole, held against the same rules as the API, faults named by their line. Pure.

The first line names the columns: ``number``, and where there are such ``email``, ``language``, ``deliver``; separated by
commas or semicolons, UTF-8 with a mark at its beginning or without. Other columns are not read.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from portal.kernel.errors import Invalid, TooLarge
from portal.links.shapes import Refusal, parse

COLUMNS = ("number", "email", "language", "deliver")
MOST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 50_000
_LONGEST = 2000
"""Characters of a cell."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, and in which column."""

    line: int
    column: str | None
    # A code, and what it says in English.
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The customers that can be invited, as the API takes them, and what is wrong with the other lines."""

    items: list[dict[str, Any]]
    faults: list[Fault]


def read_sheet(data: bytes, *, deliver: str | None = None) -> Sheet:
    """The customers in a file; ``deliver`` is for those whose line does not say it. Invalid where it is no such file at all."""
    if len(data) > MOST_BYTES:
        raise TooLarge("too-large", "The file is larger than 8 MB. Split it.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("unreadable", "The file is UTF-16. Save it as CSV in UTF-8.")
    # Bytes that are not UTF-8 become lone surrogates: the line they stand in is named.
    text = data.decode("utf-8-sig", "surrogateescape")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    sheet, seen = Sheet([], []), set[str]()
    for line, item in _lines(reader):
        if isinstance(item, Fault):
            sheet.faults.append(item)
            continue
        _take(sheet, seen, line, {**({} if deliver is None else {"deliver": deliver}), **item})
    if len(sheet.items) > MOST_ROWS:
        raise TooLarge("too-large", f"The file has more than {MOST_ROWS} customers. Split it.")
    return sheet


def _lines(reader: Any) -> Iterator[tuple[int, dict[str, str] | Fault]]:
    columns: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if columns is None:
                columns = _columns(cells)
            elif any(cell.strip() for cell in cells):
                yield line, _item(line, columns, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("unreadable", f"Line {line}: this is not CSV ({error}).") from None
    if columns is None:
        raise Invalid("unreadable", "The file is empty.")


def _columns(cells: Sequence[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    if "number" not in columns:
        raise Invalid("unreadable", "Line 1: there is no column number.")
    if twice := sorted({name for name in COLUMNS if columns.count(name) > 1}):
        raise Invalid("unreadable", f"Line 1: the column {', '.join(twice)} stands there twice.")
    return columns


def _item(line: int, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str] | Fault:
    if len(cells) != len(columns):
        return Fault(line, None, "cells", f"{len(cells)} cells instead of {len(columns)}")
    if any(len(cell) > _LONGEST for cell in cells):
        return Fault(line, None, "long", "a cell is far too long")
    named = {column: cell.strip() for column, cell in zip(columns, cells, strict=True) if column in COLUMNS}
    for column, cell in named.items():
        if any("\udc80" <= letter <= "\udcff" for letter in cell):
            return Fault(line, column, "bytes", "bytes that are not UTF-8")
    return {column: cell for column, cell in named.items() if cell}


def _take(sheet: Sheet, seen: set[str], line: int, item: dict[str, str]) -> None:
    read = parse(item)
    if isinstance(read, Refusal):
        sheet.faults.append(Fault(line, read.field, read.reason, read.detail or read.reason))
    elif read.number in seen:
        sheet.faults.append(Fault(line, "number", "repeated", "This customer stands twice in the file."))
    else:
        seen.add(read.number)
        sheet.items.append(item)
