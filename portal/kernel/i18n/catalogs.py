"""Translations, read from their files, and our own sentences in the reader's language."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from babel import Locale, numbers
from babel.messages.pofile import read_po
from babel.support import LazyProxy

from portal.kernel.i18n.languages import LOCALES, babel_locale, current_locale, use_locale

TRANSLATIONS = Path(__file__).parents[2] / "translations"

# The order of plural forms in each PO file, by their CLDR names; a form that is not listed is the last.
PLURALS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "ca": ("one", "other"),
    "es": ("one", "other"),
    "ro": ("one", "few", "other"),
}

Messages = dict[tuple[str | None, str], tuple[str, ...]]


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
        return str(numbers.format_decimal(int(self), locale=babel_locale()))


def plural_form(locale: str, count: int) -> int:
    """Which of a message's forms a count takes."""
    tags = PLURALS[locale]
    tag = Locale(locale).plural_form(count)
    return tags.index(tag) if tag in tags else len(tags) - 1


_ARTICLE_BEFORE_ONE = re.compile(r"\b(El|el|al|del) (?=11? d(?:e |['’]|&#39;))")
_ELIDED = {"El": "L'", "el": "l'", "al": "a l'", "del": "de l'"}
"""Catalan says ``el 2 de maig`` and ``l'1 de maig``; which day it is, a translation cannot know."""


def agreed(text: str, locale: str) -> str:
    """The sentence once what was filled in has met its articles."""
    return _ARTICLE_BEFORE_ONE.sub(lambda found: _ELIDED[found[1]], text) if locale == "ca" else text


def _formatted(text: str, variables: Mapping[str, Any], locale: str) -> str:
    return agreed(text % variables, locale) if variables else text.replace("%%", "%")


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
    return _formatted(forms[plural_form(locale, num)], {"num": Counted(num), **variables}, locale)


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
