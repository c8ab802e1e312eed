"""Durations as companies write them in requests (ISO 8601), in the normal form in which permissions compare: whole days.

A year has 365 days, a month is the twelfth part of one, and what is left of a day at either rounding is dropped: ``P1M``
is 30 days, ``P6M`` 182, ``P12M`` as much as ``P1Y``. Hours are a whole day once they have begun. What is shown, kept and
held to is this form, so that of any two durations one is the shorter, whatever months are meant.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = 24
_SHAPE = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(\d{1,4})H)?\Z", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """So many whole days, one at least."""

    days: int

    def __str__(self) -> str:
        return f"P{self.days}D"

    def after(self, at: datetime) -> datetime:
        """The moment so long after ``at``, or the last that there is."""
        return at + min(timedelta(days=self.days), datetime.max.replace(tzinfo=at.tzinfo) - at)

    def before(self, at: datetime) -> datetime:
        """The moment so long before ``at``, or the first that there is."""
        return at - min(timedelta(days=self.days), at - datetime.min.replace(tzinfo=at.tzinfo))


def parse(text: str) -> Duration:
    """The duration behind ``P12M``, ``P90D``, ``P1Y2M``, ``PT4H``; ValueError for nought or anything else."""
    days, hours = _parts(text)
    return Duration(days - -hours // DAY)


def hours_alone(text: str) -> int | None:
    """Of a duration that is less than a day, its hours; None for any other. ValueError as :func:`parse`."""
    days, hours = _parts(text)
    return hours if days == 0 and hours < DAY else None


def _parts(text: str) -> tuple[int, int]:
    match = _SHAPE.match(text)
    if match is None:
        raise ValueError("not a duration such as P12M or P90D")
    years, months, weeks, days, hours = (int(group or 0) for group in match.groups())
    found = (12 * years + months) * 365 // 12 + 7 * weeks + days, hours
    if found == (0, 0):
        raise ValueError("a duration of nothing")
    return found
