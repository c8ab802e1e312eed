"""The last days of an order as a file for calendars (RFC 5545). Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar, Event

_WARN = timedelta(days=-3)


def calendar_of(entries: Iterable[tuple[str, date, str]], made_at: datetime, address: str) -> bytes:
    """One whole-day entry for each (name that never changes, day, words), each with a reminder three days before."""
    calendar = Calendar()
    calendar.add("prodid", "-//Freehold//Orders//EN")
    calendar.add("version", "2.0")
    for name, day, words in entries:
        calendar.add_component(_event(name, day, words, made_at, address))
    return bytes(calendar.to_ical())


def _event(name: str, day: date, words: str, made_at: datetime, address: str) -> Event:
    event = Event()
    event.add("uid", name)
    event.add("dtstamp", made_at)
    event.add("dtstart", day)
    event.add("summary", words)
    event.add("url", address)
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", _WARN)
    event.add_component(alarm)
    return event
