"""Values of attributes: typed, checked with libraries and brought into one form, or a sentence on what to change.

Nothing that a person can type makes this raise anything but :class:`Invalid`.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import Any

from babel import Locale
from email_validator import EmailNotValidError, validate_email

from portal.customers.catalogue import ADDRESS_LABELS, Attribute
from portal.kernel import clock
from portal.kernel.errors import Invalid
from portal.kernel.i18n import LOCALES, country_name, language_name
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n.languages import babel_locale
from portal.kernel.telephones import normal_number

LONGEST = 200
MOST_ITEMS = 50
_OLDEST = 120
_NOT_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
_DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d")
# Languages of the past, made-up ones, and codes for none: nobody wants to be written to in them. Taken, never offered.
_NOT_SPOKEN = frozenset(
    "ae afh akk ang arc avk chb chg cop cu dum egy elx enm frm fro gez gmh goh got grc hit ia ie io jbo jpr kho lfn lzh "
    "mga mis mul non nov nwc ota pal peo phn pi prg pro root sam sga sh sog sux syc tlh tok uga und vo xno zbl zxx".split()
)
# Direction marks and the like can make a value look like another; letters of scripts that need joiners keep them.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}


def clean(attribute: Attribute, raw: Any, *, country: str | None = None, within: str | None = None) -> Any:
    """The value in its one form. :class:`Invalid` names the path (or ``within``) and says what to change."""
    field = within or attribute.path
    if attribute.kind == "address":
        return _address(field, raw)
    if attribute.kind == "list":
        return _items(field, raw)
    if attribute.kind == "custom":
        return _custom(field, raw)
    text = tidy(field, raw)
    if attribute.kind == "choice":
        return _choice(field, text, attribute.choices)
    if attribute.kind == "phone":
        return _phone(field, text, country)
    check = _CHECKS.get(attribute.kind)
    return check(field, text) if check else text


def wrong(field: str, sentence: str) -> Invalid:
    """The refusal of one field."""
    return Invalid("invalid", fields={field: sentence})


def tidy(field: str, raw: Any, longest: int = LONGEST) -> str:
    """One line of text: composed, single spaces, nothing invisible, neither empty nor endless."""
    if not isinstance(raw, str):
        raise wrong(field, _("Write this as text."))
    if len(raw) > 4 * longest:
        raise wrong(field, _("This is too long. Write at most %(most)s characters.", most=longest))
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    if not text:
        raise wrong(field, _("Please fill this in."))
    if any(unicodedata.category(c) in _INVISIBLE and c not in _JOINERS for c in text):
        raise wrong(field, _("This holds a character that cannot be shown. Type it again."))
    if len(text) > longest:
        raise wrong(field, _("This is too long. Write at most %(most)s characters.", most=longest))
    return text


def _email(field: str, text: str) -> str:
    # No look-up of the domain: what is asked for here must not depend on, or tell, a name server.
    with suppress(EmailNotValidError, ValueError):
        found = validate_email(text, check_deliverability=False, globally_deliverable=False).normalized
        if "." in found.rpartition("@")[2]:
            return found
    raise wrong(field, _("Write an e-mail address such as name@example.org."))


def _phone(field: str, text: str, country: str | None) -> str:
    if country is None and not text.startswith("+"):
        raise wrong(
            field,
            _(
                "Begin with the country's prefix, such as +34. It can be left out only once your home address "
                "names the country."
            ),
        )
    number = normal_number(text, country)
    if number is None:
        raise wrong(field, _no_number(text, country))
    return number


def _no_number(text: str, country: str | None) -> str:
    # Whoever began with a prefix is not told to, and whoever needs none is not told that they do.
    if country is None or text.startswith("+"):
        return _("This is not a phone number that exists. See whether the prefix and all its digits are right.")
    return _(
        "This is not a phone number of this country: %(country)s. See whether all its digits are right; "
        "if it is another country's, begin with that country's prefix.",
        country=country_name(country),
    )


def _birth(field: str, text: str) -> str:
    day = _date(text)
    if day is None:
        raise wrong(field, _("Write a date, with day, month and year."))
    today = clock.now().date()
    if day.year < today.year - _OLDEST or day > today:
        raise wrong(field, _("This date cannot be right: it lies ahead, or too far back."))
    return day.isoformat()


def _date(text: str) -> date | None:
    if not text.isascii():
        return None
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
    return None


@cache
def _territories() -> frozenset[str]:
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


@cache
def _languages() -> frozenset[str]:
    codes = map(str, Locale("en").languages)
    return frozenset(code for code in codes if len(code) in (2, 3) and code.isalpha())


@cache
def _country_names() -> dict[str, str]:
    """Names of countries in our languages, folded, and their codes: people and address books write names."""
    return {
        str(name).casefold(): str(code)
        for locale in (*LOCALES, "en_GB")
        for code, name in Locale.parse(locale).territories.items()
        if code in _territories()
    }


def country_code(text: str) -> str | None:
    """The code of a country from its code or its name in one of our languages."""
    code = text.upper()
    return code if code in _territories() else _country_names().get(text.casefold())


def _country(field: str, text: str) -> str:
    code = country_code(text)
    if code is None:
        raise wrong(field, _("Choose a country of the list."))
    return code


def _language(field: str, text: str) -> str:
    code = text.casefold().replace("_", "-").partition("-")[0]
    if code not in _languages():
        raise wrong(field, _("Choose a language of the list."))
    return code


def _iban(field: str, text: str) -> str:
    plain = text.replace(" ", "").upper()
    if not (plain.isascii() and plain.isalnum() and 15 <= len(plain) <= 34 and plain[:2].isalpha()):
        raise wrong(field, _("An IBAN begins with two letters and has 15 to 34 letters and digits."))
    digits = "".join(str(int(c, 36)) for c in plain[4:] + plain[:4])
    if int(digits) % 97 != 1:
        raise wrong(field, _("The check digits of this IBAN do not match. Look for a slip."))
    return plain


_CHECKS = {"email": _email, "date": _birth, "country": _country, "language": _language, "iban": _iban}


def _choice(field: str, text: str, choices: Mapping[str, str]) -> str:
    if text not in choices:
        raise wrong(field, _("Choose one of the answers offered."))
    return text


def _items(field: str, raw: Any) -> list[str]:
    if isinstance(raw, str):
        raw = raw.replace("\r", "\n").split("\n") if "\n" in raw or "\r" in raw else raw.split(",")
    if not isinstance(raw, Iterable) or isinstance(raw, Mapping | bytes):
        raise wrong(field, _("Write this as text."))
    given = [item for item in raw if not (isinstance(item, str) and not item.strip())]
    if len(given) > MOST_ITEMS:
        raise wrong(field, _("Write at most %(most)s of them.", most=MOST_ITEMS))
    items = list(dict.fromkeys(tidy(field, item, 80) for item in given))
    if not items:
        raise wrong(field, _("Please fill this in."))
    return items


def _custom(field: str, raw: Any) -> dict[str, str]:
    if not isinstance(raw, Mapping) or set(raw) != {"label", "value"}:
        raise wrong(field, _("Write this as text."))
    return {"label": tidy(f"{field}.label", raw["label"], 60), "value": tidy(f"{field}.value", raw["value"])}


def _address(field: str, raw: Any) -> dict[str, str]:
    if not isinstance(raw, Mapping) or not set(raw) <= set(ADDRESS_LABELS):
        raise wrong(field, _("Write this as text."))
    given = {part: raw[part] for part in ADDRESS_LABELS if not _blank(raw.get(part))}
    if not given:
        raise wrong(field, _("Please fill this in."))
    texts = {part: tidy(f"{field}.{part}", value) for part, value in given.items()}
    if "country" in texts:
        texts["country"] = _country(f"{field}.country", texts["country"])
    return texts


def gaps(value: Mapping[str, str]) -> list[str]:
    """What an address still lacks for something to be delivered there."""
    return [part for part in ("street", "postal_code", "city", "country") if part not in value]


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def country_options() -> list[tuple[str, str]]:
    """Codes and names of all countries, by name in the reader's language."""
    return _options(_territories(), country_name)


def language_options() -> list[tuple[str, str]]:
    """Codes and names of languages that are spoken somewhere: the portal's own first, all by name in the reader's.

    Those that have none in it are left out: a list of Catalan words would hold bare codes, or foreign words.
    """
    named = _spoken().intersection(babel_locale().languages) - set(LOCALES)
    return [*_options(LOCALES, language_name), *_options(named, language_name)]


@cache
def _spoken() -> frozenset[str]:
    return _languages() - _NOT_SPOKEN


def _options(codes: Iterable[str], name: Callable[[str], str]) -> list[tuple[str, str]]:
    found = [(code, name(code)) for code in codes]
    return sorted(found, key=lambda pair: unicodedata.normalize("NFD", pair[1]).casefold())
