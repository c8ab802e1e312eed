"""What templates are given: sentences of ours that may carry tags, formats, and the languages."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from portal.kernel.i18n.catalogs import PLURALS, Counted, agreed, messages, plural_form
from portal.kernel.i18n.formats import FILTERS, set_zone, times_of
from portal.kernel.i18n.languages import LOCALE_NAMES, LOCALES, current_locale

_TAG = re.compile(r"<[a-z/]")


@cache
def _known() -> frozenset[str]:
    return frozenset(text for locale in LOCALES for _context, text in messages(locale))


@lru_cache(maxsize=4096, typed=True)
def _marked(text: str, message: str) -> tuple[Markup, Markup]:
    """A sentence to be filled in, and as it stands where there is nothing to fill in."""
    # Only our own messages may carry tags: a variable passed to _() by mistake is escaped.
    safe = not _TAG.search(message) or message in _known()
    shown = Markup(text) if safe else escape(text)
    return shown, Markup(str(shown).replace("%%", "%"))


def _html(text: str, message: str, variables: Mapping[str, Any]) -> Markup:
    shown, whole = _marked(text, message)
    return Markup(agreed(str(shown % variables), current_locale())) if variables else whole


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
    return _html(forms[plural_form(locale, num)], singular, {"num": Counted(num), **variables})


def install(app: Flask, time_zone: str | None = None) -> None:
    """Give an app's templates ``_``, ``ngettext``, ``{% trans %}``, the filters and the languages."""
    if time_zone is not None:
        set_zone(time_zone)
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.newstyle_gettext = True  # type: ignore[attr-defined]
    env.globals.update(
        {"_": page_gettext, "gettext": page_gettext, "ngettext": page_ngettext, "current_locale": current_locale}
    )
    env.globals.update(LOCALES=LOCALES, LOCALE_NAMES=LOCALE_NAMES, times_of=times_of)
    env.filters.update({function.__name__: function for function in FILTERS})
