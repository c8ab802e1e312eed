"""ISO 8601 durations as companies write them in requests, with an order that holds for every month's length."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta

_SHAPE = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(\d{1,4})H)?\Z", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Duration:
    """Months and hours: years are twelve months, weeks and days are hours."""

    months: int
    hours: int

    def __le__(self, other: "Duration") -> bool:
        """True only where it holds whatever months are meant; 30 days and a month do not compare."""
        if self.months == other.months:
            return self.hours <= other.hours
        return self._longest() <= other._shortest()

    def _longest(self) -> int:
        return self.months * 31 * 24 + self.hours

    def _shortest(self) -> int:
        return self.months * 28 * 24 + self.hours

    def in_days(self) -> "Duration":
        """As many days as it can have at most."""
        return Duration(0, self._longest())

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        days, hours = divmod(self.hours, 24)
        date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
        return f"P{date}" + (f"T{hours}H" if hours else "")

    def after(self, at: datetime) -> datetime:
        """The moment so long after ``at``; a day that a month does not have becomes its last."""
        month = at.year * 12 + at.month - 1 + self.months
        latest = datetime.max.replace(tzinfo=at.tzinfo)
        year, month = divmod(month, 12)
        if year > latest.year:
            return latest
        day = min(at.day, monthrange(year, month + 1)[1])
        moved = at.replace(year=year, month=month + 1, day=day)
        return moved + min(timedelta(hours=self.hours), latest - moved)

    def before(self, at: datetime) -> datetime:
        """The moment so long before ``at``; a day that a month does not have becomes its last."""
        month = at.year * 12 + at.month - 1 - self.months
        year, month = divmod(month, 12)
        if year < 1:
            return datetime.min.replace(tzinfo=at.tzinfo)
        for day in range(at.day, at.day - 4, -1):
            try:
                moved = at.replace(year=year, month=month + 1, day=day)
            except ValueError:
                continue
            return moved - min(timedelta(hours=self.hours), moved - datetime.min.replace(tzinfo=at.tzinfo))
        raise AssertionError("every month has 28 days")


def parse(text: str) -> Duration:
    """The duration behind ``P12M``, ``P90D``, ``P1Y2M``, ``PT4H``; ValueError for nought or anything else."""
    match = _SHAPE.match(text)
    if match is None:
        raise ValueError("not a duration such as P12M or P90D")
    years, months, weeks, days, hours = (int(group or 0) for group in match.groups())
    found = Duration(years * 12 + months, (weeks * 7 + days) * 24 + hours)
    if found == Duration(0, 0):
        raise ValueError("a duration of nothing")
    return found
