"""Money: integer minor units with an ISO 4217 currency, never a float."""

from functools import cache

from babel import numbers
from babel.core import get_global

MOST = 10**13
"""The largest amount taken, in minor units: sums of a few hundred stay exact in every JSON reader."""


@cache
def currencies() -> frozenset[str]:
    """Every ISO 4217 code that is or was money, as CLDR knows them."""
    return frozenset(get_global("all_currencies")) - {"XXX", "XTS"}


def is_currency(code: str) -> bool:
    """Whether this is a currency we can name and count in."""
    return code in currencies()


# Where money is counted in whole units by custom, CLDR says so; an amount is in the units that ISO 4217 gives it.
_ISO = {"IQD": 3, **dict.fromkeys("AFN ALL IRR KPW LAK LBP MGA MMK RSD SOS SYP YER".split(), 2)}


def exponent(currency: str) -> int:
    """How many digits of an amount in minor units are behind the point, by ISO 4217."""
    return _ISO.get(currency) or numbers.get_currency_precision(currency)


def as_json(amount: int | None, currency: str | None) -> dict[str, int | str] | None:
    """Money as the API says it: ``{"amount": 1250, "currency": "EUR"}``; nothing known is null."""
    return None if amount is None or currency is None else {"amount": amount, "currency": currency}


def total(amounts: list[int | None]) -> int | None:
    """The sum of amounts; unknown as soon as one of them is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known and len(known) == len(amounts) else None
