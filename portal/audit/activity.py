"""Looks, gathered by week and company for the person whose data it is. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from portal.audit.equals import Attempts
from portal.audit.reads import Judged, Seen
from portal.audit.unusual import REASONS, week_of

Look = Judged[Seen]


@dataclass
class Group:
    """What one company did in one week: counted whole, and the lines that are shown, newest first."""

    vendor: bytes | None
    week: date
    given: int = 0
    blocked: int = 0
    shown: list[Look] = field(default_factory=list)
    _lists: set[tuple[str, ...]] = field(default_factory=set)
    _reasons: set[str] = field(default_factory=set)
    _attempts: Attempts = field(default_factory=Attempts)

    def add(self, look: Look) -> None:
        """Counts a look."""
        line, verdict = look
        if line.refused:
            self.blocked += 1
            self._attempts.add(line.at, line.reason, line.asked)
        else:
            self.given += 1
            self._lists.add(line.given)
        if verdict.reasons:
            self._reasons.update(verdict.reasons)

    @property
    def count(self) -> int:
        """All lines, shown or not."""
        return self.given + self.blocked

    @property
    def may_be_more(self) -> bool:
        """Whether it may have tried more often than is counted here."""
        return self._attempts.may_be_more

    @property
    def fields(self) -> list[str]:
        """All that it got."""
        return sorted({name for names in self._lists for name in names})

    @property
    def reasons(self) -> list[str]:
        """All that is unusual, strongest first."""
        return [reason for reason in REASONS if reason in self._reasons]


@dataclass
class Week:
    """A week and the companies that looked in it, the unusual ones first."""

    start: date
    groups: list[Group]

    @property
    def end(self) -> date:
        """Its Sunday."""
        return self.start + timedelta(days=6)


def by_week(looks: Iterable[Look], zone: ZoneInfo, most: int, room: int = 0, spare: int = 0) -> list[Week]:
    """The newest week first; within it the companies with something unusual, then those that looked last.

    At most ``most`` lines of a company are shown, and on the whole page those for which there is ``room``. Where no more
    than ``spare`` of a company's would be missing, all are shown: a list that stops one short of its end helps nobody.
    A look is dated when it was made; entries stand in the order in which they were appended.
    """
    weeks: dict[date, dict[bytes | None, Group]] = {}
    for look in looks:
        vendor, start = look.line.vendor, week_of(look.line.at, zone)
        groups = weeks.setdefault(start, {})
        group = groups.get(vendor)
        if group is None:
            group = groups[vendor] = Group(vendor, start)
        group.add(look)
        if room and len(group.shown) < most + spare:
            group.shown.append(look)
            room -= 1
    for group in (group for groups in weeks.values() for group in groups.values()):
        if group.count > most + spare:
            del group.shown[most:]
    return [
        Week(start, sorted(weeks[start].values(), key=lambda group: not group.reasons))
        for start in sorted(weeks, reverse=True)
    ]


class Page(NamedTuple):
    """Some of the looks of a week, and behind which index the next of them stand."""

    weeks: list[Week]
    next: int | None


def page_of_week(looks: Sequence[Look], zone: ZoneInfo, below: int | None, size: int) -> Page:
    """The newest looks of one week below an index: companies are counted whole, and shown with their lines of the page."""
    weeks = by_week(looks, zone, 0)
    groups = {(week.start, group.vendor): group for week in weeks for group in week.groups}
    rest = (look for look in looks if below is None or look.line.index < below)
    page = list(islice(rest, size))
    for look in page:
        groups[week_of(look.line.at, zone), look.line.vendor].shown.append(look)
    kept = [Week(week.start, [group for group in week.groups if group.shown]) for week in weeks]
    return Page([week for week in kept if week.groups], page[-1].line.index if next(rest, None) is not None else None)


_ONE_VISIT = timedelta(minutes=10)


def unusual_first(looks: Iterable[Look], most: int) -> list[Look]:
    """The newest looks that are worth a second glance, of these newest first.

    One visit to a company's site can be several attempts, one for each card of it: the newest stands for those that
    the same company made within minutes and that were blocked for the same reason.
    """
    return list(islice(_one_a_visit(look for look in looks if look.verdict), most))


def _one_a_visit(looks: Iterable[Look]) -> Iterator[Look]:
    later: dict[tuple[bytes | None, str | None], datetime] = {}
    for look in looks:
        line = look.line
        if line.refused:
            after, later[line.vendor, line.reason] = later.get((line.vendor, line.reason)), line.at
            if after is not None and after - line.at < _ONE_VISIT:
                continue
        yield look
