"""A row of a company's file of orders as it was understood, and how what is wrong with one is said. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.kernel.characters import ODD
from portal.kernel.money import MOST, exponent, is_currency

_LONGEST = 200
_NOISE = Decimal("0.0001")
"""What the writing of a binary fraction leaves behind a number: 33.300000000000004 is 33.30."""
_NAIVE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?\Z")


class BadRow(ValueError):
    """What is wrong with a row, as the operator reads it: the field in their words, and never what stood in it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its line, and the order in it, or what is wrong with it, or that it is none.

    An order without a customer is a guest's, whose address stands for them.
    """

    line: int
    order: dict[str, Any] | None = None
    wrong: str | None = None
    # It stands there, and is no order: a quotation, a basket that was left.
    is_none: bool = False
    email: str | None = None
    shipments: tuple[dict[str, Any], ...] = ()
    # With which words a sentence about it begins, where its line alone does not say which it is.
    about: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a map: a field of theirs, and the member of ours that is made of it."""

    theirs: str
    ours: str


def minor(value: Any, currency: str, name: str) -> int:
    """The minor units of a decimal number, by the exponent of ISO 4217."""
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        if isinstance(value, bool) or not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise BadRow(f"{name}: not an amount") from None
    digits = exponent(currency)
    if abs(number) > Decimal(MOST).scaleb(-digits):
        raise BadRow(f"{name}: too large")
    units = number.scaleb(digits)
    whole = units.to_integral_value()
    if abs(units - whole) > _NOISE:
        raise BadRow(f"{name}: more decimals than {currency} has")
    return int(whole)


def currency_of(value: Any, name: str) -> str:
    """A code of ISO 4217."""
    if not isinstance(value, str) or not is_currency(value):
        raise BadRow(f"{name}: not a currency of ISO 4217")
    return value


def moment(value: Any, name: str, zone: tzinfo) -> str | None:
    """A time that says no zone, read in this one; what is not there is None."""
    if value in (None, False, ""):
        return None
    if not isinstance(value, str) or not _NAIVE.match(value):
        raise BadRow(f"{name}: not a time such as 2026-03-01 10:00:00")
    try:
        return datetime.fromisoformat(value).replace(tzinfo=zone).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise BadRow(f"{name}: there is no such day or hour") from None


def words(value: Any) -> str | None:
    """A text on one line, without characters that are not seen, of no more letters than a name may have."""
    if not isinstance(value, str):
        return None
    plain = ODD.sub(" ", re.sub(r"\s", " ", value))
    text = " ".join(plain.split())
    return (text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…") or None


def number(value: Any, name: str) -> str:
    """A number of theirs, which is text to us."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).strip():
        raise BadRow(f"{name}: missing")
    return str(value).strip()


def measured(quantity: Decimal, unit: str | None, name: str | None) -> tuple[int, str | None]:
    """How many pieces, and the name: what comes by weight or by the hour is one piece, with its measure in the name."""
    if quantity == quantity.to_integral_value() and 1 <= abs(quantity) <= 1_000_000:
        return abs(int(quantity)), name
    measure = " ".join(part for part in (f"{quantity.normalize():f}", unit) if part)
    return 1, words(" · ".join(part for part in (measure, name) if part))


def decimal(value: Any, name: str) -> Decimal:
    """A decimal number of reasonable size."""
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise BadRow(f"{name}: not a number") from None
    if isinstance(value, bool) or not found.is_finite() or not (found == 0 or -10 <= found.adjusted() <= 12):
        raise BadRow(f"{name}: not a number")
    return found


def about(number_: Any) -> str:
    """Which order a sentence is about: whole files of JSON stand on one line."""
    is_plain = isinstance(number_, str | int) and re.fullmatch(r"[!-~][ -~]{0,63}", str(number_))
    return f"order {number_}: " if is_plain else ""


ROUNDING = "rounding"
"""The number of the line that says what rounding left."""


def added_up(lines: list[dict[str, Any]], total: int, name: str, summed: str) -> list[dict[str, Any]]:
    """The lines of an order with this total: what many roundings can leave is a line by itself, more than that is wrong.

    An amount that was rounded is off by half a unit at most, and each line has two of them, before tax and the tax.
    """
    left = total - sum(line["amount"] for line in lines)
    if abs(left) > len(lines):
        raise BadRow(f"{name}: not the sum of {summed}")
    return [*lines, {"number": ROUNDING, "name": "Rounding", "quantity": 1, "amount": left}] if left else lines


def word(value: Any) -> str:
    """A word out of a list of theirs; whatever else stands there is none."""
    return value if isinstance(value, str) else ""


def records(value: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; nothing there is an empty one."""
    if value in (None, False):
        return
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadRow(f"{name}: not a list of objects")
    yield from value
