"""What this room does beside its answers: it mails what was told, and tells what only time brings."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

from portal.customers.reads import customer_of
from portal.kernel.errors import NotFound
from portal.kernel.house import House
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from
from portal.kernel.jobs import job
from portal.kernel.unit import SYSTEM, Unit
from portal.messages.calendar import last_week
from portal.messages.reads.watched import LOG, endings_after, late_steps_after, lates_after, stretch_after, walk_of
from portal.messages.reads.weeks import Week, people_after, wants_week, week_from
from portal.messages.service import forget_old, mail_notice
from portal.messages.service.watching import go_on, tell_endings, tell_lates, tell_looks, tell_week

WEEKS = "weeks"
SLICE = 500
_FIRST = bytes(16)
T = TypeVar("T")


@job("messages.mail")
def mail(unit: Unit, payload: dict[str, Any]) -> None:
    """The mail of a notice, if it is still wanted and true."""
    mail_notice(unit, id_from(payload["notice"]))


def sweep(unit: Unit) -> None:
    """What is of no use any more is deleted."""
    forget_old(unit)


def watch(house: House, most: int = SLICE) -> int:
    """Tells of looks that the log holds since it was read last; gives how many entries were read."""
    read = 0
    while True:
        with house.reading(SYSTEM) as unit:
            was = walk_of(unit, LOG)
            start = 0 if was is None else was[0]
            stretch = stretch_after(unit, start, most)
        if stretch.end == start:
            return read
        with house.writing(SYSTEM) as unit:
            if not go_on(unit, LOG, was, stretch.end):
                return read
            tell_looks(unit, stretch.looks)
        read += stretch.end - start


def remind(house: House, most: int = 200) -> Iterator[int]:
    """Tells of permissions that are about to end, and of orders and steps that are late, a slice a commit; gives how many each
    time."""
    yield from _slices(house, lambda unit, after: endings_after(unit, after, most), tell_endings)
    yield from _slices(house, lambda unit, after: lates_after(unit, after, most), tell_lates)
    yield from _slices(house, lambda unit, after: late_steps_after(unit, after, most), tell_lates)


def _slices(
    house: House, look: Callable[[Unit, bytes], tuple[list[T], bytes | None]], tell: Callable[[Unit, list[T]], None]
) -> Iterator[int]:
    after: bytes | None = _FIRST
    while after is not None:
        with house.reading(SYSTEM) as unit:
            found, after = look(unit, after)
        if found:
            with house.writing(SYSTEM) as unit:
                tell(unit, found)
        yield len(found)


def tell_weeks(house: House, most: int = 50) -> Iterator[int]:
    """Tells people of the week that is over, a slice of them a commit; whose week was told is kept."""
    while True:
        with house.reading(SYSTEM) as unit:
            monday = last_week(unit.at, zone())
            was = walk_of(unit, WEEKS)
            if was == (monday.toordinal(), None):
                return
            # Where no week was ever told, those before this house began to tell them are no news.
            is_first = was is None
            after = _FIRST if was is None or was[0] != monday.toordinal() else was[1] or _FIRST
            people = [] if is_first else people_after(unit, after, most)
            found = _weeks(unit, people, monday)
        with house.writing(SYSTEM) as unit:
            if not go_on(unit, WEEKS, was, monday.toordinal(), people[-1] if people else None):
                return
            for customer_id, week in found:
                tell_week(unit, customer_id=customer_id, monday=str(monday), given=week.given, blocked=week.blocked)
        yield len(found)


def _weeks(unit: Unit, people: list[bytes], monday: date) -> list[tuple[bytes, Week]]:
    """Who of these people wants to be told of the week, and what was in it."""
    found = []
    for customer_id in people:
        try:
            customer = customer_of(unit, customer_id)
            week = week_from(unit, customer, monday)
            if wants_week(unit, customer, week):
                found.append((customer_id, week))
        except NotFound:  # forgotten at this moment
            continue
    return found
