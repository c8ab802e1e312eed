"""What is lent, in the reader's words. Pure."""

from collections.abc import Mapping

from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import lazy_gettext

AREA_WORDS: dict[str, str] = {
    "data": lazy_gettext("My data"),
    "sharing": lazy_gettext("Sharing"),
    "orders": lazy_gettext("Orders"),
    "messages": lazy_gettext("Messages"),
}
AREA_HINTS: dict[str, str] = {
    "data": lazy_gettext("Everything that your profile says. To act is to change it."),
    "sharing": lazy_gettext(
        "What you share with whom, with its values, and who looked. To act is to answer requests, to stop, to pause. "
        "What is sensitive only you can share."
    ),
    "orders": lazy_gettext("What you ordered. To act is to mark gifts, and to hide orders from companies."),
    "messages": lazy_gettext("Your notices, but not your mails. To act is to mark them as read."),
}
LEVEL_WORDS: dict[str, str] = {
    "no": lazy_gettext("Nothing"),
    "see": lazy_gettext("See"),
    "act": lazy_gettext("See and act"),
}


def only_sees(areas: Mapping[str, str]) -> bool:
    """Whether a delegate may look, and change nothing."""
    return "act" not in areas.values()


def begin_in_words(name: str, areas: Mapping[str, str]) -> str:
    """What the button says by which a delegate begins: whoever may only look does not act."""
    return _("See what %(name)s lets you see", name=name) if only_sees(areas) else _("Act for %(name)s", name=name)


def areas_in_words(areas: Mapping[str, str]) -> list[str]:
    """One line for each place that is lent."""
    return [
        _("%(place)s: %(level)s", place=words, level=LEVEL_WORDS[areas[area]])
        for area, words in AREA_WORDS.items()
        if area in areas
    ]
