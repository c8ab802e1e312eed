"""Dates, numbers and names as the reader writes them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias, cast
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists, numbers
from babel.support import LazyProxy

from portal.kernel import clock
from portal.kernel.i18n.catalogs import gettext
from portal.kernel.i18n.languages import babel_locale, current_locale
from portal.kernel.money import exponent

_house_zone = ["Europe/Madrid"]
_ENGLISH = Locale("en")

_Measure: TypeAlias = Literal["year", "month", "week", "day", "hour", "minute"]
_NEVER = 1 << 30
"""No measure but the named one: Babel would round ten days to a week, and 21 hours to a day."""
_MEASURES: tuple[tuple[_Measure, int, int], ...] = (("year", 365, 2), ("month", 30, 2), ("week", 7, 2), ("day", 1, 1))
"""Each measure that is told, the days that Babel takes it for, and of how many of it on it is used."""


def zone() -> ZoneInfo:
    """The time zone in which moments are shown: the house's setting."""
    return ZoneInfo(_house_zone[0])


def set_zone(name: str) -> None:
    """From here on moments are shown in this time zone; an unknown one is an error."""
    ZoneInfo(name)
    _house_zone[0] = name


def _shown(value: date | datetime) -> date | datetime:
    return value.astimezone(zone()) if isinstance(value, datetime) else value


def day(value: date | datetime | None, form: str = "long") -> str:
    """``3 May 2026`` (``form``: short, medium, long, full)."""
    if value is None:
        return ""
    shown = _shown(value)
    return _day(shown.date() if isinstance(shown, datetime) else shown, form, current_locale())


@lru_cache(maxsize=2048)
def _day(value: date, form: str, _locale: str) -> str:
    # A page names few days, and those often.
    return dates.format_date(value, form, locale=babel_locale())


def moment(value: datetime | None, form: str = "long") -> str:
    """``3 May 2026, 14:05``, in the house's time zone (``form`` as for :func:`day`)."""
    if value is None:
        return ""
    hour = dates.format_time(value, "HH:mm", tzinfo=zone(), locale=babel_locale())
    return f"{day(value, form)}, {hour}"


def stamp(value: datetime | None, form: str = "long") -> str:
    """``3 May 2026, 14:05:09 CEST``: for whoever compares it with the records of other machines."""
    if value is None:
        return ""
    hour = dates.format_time(value, "HH:mm:ss", tzinfo=zone(), locale=babel_locale())
    name = value.astimezone(zone()).tzname() or ""
    # Where a zone's time has no name, Python gives what it is ahead: +03.
    return f"{day(value, form)}, {hour} {'UTC' if name[:1] in ('+', '-') else ''}{name}"


def times_of() -> str:
    """Whose time is shown: ``Madrid``, or ``UTC`` where the setting names no place."""
    key = zone().key
    if "/" not in key or key.startswith("Etc/"):
        return key
    return dates.get_timezone_location(zone(), locale=babel_locale(), return_city=True)


def days(first: date, last: date) -> str:
    """``16–22 November 2026``."""
    return dates.format_interval(_shown(first), _shown(last), "yMMMMd", locale=babel_locale())


def month(value: date | datetime | None) -> str:
    """``May 2026``."""
    return "" if value is None else dates.format_skeleton("yMMMM", _shown(value), locale=babel_locale())


def ago(value: datetime | None) -> str:
    """``3 days ago`` or ``in 3 days``: whole minutes and hours within a day, from then on as a calendar counts days."""
    if value is None:
        return ""
    now = clock.now()
    span = abs(value - now)
    if span < timedelta(minutes=1):
        return gettext("just now")
    size, measure = _within_a_day(span) if span < timedelta(days=1) else _of_a_calendar(value, now)
    sign = 1 if value > now else -1
    return dates.format_timedelta(sign * size, granularity=measure, threshold=_NEVER, add_direction=True, locale=babel_locale())


def _within_a_day(span: timedelta) -> tuple[timedelta, _Measure]:
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    return (span // minute * minute, "minute") if span < hour else (span // hour * hour, "hour")


def _of_a_calendar(value: datetime, now: datetime) -> tuple[timedelta, _Measure]:
    """Nobody counts days in hours: the evening of a 28th is two days after the morning of the 26th."""
    # On the day whose hour comes twice, 24 hours can pass without a midnight.
    count = max(1, abs((value.astimezone(zone()).date() - now.astimezone(zone()).date()).days))
    measure, size = next((measure, size) for measure, size, least in _MEASURES if count >= least * size)
    return timedelta(days=count // size * size), measure


def number(value: int | float | Decimal | None) -> str:
    """``1,234.5`` as the reader writes it."""
    return "" if value is None else numbers.format_decimal(value, locale=babel_locale())


def percent(share: float) -> str:
    """``0.875`` is ``88%``, as the reader writes it."""
    return numbers.format_percent(share, locale=babel_locale())


def money(minor: int | None, currency: str) -> str:
    """Minor units of a currency: ``money(123450, "EUR")`` is ``€1,234.50``."""
    if minor is None:
        return ""
    amount = Decimal(minor).scaleb(-exponent(currency))
    # Coins that nobody uses are left out, unless the amount has some.
    is_usual = amount == amount.quantize(Decimal(1).scaleb(-numbers.get_currency_precision(currency)))
    locale = babel_locale()
    return numbers.format_currency(amount, currency, locale=locale, currency_digits=is_usual, decimal_quantization=is_usual)


def country_name(code: str | None) -> str:
    """``ES`` is Spain; what has no name in the reader's language has its English one, an unknown code stays as it is."""
    return _named("territories", (code or "").upper()) or code or ""


def language_name(code: str | None) -> str:
    """``ca`` is Catalan; what has no name in the reader's language has its English one, an unknown code stays as it is."""
    return _named("languages", (code or "").replace("-", "_")) or code or ""


def _named(kind: str, key: str) -> str:
    names = (getattr(locale, kind).get(key) for locale in (babel_locale(), _ENGLISH))
    return next((str(name) for name in names if name), "")


def lazy_language_name(code: str) -> str:
    """The same each time it is shown, for labels of forms; see :func:`portal.kernel.i18n.catalogs.lazy_gettext`."""
    return cast(str, LazyProxy(language_name, code, enable_cache=False))


# Romanian writes no mark before a bare "și".
_BEFORE_AND = {"ro": " precum"}


def listing(items: Iterable[object]) -> str:
    """``a, b and c``, or ``a, with b; and c`` where commas alone would not say what ends where."""
    found = [str(item) for item in items]
    if len(found) > 1 and any("," in one for one in found):
        last = lists.format_list([found.pop(), ""][::-1], locale=babel_locale())
        return "; ".join(found) + ";" + _BEFORE_AND.get(current_locale(), "") + last
    return lists.format_list(found, locale=babel_locale())


def within(text: object) -> str:
    """A label as it stands within a sentence: ``Home address`` is home address, ``IBAN`` stays."""
    label = str(text)
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


FILTERS = (day, moment, stamp, days, month, ago, number, percent, money, country_name, language_name, listing, within)
