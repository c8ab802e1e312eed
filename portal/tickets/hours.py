"""When a company answers, as its own calendar says: open now, or from when on. Where it named no hours, nothing is said."""

from datetime import datetime, timedelta
from typing import Any

from babel import dates

from portal.kernel.calendars import Standing
from portal.kernel.i18n import day, gettext, ngettext, zone
from portal.kernel.i18n.languages import babel_locale
from portal.tickets.promised import calendar_of

_WEEK = timedelta(days=6)
"""Within so many days a day of the week is plain."""


def hours_at(row: Any | None, at: datetime) -> Standing | None:
    """Whether somebody is there at a moment, by a row of promises; None where no hours were named, or none ever come."""
    calendar = None if row is None else calendar_of(row.zone, row.week, row.closed)
    if calendar is None:
        return None
    found = calendar.standing(at)
    return found if found.is_open or found.until is not None else None


def said_of_hours(found: Standing | None, now: datetime) -> str:
    """The same in the reader's words, language and zone; nothing where nothing is known."""
    if found is None:
        return ""
    if found.until is None:
        return gettext("Open now, by day and by night.")
    at = found.until.astimezone(zone())
    away = at.date() - now.astimezone(zone()).date()
    # Hours have an article in some languages, and one o'clock has another one than the rest: hence a form for each count.
    hour, time = at.hour, dates.format_time(at, "H:mm", tzinfo=zone(), locale=babel_locale())
    if found.is_open:
        return _open_until(away, at, hour, time)
    return _closed_until(away, at, hour, time)


def _open_until(away: timedelta, at: datetime, hour: int, time: str) -> str:
    if not away:
        return ngettext("Open now, until %(time)s.", "Open now, until %(time)s.", hour, time=time)
    return ngettext(
        "Open now, until %(time)s on %(day)s.", "Open now, until %(time)s on %(day)s.", hour, time=time, day=day(at)
    )


def _closed_until(away: timedelta, at: datetime, hour: int, time: str) -> str:
    if not away:
        return ngettext("Closed now; opens today at %(time)s.", "Closed now; opens today at %(time)s.", hour, time=time)
    if away == timedelta(days=1):
        return ngettext(
            "Closed now; opens tomorrow at %(time)s.", "Closed now; opens tomorrow at %(time)s.", hour, time=time
        )
    if away <= _WEEK:
        name = dates.format_date(at, "EEEE", locale=babel_locale())
        return ngettext(
            "Closed now; opens on %(weekday)s at %(time)s.",
            "Closed now; opens on %(weekday)s at %(time)s.",
            hour,
            time=time,
            weekday=name,
        )
    return ngettext(
        "Closed now; opens on %(day)s at %(time)s.", "Closed now; opens on %(day)s at %(time)s.", hour, time=time, day=day(at)
    )
