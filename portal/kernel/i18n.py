"""Words, dates and money in the reader's language.

Messages are written in English in the code and translated in ``portal/translations/<lang>/*.po``, one
file a room and language, read once a process. The locale of a request, mail or job is a context variable,
so that workers and commands speak a person's language as pages do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers
from babel.messages.pofile import read_po
from babel.support import LazyProxy
from flask import Flask
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from portal.kernel import clock

LOCALES: tuple[str, ...] = ("en", "ca", "es", "ro")
LOCALE_NAMES: Mapping[str, str] = {"en": "English", "ca": "Català", "es": "Español", "ro": "Română"}
TRANSLATIONS = Path(__file__).parent.parent / "translations"

# The order of plural forms in each PO file, by their CLDR names; a form that is not listed is the last.
PLURALS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "ca": ("one", "other"),
    "es": ("one", "other"),
    "ro": ("one", "few", "other"),
}
# English dates and numbers are those of Europe: day first, 24 hours.
_FORMATS = {"en": "en_GB"}

_locale: ContextVar[str] = ContextVar("locale", default="en")
_house_zone = ["Europe/Madrid"]

Messages = dict[tuple[str | None, str], tuple[str, ...]]


def current_locale() -> str:
    """The language that is being spoken now: one of :data:`LOCALES`."""
    return _locale.get()


def set_locale(locale: str) -> None:
    """Speak this language from here on (the start of a request); an unknown one is English."""
    _locale.set(locale if locale in LOCALES else "en")


@contextmanager
def use_locale(locale: str | None) -> Iterator[None]:
    """Within the block speak this language: a mail, a record, a test."""
    token = _locale.set(locale if locale in LOCALES else "en")
    try:
        yield
    finally:
        _locale.reset(token)


def choose_locale(accept_language: str | None, cookie: str | None = None, account: str | None = None) -> str:
    """The account's own choice, else this browser's, else what the browser asks for, else English."""
    for choice in (account, cookie):
        if choice in LOCALES:
            return choice
    # Best first; a region that we do not have (es-MX) is its language.
    for tag in parse_accept_header(accept_language or "", LanguageAccept).values():
        language = tag.replace("_", "-").partition("-")[0].lower()
        if language in LOCALES:
            return language
    return "en"


@cache
def messages(locale: str) -> Messages:
    """All translations of a language, keyed by context and English text; plural forms in the file's order."""
    found: Messages = {}
    for path in sorted((TRANSLATIONS / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale, charset="utf-8"):
                key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
                forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
                whole = tuple(form for form in forms if form)
                if key and not message.fuzzy and len(whole) == len(forms):
                    found.setdefault((message.context, key), whole)
    return found


class Counted(int):
    """The number in a counted sentence: ``%(num)d`` gives digits, ``%(num)s`` as the reader writes them."""

    def __str__(self) -> str:
        return number(int(self))


def _plural_form(locale: str, count: int) -> int:
    tags = PLURALS[locale]
    tag = Locale(locale).plural_form(count)
    return tags.index(tag) if tag in tags else len(tags) - 1


_ARTICLE_BEFORE_ONE = re.compile(r"\b(El|el|al|del) (?=11? d(?:e |['’]|&#39;))")
_ELIDED = {"El": "L'", "el": "l'", "al": "a l'", "del": "de l'"}
"""Catalan says ``el 2 de maig`` and ``l'1 de maig``; which day it is, a translation cannot know."""


def _agreed(text: str, locale: str) -> str:
    return _ARTICLE_BEFORE_ONE.sub(lambda found: _ELIDED[found[1]], text) if locale == "ca" else text


def _formatted(text: str, variables: Mapping[str, Any], locale: str) -> str:
    return _agreed(text % variables, locale) if variables else text.replace("%%", "%")


def gettext(message: str, /, **variables: Any) -> str:
    """The message in the reader's language, with ``%(name)s`` filled in."""
    return pgettext(None, message, **variables)


def pgettext(context: str | None, message: str, /, **variables: Any) -> str:
    """As :func:`gettext`, for a message that needs a context to be translated."""
    locale = current_locale()
    forms = messages(locale).get((context, message), (message,))
    return _formatted(forms[0], variables, locale)


def ngettext(singular: str, plural: str, num: int, /, **variables: Any) -> str:
    """The counted message; ``%(num)s`` is the number."""
    locale = current_locale()
    forms = messages(locale).get((None, singular))
    if forms is None or len(forms) != len(PLURALS[locale]):
        locale, forms = "en", (singular, plural)
    return _formatted(forms[_plural_form(locale, num)], {"num": Counted(num), **variables}, locale)


def lazy_gettext(message: str, /, **variables: Any) -> str:
    """A message translated each time it is shown: labels of forms, sentences in data.

    It is typed as text because it behaves as text; ``str()`` makes it one (JSON needs that).
    """
    return cast(str, LazyProxy(gettext, message, enable_cache=False, **variables))


def in_every_locale(text: object) -> dict[str, str]:
    """A lazy text in each language: for data that is kept or sent in all of them."""
    found = {}
    for locale in LOCALES:
        with use_locale(locale):
            found[locale] = str(text)
    return found


# Dates, numbers and names


def _babel() -> Locale:
    return Locale.parse(_FORMATS.get(current_locale(), current_locale()))


def zone() -> ZoneInfo:
    """The time zone in which moments are shown: the house's setting."""
    return ZoneInfo(_house_zone[0])


def _shown(value: date | datetime) -> date | datetime:
    return value.astimezone(zone()) if isinstance(value, datetime) else value


def day(value: date | datetime | None, form: str = "long") -> str:
    """``3 May 2026`` (``form``: short, medium, long, full)."""
    return "" if value is None else dates.format_date(_shown(value), form, locale=_babel())


def moment(value: datetime | None, form: str = "long") -> str:
    """``3 May 2026, 14:05``, in the house's time zone (``form`` as for :func:`day`)."""
    if value is None:
        return ""
    hour = dates.format_time(value, "HH:mm", tzinfo=zone(), locale=_babel())
    return f"{day(value, form)}, {hour}"


def stamp(value: datetime | None, form: str = "long") -> str:
    """``3 May 2026, 14:05:09 CEST``: for whoever compares it with the records of other machines."""
    if value is None:
        return ""
    hour = dates.format_time(value, "HH:mm:ss", tzinfo=zone(), locale=_babel())
    name = value.astimezone(zone()).tzname() or ""
    # Where a zone's time has no name, Python gives what it is ahead: +03.
    return f"{day(value, form)}, {hour} {'UTC' if name[:1] in ('+', '-') else ''}{name}"


def times_of() -> str:
    """Whose time is shown: ``Madrid``, or ``UTC`` where the setting names no place."""
    key = zone().key
    if "/" not in key or key.startswith("Etc/"):
        return key
    return dates.get_timezone_location(zone(), locale=_babel(), return_city=True)


def days(first: date, last: date) -> str:
    """``16–22 November 2026``."""
    return dates.format_interval(_shown(first), _shown(last), "yMMMMd", locale=_babel())


def month(value: date | datetime | None) -> str:
    """``May 2026``."""
    return "" if value is None else dates.format_skeleton("yMMMM", _shown(value), locale=_babel())


def ago(value: datetime | None) -> str:
    """``3 days ago`` or ``in 3 days``."""
    if value is None:
        return ""
    delta = value - clock.now()
    if abs(delta) < timedelta(minutes=1):
        return gettext("just now")
    return dates.format_timedelta(delta, add_direction=True, locale=_babel())


def number(value: int | float | Decimal | None) -> str:
    """``1,234.5`` as the reader writes it."""
    return "" if value is None else numbers.format_decimal(value, locale=_babel())


def money(minor: int | None, currency: str) -> str:
    """Minor units of a currency: ``money(123450, "EUR")`` is ``€1,234.50``."""
    if minor is None:
        return ""
    amount = Decimal(minor).scaleb(-numbers.get_currency_precision(currency))
    return numbers.format_currency(amount, currency, locale=_babel())


def country_name(code: str | None) -> str:
    """``ES`` is Spain; an unknown code stays as it is."""
    return str(_babel().territories.get((code or "").upper(), code or ""))


def language_name(code: str | None) -> str:
    """``ca`` is Catalan; an unknown code stays as it is."""
    return str(_babel().languages.get((code or "").replace("-", "_"), code or ""))


def listing(items: Iterable[object]) -> str:
    """``a, b and c``, or ``a, with b; c`` where commas alone would not say what ends where."""
    found = [str(item) for item in items]
    if len(found) > 1 and any("," in one for one in found):
        return "; ".join(found)
    return lists.format_list(found, locale=_babel())


def within(text: object) -> str:
    """A label as it stands within a sentence: ``Home address`` is home address, ``IBAN`` stays."""
    label = str(text)
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


# Pages

_TAG = re.compile(r"<[a-z/]")


@cache
def _known() -> frozenset[str]:
    return frozenset(text for locale in LOCALES for _context, text in messages(locale))


def _html(text: str, message: str, variables: Mapping[str, Any]) -> Markup:
    # Only our own messages may carry tags: a variable passed to _() by mistake is escaped.
    safe = not _TAG.search(message) or message in _known()
    shown = Markup(text) if safe else escape(text)
    return Markup(_agreed(str(shown % variables), current_locale()) if variables else str(shown).replace("%%", "%"))


def page_gettext(message: str, /, **variables: Any) -> Markup:
    """``_()`` of templates: the message may hold tags of ours, its variables are escaped."""
    forms = messages(current_locale()).get((None, message), (message,))
    return _html(forms[0], message, variables)


def page_ngettext(singular: str, plural: str, num: int, /, **variables: Any) -> Markup:
    """``ngettext()`` of templates."""
    locale = current_locale()
    forms = messages(locale).get((None, singular))
    if forms is None or len(forms) != len(PLURALS[locale]):
        locale, forms = "en", (singular, plural)
    return _html(forms[_plural_form(locale, num)], singular, {"num": Counted(num), **variables})


FILTERS = (day, moment, stamp, days, month, ago, number, money, country_name, language_name, listing, within)


def install(app: Flask, time_zone: str | None = None) -> None:
    """Give an app's templates ``_``, ``ngettext``, ``{% trans %}``, the filters and the languages."""
    if time_zone is not None:
        ZoneInfo(time_zone)
        _house_zone[0] = time_zone
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.newstyle_gettext = True  # type: ignore[attr-defined]
    env.globals.update(
        {"_": page_gettext, "gettext": page_gettext, "ngettext": page_ngettext, "current_locale": current_locale}
    )
    env.globals.update(LOCALES=LOCALES, LOCALE_NAMES=LOCALE_NAMES, times_of=times_of)
    env.filters.update({function.__name__: function for function in FILTERS})
