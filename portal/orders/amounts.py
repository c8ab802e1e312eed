"""Amounts of money as people write them, and as fields hold them. Pure."""

import re
from decimal import Decimal, InvalidOperation

from portal.kernel.money import MOST, exponent, is_currency

_SIGN = r"(?:[^\W\d_]{1,4}\.?)?[^\w\s.,'()+\-\u2212]?"
# With what it is counted in before or behind it, and "12,-" for a whole amount.
_AMOUNT = re.compile(rf"{_SIGN}\s*([0-9][0-9.,'\s]*)(?:(?<=[.,])-)?\s*{_SIGN}\Z")
_WHOLE = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:[.,][0-9]{3})+)\Z")


def amount_of(text: str, currency: str) -> int | None:
    """The minor units of an amount as people write it: ``12.50``, ``12,50``, ``1.234,56``, ``1,234.56``. None for no amount."""
    found = _AMOUNT.match(text.strip())
    if found is None:
        return None
    plain = re.sub(r"['\s]", "", found[1]).rstrip(".,")
    digits = exponent(currency) if is_currency(currency) else 2
    sign = _decimal_sign(plain, digits)
    whole, _mark, part = plain.rpartition(sign) if sign else (plain, "", "")
    if not _WHOLE.match(whole):
        return None
    try:
        value = Decimal(f"{re.sub('[.,]', '', whole) or '0'}.{part or '0'}").scaleb(digits)
    except InvalidOperation:
        return None
    return int(value) if value == value.to_integral_value() and value <= MOST else None


def _decimal_sign(plain: str, digits: int) -> str:
    """What stands before the minor units: of two signs the last; of one the only one, unless it groups thousands."""
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return ""
    sign = plain[last]
    if plain.count(sign) > 1:
        return ""
    other = "," if sign == "." else "."
    groups = len(plain) - last - 1 == 3 and digits != 3 and other not in plain
    return "" if groups else sign


def amount_in_words(minor: int | None, currency: str) -> str:
    """An amount as a field holds it: ``12.50``."""
    if minor is None:
        return ""
    digits = exponent(currency)
    return str(Decimal(minor).scaleb(-digits))
