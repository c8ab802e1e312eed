"""Money: integer minor units with an ISO 4217 currency, never a float."""

from functools import cache

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


def as_json(amount: int | None, currency: str | None) -> dict[str, int | str] | None:
    """Money as the API says it: ``{"amount": 1250, "currency": "EUR"}``; nothing known is null."""
    return None if amount is None or currency is None else {"amount": amount, "currency": currency}


def total(amounts: list[int | None]) -> int | None:
    """The sum of amounts; unknown as soon as one of them is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known and len(known) == len(amounts) else None
