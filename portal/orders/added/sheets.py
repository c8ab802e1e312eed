"""A table of orders (CSV), as companies hand it out: a row is a line of an order; rows with one number are one order. Pure.

The first line names the columns: ``company``, ``number``, ``date``, ``name``, ``quantity``, ``amount``, ``currency``. Of
these ``name`` and ``date`` are needed, and ``company`` unless the form says it. Dates are ``2026-03-02`` or ``02/03/2026``.
"""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _
from portal.orders.added.shapes import Added, read_order

COLUMNS = ("company", "number", "date", "name", "quantity", "amount", "currency")
_NEEDED = ("date", "name")
MOST_ORDERS = 500
MOST_ROWS = 2000
MOST_FAULTS = 20
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_WRITTEN = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def read_sheet(data: bytes, *, company: str, currency: str) -> list[Added]:
    """The orders of a table; what the form says is for rows that do not. Invalid with a sentence for each faulty line."""
    rows = _rows(data.decode("utf-8-sig", "replace"))
    grouped: dict[Any, list[tuple[int, dict[str, str]]]] = {}
    for line, row in rows:
        key = (row.get("company") or company, row["number"]) if row.get("number") else line
        grouped.setdefault(key, []).append((line, row))
    if len(grouped) > MOST_ORDERS:
        raise _wrong(_("There are more than 500 orders in it. Divide it into several files."))
    faults, orders = list[str](), list[Added]()
    for group in grouped.values():
        try:
            orders.append(_order(group, company, currency))
        except Invalid as no:
            faults += [_("Line %(line)s: %(why)s", line=group[0][0], why=why) for why in dict.fromkeys(no.fields.values())]
    if faults:
        raise _wrong(" ".join(faults[:MOST_FAULTS]))
    return orders


def _wrong(sentence: str) -> Invalid:
    return Invalid("unreadable", fields={"file": sentence})


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    first = text.partition("\n")[0]
    sign = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    found: list[tuple[int, dict[str, str]]] = []
    try:
        columns = [cell.strip().lower() for cell in next(reader, [])]
        _see_columns(columns)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(columns):
                    raise _wrong(_("Line %(line)s has more or fewer cells than the first line.", line=reader.line_num))
                found.append((reader.line_num, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
            if len(found) > MOST_ROWS:
                raise _wrong(_("There are more than 2000 lines in it. Divide it into several files."))
    except csv.Error:
        raise _wrong(_("Line %(line)s cannot be read as a table.", line=reader.line_num)) from None
    if not found:
        raise _wrong(_("There is no order in it."))
    return found


def _see_columns(columns: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise _wrong(_("The first line must name the columns. Missing: %(names)s.", names=", ".join(missing)))
    twice = sorted({name for name in COLUMNS if columns.count(name) > 1})
    if twice:
        raise _wrong(_("These columns stand there twice: %(names)s.", names=", ".join(twice)))


def _order(group: Sequence[tuple[int, dict[str, str]]], company: str, currency: str) -> Added:
    first = group[0][1]
    return read_order(
        company=first.get("company") or company,
        number=first.get("number", ""),
        day=_day(first["date"]),
        currency=(first.get("currency") or currency).upper(),
        lines=[{part: row.get(part, "") for part in ("name", "quantity", "amount")} for _line, row in group],
    )


def _day(text: str) -> date | None:
    """The day of a cell; one that is written with strokes or points begins with the day."""
    iso, written = _ISO.match(text), _WRITTEN.match(text)
    year, month, day = iso.groups() if iso else written.groups()[::-1] if written else ("0", "0", "0")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
