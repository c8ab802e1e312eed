"""A person's week: who looked, how often, and what of it was new. For the weekly mail and for whether there is one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from portal.audit.activity import by_week
from portal.audit.reads import looks_of
from portal.audit.words import UNUSUAL
from portal.customers.models import Customer
from portal.customers.reads import CustomerView
from portal.kernel.i18n import gettext, zone
from portal.kernel.unit import Unit
from portal.messages.calendar import last_week
from portal.messages.kinds import DIGEST, NEVER, NEWS, WEEK
from portal.messages.models import InboxNotice
from portal.messages.reads.chosen import hows_of
from portal.messages.reads.inbox import ROW, Notice, still_open, told_from
from portal.vendors import reads as vendors


@dataclass(frozen=True)
class Line:
    """One company in one week."""

    company: str
    given: int
    blocked: int
    why: list[str]


@dataclass(frozen=True)
class Week:
    """A week as its mail tells it."""

    first: date
    last: date
    lines: list[Line]
    notices: list[Notice]

    @property
    def given(self) -> int:
        """All looks that got an answer."""
        return sum(line.given for line in self.lines)

    @property
    def blocked(self) -> int:
        """All blocked attempts."""
        return sum(line.blocked for line in self.lines)

    @property
    def has_news(self) -> bool:
        """Whether anything was new or unusual, or was to be told in this mail."""
        return bool(self.notices) or any(line.why for line in self.lines)


def week_of(unit: Unit, customer: CustomerView, at: datetime) -> Week:
    """The week before a moment, of one person."""
    return week_from(unit, customer, last_week(at, zone()))


def week_from(unit: Unit, customer: CustomerView, monday: date) -> Week:
    """The week that begins on a Monday, of one person."""
    begin = datetime.combine(monday, time(), zone())
    end = datetime.combine(monday + timedelta(days=7), time(), zone())
    looks = looks_of(unit, customer.holder_id, zone(), since=begin, until=end)
    weeks = [week for week in by_week(looks, zone(), 0) if week.start == monday]
    groups = [group for week in weeks for group in week.groups]
    names = vendors.vendors_of(unit, {group.vendor for group in groups if group.vendor})
    lines = [
        Line(
            names[group.vendor].name if group.vendor else gettext("Audit (data protection team)"),
            group.given,
            group.blocked,
            [str(UNUSUAL[reason]) for reason in group.reasons],
        )
        for group in groups
    ]
    return Week(monday, monday + timedelta(days=6), lines, _kept_for_mail(unit, customer, begin, end))


def _kept_for_mail(unit: Unit, customer: CustomerView, begin: datetime, end: datetime) -> list[Notice]:
    """What this person wants told in the weekly mail, and still has something to do about."""
    kinds = [kind for kind, how in hows_of(unit, customer.id).items() if how == DIGEST]
    mine = InboxNotice.customer_id == customer.id, InboxNotice.kind.in_(kinds), InboxNotice.at >= begin, InboxNotice.at < end
    rows = select(*ROW, still_open(unit.at).label("is_open")).where(*mine, still_open(unit.at))
    return told_from(unit, unit.connection.execute(rows.order_by(InboxNotice.at)).all())


def wants_week(unit: Unit, customer: CustomerView, week: Week) -> bool:
    """Whether this person wants to be told of this week."""
    how = hows_of(unit, customer.id)[WEEK]
    return how != NEVER and (week.has_news if how == NEWS else bool(week.lines or week.notices))


def people_after(unit: Unit, after: bytes, most: int) -> list[bytes]:
    """The next customers who have an account, by id."""
    some = select(Customer.id).where(Customer.account_id.is_not(None), Customer.id > after)
    return list(unit.connection.execute(some.order_by(Customer.id).limit(most)).scalars())
