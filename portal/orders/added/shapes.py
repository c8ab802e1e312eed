"""What an order that somebody adds must be, from wherever it comes: typed, read from a mail, or a row of a table. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from portal.kernel import clock
from portal.kernel.characters import is_name, is_plain
from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.money import is_currency
from portal.kernel.money import total as total_of
from portal.orders.amounts import amount_of

LONGEST = 120
"""Characters of a company's name."""
LONGEST_LINE = 300
"""Characters of a line's: shops write whole sentences there."""
LONGEST_NUMBER = 64
MOST_LINES = 50
MOST_PIECES = 9999
FIRST_YEAR = 1970
CURRENCIES = (
    "EUR", "RON", "USD", "GBP", "CHF", "BGN", "CZK", "DKK", "HUF", "ISK", "MDL", "NOK", "PLN", "RSD", "SEK", "TRY", "UAH",
    "AUD", "BRL", "CAD", "CNY", "HKD", "INR", "JPY", "KRW", "MAD", "MXN", "NZD", "SGD", "ZAR",
)  # fmt: skip
"""Offered to choose from; a table may name any other."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line: what it was, how many, and what they cost together in minor units."""

    name: str = field(repr=False)
    quantity: int
    amount: int | None


@dataclass(frozen=True, slots=True)
class Added:
    """An order that can be added."""

    company: str = field(repr=False)
    number: str | None = field(repr=False)
    day: date
    currency: str
    lines: Sequence[Line]

    @property
    def total(self) -> int | None:
        """What it cost in all, where every line says what it cost."""
        return total_of([line.amount for line in self.lines])


Typed = Mapping[str, str]
"""A line as it was typed: ``name``, ``quantity``, ``amount``."""


def read_order(*, company: str, number: str, day: date | None, currency: str, lines: Sequence[Typed]) -> Added:
    """An order as it was typed. Invalid with a sentence for each field; those of a line end in its place, from 0."""
    wrong: dict[str, str] = {}
    told = _told_company(company, wrong), _told_number(number, wrong)
    _see_day(day, wrong)
    if not is_currency(currency):
        wrong["currency"] = _("Choose one of the answers offered.")
    read = [_line(at, line, currency, wrong) for at, line in enumerate(lines) if any(value.strip() for value in line.values())]
    if not read:
        wrong["name_0"] = _("Write at least one thing that was ordered.")
    if len(read) > MOST_LINES:
        wrong["name_0"] = _("There can be 50 lines at most. Add what is left as another order.")
    if wrong:
        raise Invalid("invalid", fields=wrong)
    assert day is not None
    return Added(told[0], told[1], day, currency, [line for line in read if line is not None])


def _told_company(text: str, wrong: dict[str, str]) -> str:
    plain = " ".join(text.split())
    if not plain:
        wrong["company"] = _("Please fill this in.")
    elif len(plain) > LONGEST or not is_name(plain):
        wrong["company"] = _("Write the name as it stands on the bill, in at most 120 characters.")
    return plain


def _told_number(text: str, wrong: dict[str, str]) -> str | None:
    plain = " ".join(text.split())
    if len(plain) > LONGEST_NUMBER or not is_plain(plain):
        wrong["number"] = _("Write the number as it stands on the bill, in at most 64 characters.")
    return plain or None


def _see_day(day: date | None, wrong: dict[str, str]) -> None:
    if "day" in wrong:
        return
    if day is None:
        wrong["day"] = _("Write a date, with day, month and year.")
    elif not date(FIRST_YEAR, 1, 1) <= day <= clock.now().date() + timedelta(days=1):
        wrong["day"] = _("Write a day that has been, with day, month and year.")


def _line(at: int, line: Typed, currency: str, wrong: dict[str, str]) -> Line | None:
    name = " ".join(line["name"].split())
    if not name:
        wrong[f"name_{at}"] = _("Please fill this in.")
    elif len(name) > LONGEST_LINE or not is_plain(name):
        wrong[f"name_{at}"] = _("Write what it was in at most 300 characters.")
    count = line["quantity"].strip() or "1"
    if not count.isascii() or not count.isdecimal() or not 1 <= int(count[:6]) <= MOST_PIECES or len(count) > 6:
        wrong[f"quantity_{at}"] = _("Write a whole number, from 1 to 9999.")
    amount = None
    if line["amount"].strip():
        amount = amount_of(line["amount"], currency)
        if amount is None:
            wrong[f"amount_{at}"] = _("Write an amount such as 12.50, without the currency.")
    if wrong.keys() & {f"name_{at}", f"quantity_{at}", f"amount_{at}"}:
        return None
    return Line(name, int(count), amount)
