"""Why a look at somebody's data is worth a second glance. Pure: the same lines always give the same words.

Each company has its own habit towards one person. A look is judged against what came before it and then becomes part
of the habit, so a line's verdict never changes later. Too little history is no habit: a company is not "outside its
usual hours" on its third look.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

FIRST = "first-read"
NEW_FIELD = "new-field"
REFUSED = "refused"
ODD_HOUR = "odd-hour"
BUSY_WEEK = "busy-week"
REASONS = (FIRST, REFUSED, NEW_FIELD, BUSY_WEEK, ODD_HOUR)

HABIT_LOOKS = 10  # looks before there are usual hours
HABIT_DAYS = 7  # different days those looks must stand on
HABIT_WEEKS = 4  # earlier weeks with looks before there is a weekly median
TIMES_MEDIAN = 3


@dataclass(frozen=True)
class Look:
    """One line about one person: who, when (aware), with which outcome and which fields were given."""

    index: int
    vendor: bytes
    at: datetime
    given: frozenset[str] = frozenset()
    refused: bool = False


@dataclass(frozen=True)
class Verdict:
    """Why a look is unusual: reasons, strongest first, and the fields that are new."""

    reasons: tuple[str, ...] = ()
    new_fields: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.reasons)


def week_of(at: datetime, zone: ZoneInfo) -> date:
    """The Monday of the reader's week."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


@dataclass
class Habit:
    """What one company has done so far with one person's data."""

    looked: bool = False
    fields: set[str] = field(default_factory=set)
    hours: Counter[int] = field(default_factory=Counter)
    days: set[date] = field(default_factory=set)
    weeks: Counter[date] = field(default_factory=Counter)

    def knows(self, fields: Iterable[str]) -> None:
        """Looks of long ago: these fields are not new, and the company is not either."""
        self.looked = True
        self.fields.update(fields)

    def judge(self, look: Look, zone: ZoneInfo) -> Verdict:
        """What is unusual about this look, given all before it."""
        if look.refused:
            return Verdict((REFUSED,))
        new = look.given - self.fields
        found = {
            FIRST: not self.looked,
            NEW_FIELD: self.looked and bool(new),
            ODD_HOUR: self._odd_hour(look.at.astimezone(zone)),
            BUSY_WEEK: self._busy_week(week_of(look.at, zone)),
        }
        reasons = tuple(reason for reason in REASONS if found.get(reason))
        return Verdict(reasons, new if self.looked else frozenset())

    def add(self, look: Look, zone: ZoneInfo) -> None:
        """The look becomes part of the habit; a refused one gave nothing and forms none."""
        if look.refused:
            return
        local = look.at.astimezone(zone)
        self.knows(look.given)
        self.hours[local.hour] += 1
        self.days.add(local.date())
        self.weeks[week_of(look.at, zone)] += 1

    def _odd_hour(self, local: datetime) -> bool:
        if self.hours.total() < HABIT_LOOKS or len(self.days) < HABIT_DAYS:
            return False
        return not any(self.hours[(local.hour + shift) % 24] for shift in (-1, 0, 1))

    def _busy_week(self, week: date) -> bool:
        earlier = [count for start, count in self.weeks.items() if start < week]
        if len(earlier) < HABIT_WEEKS:
            return False
        return self.weeks[week] + 1 > TIMES_MEDIAN * median(earlier)


def judge_all(looks: Iterable[Look], zone: ZoneInfo, habits: dict[bytes, Habit] | None = None) -> dict[int, Verdict]:
    """The verdict of every look by its index; looks come in the order of the log."""
    habits = {} if habits is None else habits
    verdicts = {}
    for look in looks:
        habit = habits.setdefault(look.vendor, Habit())
        verdicts[look.index] = habit.judge(look, zone)
        habit.add(look, zone)
    return verdicts
