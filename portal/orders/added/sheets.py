"""A table of orders (CSV), as companies hand it out: a row is a line of an order; rows with one number are one order. Pure.

Its first line names the columns, in words that companies use (:mod:`portal.orders.added.columns`). Dates are ``2026-03-02``
or ``02/03/2026``. Every line that is wrong is named with its reason; then nothing of the table is added.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.money import is_currency
from portal.orders.added.columns import AMOUNT, COMPANY, CURRENCY, DATE, NAME, NUMBER, PRICE, QUANTITY, found_in
from portal.orders.added.shapes import Added, read_order
from portal.orders.amounts import amount_in_words, amount_of

MOST_ORDERS = 500
MOST_ROWS = 2000
_LONGEST_HEAD = 40
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.+ZUTC -]*)?\Z")
_WRITTEN = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: [\d:]*)?\Z")
_COLUMN_OF = {"company": COMPANY, "number": NUMBER, "day": DATE, "currency": CURRENCY, "name": NAME, "quantity": QUANTITY}


class Fault(NamedTuple):
    """What is wrong with a line, and under which heading."""

    line: int
    column: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The orders of a table; or, where a line is wrong, which lines and why."""

    orders: list[Added]
    faults: list[Fault]


class _Row(NamedTuple):
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the form says of all rows that do not say it themselves, and what the columns are headed."""

    company: str
    currency: str
    heads: Mapping[str, str]

    def fault(self, row: _Row, kind: str, why: str) -> Fault:
        return Fault(row.line, self.heads.get(kind), why)


def read_sheet(data: bytes, *, company: str, currency: str) -> Sheet:
    """The orders of a table; what the form says is for rows that do not. Invalid where it is no such table at all."""
    text = data.decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    sheet, groups = Sheet([], []), dict[Any, list[_Row]]()
    lines = _lines(reader)
    heads = next(lines, (0, []))[1]
    columns = found_in(heads)
    told = _Told(company, currency, {kind: heads[at].strip()[:_LONGEST_HEAD] for kind, at in columns.items()})
    if COMPANY not in columns and not company.strip():
        raise Invalid("invalid", fields={"company": _("No column of this table names the company. Write it here.")})
    if CURRENCY not in columns and not is_currency(currency):
        raise Invalid("invalid", fields={"currency": _("No column of this table names the currency. Choose it here.")})
    for line, cells in lines:
        if len(cells) != len(heads):
            sheet.faults.append(Fault(line, None, _("It has more or fewer cells than the first line.")))
            continue
        row = _Row(line, {kind: cells[at].strip() for kind, at in columns.items()})
        number = row.cells.get(NUMBER)
        groups.setdefault((row.cells.get(COMPANY) or company, number) if number else line, []).append(row)
    _see_size(groups, sheet)
    for group in groups.values():
        _take(sheet, told, group)
    sheet.faults.sort(key=lambda fault: fault.line)
    return sheet


def _lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """The lines that say something, each with the number of its first one."""
    line, count = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                yield line, cells
            line = reader.line_num + 1
            if count > MOST_ROWS + 1:
                raise _wrong(_("There are more than 2000 lines in it. Divide it into several files."))
    except csv.Error:
        raise _wrong(_("Line %(line)s cannot be read as a table.", line=line)) from None


def _see_size(groups: Mapping[Any, Sequence[_Row]], sheet: Sheet) -> None:
    if len(groups) > MOST_ORDERS:
        raise _wrong(_("There are more than 500 orders in it. Divide it into several files."))
    if not groups and not sheet.faults:
        raise _wrong(_("There is no order in it."))


def _wrong(sentence: str) -> Invalid:
    return Invalid("unreadable", fields={"file": sentence})


def _take(sheet: Sheet, told: _Told, group: Sequence[_Row]) -> None:
    first, faults = group[0], list(_unlike(told, group))
    try:
        order = read_order(
            company=first.cells.get(COMPANY) or told.company,
            number=first.cells.get(NUMBER, ""),
            day=_day(first.cells[DATE]),
            currency=_currency(told, first),
            lines=[_line(told, row) for row in group],
        )
    except Invalid as no:
        faults += _named(told, group, no.fields)
    else:
        sheet.orders.append(order)
    sheet.faults.extend(faults)


def _unlike(told: _Told, group: Sequence[_Row]) -> Iterator[Fault]:
    """An order has one day and one currency."""
    day, currency = _day(group[0].cells[DATE]), _currency(told, group[0])
    for row in group[1:]:
        if _day(row.cells[DATE]) != day:
            yield told.fault(row, DATE, _("The lines of an order must have the same date."))
        if _currency(told, row) != currency:
            yield told.fault(row, CURRENCY, _("The lines of an order must be in the same currency."))


def _named(told: _Told, group: Sequence[_Row], fields: Mapping[str, str]) -> Iterator[Fault]:
    for name, why in fields.items():
        part, _mark, at = name.partition("_")
        row = group[int(at)] if at else group[0]
        kind = (AMOUNT if row.cells.get(AMOUNT) else PRICE) if part == "amount" else _COLUMN_OF[part]
        yield told.fault(row, kind, why)


def _currency(told: _Told, row: _Row) -> str:
    return (row.cells.get(CURRENCY) or told.currency).upper()


def _line(told: _Told, row: _Row) -> dict[str, str]:
    """A line as it would be typed; a price of one piece is that of all of them then."""
    # Some programs write two pieces as 2.0.
    count = re.sub(r"(?<=\d)[.,]0+\Z", "", row.cells.get(QUANTITY, ""))
    amount, price = row.cells.get(AMOUNT, ""), row.cells.get(PRICE, "")
    if price and not amount:
        currency = _currency(told, row)
        minor = amount_of(price, currency)
        times = int(count) if count.isascii() and count.isdecimal() and len(count) <= 4 else 1
        amount = price if minor is None else amount_in_words(minor * times, currency)
    return {"name": row.cells[NAME], "quantity": count, "amount": amount}


def _day(text: str) -> date | None:
    """The day of a cell; one that is written with strokes or points begins with the day."""
    iso, written = _ISO.match(text), _WRITTEN.match(text)
    year, month, day = iso.groups() if iso else written.groups()[::-1] if written else ("0", "0", "0")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
