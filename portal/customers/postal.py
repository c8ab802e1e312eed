"""Postal codes that cannot be one of their country's: a hint for whoever wrote it, never a reason to refuse it."""

from collections.abc import Mapping
from typing import Any

from portal.kernel.i18n import gettext as _

_DIGITS = {"ES": 5, "RO": 6}


def postal_hint(address: Mapping[str, Any]) -> str | None:
    """What a postal code of the address's country looks like, where this one looks different."""
    country, code = address.get("country") or "", "".join((address.get("postal_code") or "").split())
    if not code or country not in _DIGITS or (code.isdecimal() and len(code) == _DIGITS[country]):
        return None
    if country == "ES":
        return _("A postal code in Spain has five digits. Is this one right?")
    return _("A postal code in Romania has six digits. Is this one right?")
