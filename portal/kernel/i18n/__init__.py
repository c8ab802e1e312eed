"""Words, dates and money in the reader's language.

Messages are written in English in the code and translated in ``portal/translations/<lang>/*.po``, one
file a room and language, read once a process. The locale of a request, mail or job is a context variable,
so that workers and commands speak a person's language as pages do.
"""

from portal.kernel.i18n.catalogs import (
    PLURALS,
    TRANSLATIONS,
    gettext,
    in_every_locale,
    lazy_gettext,
    ngettext,
    pgettext,
    plural_form,
)
from portal.kernel.i18n.formats import (
    FILTERS,
    ago,
    country_name,
    day,
    days,
    language_name,
    lazy_language_name,
    listing,
    moment,
    money,
    month,
    number,
    stamp,
    times_of,
    within,
    zone,
)
from portal.kernel.i18n.languages import (
    LOCALES,
    choose_locale,
    current_locale,
    set_locale,
    use_locale,
)
from portal.kernel.i18n.pages import install, page_gettext, page_ngettext

__all__ = [
    "FILTERS",
    "LOCALES",
    "PLURALS",
    "TRANSLATIONS",
    "ago",
    "choose_locale",
    "country_name",
    "current_locale",
    "day",
    "days",
    "gettext",
    "in_every_locale",
    "install",
    "language_name",
    "lazy_gettext",
    "lazy_language_name",
    "listing",
    "moment",
    "money",
    "month",
    "ngettext",
    "number",
    "page_gettext",
    "page_ngettext",
    "pgettext",
    "plural_form",
    "set_locale",
    "stamp",
    "times_of",
    "use_locale",
    "within",
    "zone",
]
