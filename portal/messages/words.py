"""What a notice says, and what it offers to do next. Pure."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from portal.kernel.i18n import day, days, gettext, ngettext, zone
from portal.messages import kinds
from portal.messages.calendar import WEEK, last_week
from portal.messages.kinds import BLOCKED, ENDING, FIRST_LOOK, NEW_ADDRESS, NEW_DEVICE, REQUEST, UNUSUAL_LOOK
from portal.orders.demands.words import withdrawn_by_link

LATE_STEP = "late-step"
"""What a notice says of a step of an order that is late."""

PLACES = {NEW_ADDRESS: "/account", kinds.TRIES: "/account", kinds.IDENTITY: "/activity", kinds.WEEK: "/activity"}


def say(
    kind: str,
    *,
    company: str,
    count: int,
    blocked: int | None,
    until: datetime | None,
    device: tuple[str, str],
    week: datetime,
) -> tuple[str, str]:
    """The sentence and the button of a notice, in the language of the moment."""
    if kind == NEW_DEVICE:
        return _new_device(*device), gettext("See where you are signed in")
    if kind == ENDING:
        sentence = gettext("Your permission for %(company)s ends on %(day)s.", company=company, day=day(until))
        return sentence, gettext("See what you share")
    if kind == kinds.LATE:
        sentence = gettext("Your order from %(company)s is late: it was promised for %(day)s.", company=company, day=day(until))
        return sentence, gettext("See the order")
    if kind == LATE_STEP:
        told = gettext("Something that %(company)s promised you for %(day)s is not done yet.", company=company, day=day(until))
        return told, gettext("See the order")
    if kind == kinds.WEEK:
        return _week(count, blocked, last_week(week, zone())), gettext("See who looked")
    return _SAID[kind](company, count)


def _new_device(browser: str, system: str) -> str:
    if browser and system:
        return gettext(
            "Somebody signed in to your account from a new device: %(browser)s on %(system)s.",
            browser=browser,
            system=system,
        )
    return gettext("Somebody signed in to your account from a new device.")


def _week(count: int, blocked: int | None, monday: date) -> str:
    span = days(monday, monday + WEEK - timedelta(days=1))
    if not count:
        return gettext("Something that you wanted to know of happened in the week %(days)s.", days=span)
    if blocked is None:
        return ngettext(
            "In the week %(days)s companies looked at your data %(num)s time, or tried to.",
            "In the week %(days)s companies looked at your data %(num)s times, or tried to.",
            count,
            days=span,
        )
    return _looks_in_week(count - blocked, blocked, span)


def _looks_in_week(given: int, blocked: int, span: str) -> str:
    """What got an answer, and what got none."""
    if not given:
        return ngettext(
            "In the week %(days)s nobody got to look at your data. We blocked %(num)s attempt.",
            "In the week %(days)s nobody got to look at your data. We blocked %(num)s attempts.",
            blocked,
            days=span,
        )
    looked = ngettext(
        "In the week %(days)s your data was looked at %(num)s time.",
        "In the week %(days)s your data was looked at %(num)s times.",
        given,
        days=span,
    )
    if not blocked:
        return looked
    stopped = ngettext("We blocked %(num)s attempt.", "We blocked %(num)s attempts.", blocked)
    return f"{looked} {stopped}"


def _unusual(company: str, count: int) -> tuple[str, str]:
    sentence = ngettext(
        "%(company)s looked at your data in a way that is not usual.",
        "%(company)s looked at your data %(num)s times in a way that is not usual.",
        count,
        company=company,
    )
    return sentence, gettext("See what they looked at")


def _blocked(company: str, count: int) -> tuple[str, str]:
    sentence = ngettext(
        "We blocked an attempt by %(company)s to look at your data.",
        "We blocked %(num)s attempts by %(company)s to look at your data.",
        count,
        company=company,
    )
    return sentence, gettext("See the attempt") if count == 1 else gettext("See the attempts")


_SAID: dict[str, Callable[[str, int], tuple[str, str]]] = {
    REQUEST: lambda company, count: (
        gettext("%(company)s asks you to share some of your data.", company=company),
        gettext("See what they ask"),
    ),
    FIRST_LOOK: lambda company, count: (
        gettext("%(company)s looked at your data for the first time.", company=company),
        gettext("See what they looked at"),
    ),
    UNUSUAL_LOOK: _unusual,
    BLOCKED: _blocked,
    NEW_ADDRESS: lambda company, count: (
        gettext("Your account got another e-mail address. You sign in with the new one."),
        gettext("See your account"),
    ),
    kinds.ANSWER: lambda company, count: (
        gettext("%(company)s wrote to you in a conversation.", company=company),
        gettext("See what they wrote"),
    ),
    kinds.DEMAND: lambda company, count: (
        gettext("There is news from %(company)s on what you asked about an order.", company=company),
        gettext("See what they answered"),
    ),
    kinds.WITHDRAWN: lambda company, count: withdrawn_by_link(company),
    kinds.TRIES: lambda company, count: (
        gettext("Somebody tried many wrong passwords at your account. They did not get in."),
        gettext("See your account"),
    ),
    kinds.IDENTITY: lambda company, count: (
        gettext("Our data protection team asked to see your name and e-mail address. We wrote to you why, and from when on."),
        gettext("See who looked"),
    ),
}
