"""Why a look at somebody's data is worth a second glance. Pure: the same lines always give the same words.

Each company has its own habit towards one person. A look is judged against what came before it and then becomes part
of the habit, so a line's verdict never changes later. Too little history is no habit: a company is not "outside its
usual hours" on its third look, and what it takes up within a day of its first one is part of its beginning. The data
protection team has no habit: each of its looks stands for itself.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import inf
from statistics import median
from zoneinfo import ZoneInfo

FIRST = "first-read"
NEW_FIELD = "new-field"
REFUSED = "refused"
ODD_HOUR = "odd-hour"
BUSY_WEEK = "busy-week"
SEEN = "seen"
BY_NAME, BY_ADDRESS, BY_NUMBER = "sought-name", "sought-address", "sought-number"
REASONS = (SEEN, BY_NAME, BY_ADDRESS, BY_NUMBER, FIRST, REFUSED, NEW_FIELD, BUSY_WEEK, ODD_HOUR)

BEGINNING = timedelta(days=1)  # by the reader's clock: the first yes was said just before, often for several reasons
HABIT_LOOKS = 10  # looks before there are usual hours
HABIT_DAYS = 7  # different days those looks must stand on
HABIT_WEEKS = 4  # earlier weeks with looks before there is a weekly median
TIMES_MEDIAN = 3


@dataclass(slots=True)
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
    return monday(at.astimezone(zone).date())


@lru_cache(1024)
def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


_REFUSED = Verdict((REFUSED,))
_TEAM = {  # what was aimed at this person; an entry about them that was opened is one of many
    "identity.read": Verdict((SEEN,)),
    "identity.sought": Verdict((BY_ADDRESS,)),
    **dict.fromkeys(("log.searched", "log.exported"), Verdict((BY_NAME,))),
}
_BY_NUMBER = Verdict((BY_NUMBER,))
_ORDINARY = {  # of a company that has looked, at what it knows: (outside its hours, in a busy week)
    (False, False): Verdict(),
    (False, True): Verdict((BUSY_WEEK,)),
    (True, False): Verdict((ODD_HOUR,)),
    (True, True): Verdict((BUSY_WEEK, ODD_HOUR)),
}


def judge_team(event: str, refused: bool, by_number: bool) -> Verdict:
    """What is unusual about a look of the data protection team's; whether they sought somebody by a telephone number."""
    if refused:
        return _REFUSED
    return _BY_NUMBER if event == "identity.sought" and by_number else _TEAM.get(event, _ORDINARY[False, False])


@dataclass
class Habit:
    """What one company has done so far with one person's data."""

    looked: bool = False
    begun: datetime | None = None  # the first look, if that was no longer ago than hours and weeks are counted
    fields: set[str] = field(default_factory=set)
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    looks: int = 0
    days: set[date] = field(default_factory=set)
    weeks: Counter[date] = field(default_factory=Counter)
    _limit: tuple[date, float] | None = None  # over how many looks the week is a busy one; kept until it may change

    def knows(self, fields: Iterable[str]) -> None:
        """Looks of long ago: these fields are not new, and the company is not either."""
        self.looked = True
        self.fields.update(fields)

    def take(self, given: frozenset[str], at: datetime, refused: bool) -> Verdict:
        """What is unusual about a look at the reader's hour, given all before it; it then becomes part of the habit.

        A refused one gave nothing and forms none.
        """
        if refused:
            return _REFUSED
        hour, day = at.hour, at.date()
        week = monday(day)
        beginning = self._begins(at)
        known, odd, busy = given <= self.fields, self._odd_hour(hour), self._busy_week(week)
        if known and self.looked:
            verdict = _ORDINARY[odd, busy]
        else:
            verdict = self._verdict(frozenset() if beginning else given - self.fields, odd, busy)
            self.knows(given)
        self._add(hour, day, week)
        return verdict

    def add(self, given: frozenset[str], at: datetime) -> None:
        """An answered look at the reader's hour that nobody asks about."""
        self._begins(at)
        if not (self.looked and given <= self.fields):
            self.knows(given)
        day = at.date()
        self._add(at.hour, day, monday(day))

    def _add(self, hour: int, day: date, week: date) -> None:
        self.hours[hour] += 1
        self.looks += 1
        self.days.add(day)
        self.weeks[week] += 1
        if self._limit is not None and week < self._limit[0]:
            self._limit = None

    def _begins(self, at: datetime) -> bool:
        """Whether a look is of the company's first day; looks may come in another order than they were made in."""
        if not self.looked or (self.begun is not None and at < self.begun):
            self.begun = at
        return self.begun is not None and at < self.begun + BEGINNING

    def _verdict(self, new: frozenset[str], odd: bool, busy: bool) -> Verdict:
        found = {FIRST: not self.looked, NEW_FIELD: bool(new), ODD_HOUR: odd, BUSY_WEEK: busy}
        return Verdict(tuple(reason for reason in REASONS if found.get(reason)), new)

    def _odd_hour(self, hour: int) -> bool:
        if self.looks < HABIT_LOOKS or len(self.days) < HABIT_DAYS:
            return False
        hours = self.hours
        return not (hours[hour - 1] or hours[hour] or hours[(hour + 1) % 24])

    def _busy_week(self, week: date) -> bool:
        limit = self._limit
        if limit is None or limit[0] != week:
            earlier = [count for start, count in self.weeks.items() if start < week]
            usual = TIMES_MEDIAN * median(earlier) if len(earlier) >= HABIT_WEEKS else inf
            limit = self._limit = (week, usual)
        return self.weeks[week] + 1 > limit[1]


def judge_all(looks: Iterable[Look], zone: ZoneInfo, habits: dict[bytes, Habit] | None = None) -> dict[int, Verdict]:
    """The verdict of every look by its index; looks come in the order of the log."""
    habits = {} if habits is None else habits
    return {
        look.index: habits.setdefault(look.vendor, Habit()).take(look.given, look.at.astimezone(zone), look.refused)
        for look in looks
    }
