"""Which languages there are, and which is spoken now."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from babel import Locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LOCALES: tuple[str, ...] = ("en", "ca", "es", "ro")
LOCALE_NAMES: Mapping[str, str] = {"en": "English", "ca": "Català", "es": "Español", "ro": "Română"}
# English dates and numbers are those of Europe: day first, 24 hours.
_FORMATS = {"en": "en_GB"}

_locale: ContextVar[str] = ContextVar("locale", default="en")


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


def babel_locale() -> Locale:
    """The language as the library of formats knows it."""
    return _of_babel(current_locale())


@cache
def _of_babel(locale: str) -> Locale:
    return Locale.parse(_FORMATS.get(locale, locale))
