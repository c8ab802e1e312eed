"""Looks, gathered by week and company for the person whose data it is. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from portal.audit.reads import Judged
from portal.audit.unusual import REASONS, week_of


@dataclass
class Group:
    """What one company did in one week, newest first."""

    vendor: bytes | None
    week: date
    looks: list[Judged] = field(default_factory=list)

    @property
    def given(self) -> int:
        """How often it got something."""
        return sum(not look.line.refused for look in self.looks)

    @property
    def blocked(self) -> int:
        """How often it was refused."""
        return sum(look.line.refused for look in self.looks)

    @property
    def fields(self) -> list[str]:
        """All that it got."""
        return sorted({name for look in self.looks for name in look.line.given})

    @property
    def reasons(self) -> list[str]:
        """All that is unusual, strongest first."""
        found = {reason for look in self.looks for reason in look.verdict.reasons}
        return [reason for reason in REASONS if reason in found]

    @property
    def last_day(self) -> date:
        """The week's Sunday."""
        return self.week + timedelta(days=6)


@dataclass
class Week:
    """A week and the companies that looked in it, the unusual ones first."""

    start: date
    groups: list[Group]

    @property
    def end(self) -> date:
        """Its Sunday."""
        return self.start + timedelta(days=6)


def by_week(looks: Iterable[Judged], zone: ZoneInfo) -> list[Week]:
    """The newest week first; within it the companies with something unusual, then those that looked last."""
    dated = [(week_of(look.line.at, zone), look) for look in looks]
    # A look is dated when it was made; entries stand in the order in which they were appended.
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [
        Week(start, _groups(start, [look for _, look in pairs]))
        for start, pairs in groupby(dated, lambda pair: pair[0])
    ]


def _groups(start: date, looks: Sequence[Judged]) -> list[Group]:
    groups: dict[bytes | None, Group] = {}
    for look in looks:
        groups.setdefault(look.line.vendor, Group(look.line.vendor, start)).looks.append(look)
    return sorted(groups.values(), key=lambda group: not group.reasons)


def unusual_first(looks: Sequence[Judged], most: int) -> list[Judged]:
    """The newest looks that are worth a second glance."""
    return [look for look in looks if look.verdict][:most]
