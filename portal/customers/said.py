"""A profile's values as the reader says them: for the person's pages, the consent page and previews."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import phonenumbers

from portal.customers.catalogue import find
from portal.kernel.i18n import country_name, day, language_name
from portal.kernel.i18n import gettext as _


def said(path: str, value: Any) -> str:
    """The value of a path in the reader's language, on one line."""
    attribute = find(path)
    kind = attribute.kind if attribute else "text"
    if attribute and kind == "choice":
        return str(attribute.choices.get(value, value))
    return _BY_KIND.get(kind, _plain)(value)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _date(value: Any) -> str:
    return day(date.fromisoformat(value))


def _yes_no(value: Any) -> str:
    return _("Yes") if value else _("No")


def _phone(value: Any) -> str:
    number = phonenumbers.parse(value, None)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _iban(value: Any) -> str:
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4))


def _custom(value: Mapping[str, Any]) -> str:
    return str(value["value"])


def _address(value: Mapping[str, Any]) -> str:
    place = " ".join(value[part] for part in ("postal_code", "city") if part in value)
    country = country_name(value["country"]) if "country" in value else None
    # A province that is called as its city would say the same twice.
    region = value.get("region")
    named = region if region and region.casefold() != value.get("city", "").casefold() else None
    return ", ".join(line for line in (value.get("street"), place, named, country) if line)


_BY_KIND: dict[str, Callable[[Any], str]] = {
    "date": _date,
    "yes_no": _yes_no,
    "phone": _phone,
    "iban": _iban,
    "custom": _custom,
    "address": _address,
    "country": country_name,
    "language": language_name,
}
