"""Whose week is over: weeks begin on Monday, by the reader's calendar, and are told on the Monday after. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(8)
"""When on Monday the week before is told."""
WEEK = timedelta(days=7)


def last_week(at: datetime, place: ZoneInfo) -> date:
    """The Monday of the last week that is over and to be told at this moment."""
    here = at.astimezone(place)
    monday = here.date() - timedelta(days=here.weekday())
    due = datetime.combine(monday, MORNING, place)
    return monday - (WEEK if at >= due else 2 * WEEK)
