"""Telling what time brings: looks since the log was read last, permissions that end, and weeks that are over."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from portal.customers.reads import customer_of
from portal.kernel.unit import Unit
from portal.messages.kinds import ENDING, LATE, WEEK
from portal.messages.models import InboxNotice, Walk
from portal.messages.reads.watched import Ending, Late, Look
from portal.messages.service.telling import Told, tell


def go_on(
    unit: Unit, name: str, was: tuple[int, bytes | None] | None, position: int, after: bytes | None = None
) -> bool:
    """Notes how far something is read through; False when somebody else has gone on meanwhile."""
    now = {"position": position, "after": after}
    if was is not None:
        here = Walk.name == name, Walk.position == was[0], Walk.after.is_not_distinct_from(was[1])
        return unit.connection.execute(update(Walk).where(*here).values(now)).rowcount == 1
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(insert(Walk).values(name=name, **now))
    except IntegrityError:
        return False
    return True


def tell_looks(unit: Unit, looks: Iterable[Look]) -> None:
    """Tells of looks, the oldest first, so that each is counted. Told again they change nothing: a notice keeps which line it
    told of last."""
    for look in sorted(looks, key=lambda look: look.seen.index):
        seen = look.seen
        told = Told(
            customer_id=look.customer_id,
            kind=look.kind,
            mark=look.mark,
            vendor_id=seen.vendor,
            entry=seen.index,
            at=seen.at,
        )
        tell(unit, told, holder_id=look.holder_id)


def tell_endings(unit: Unit, endings: Sequence[Ending]) -> None:
    """Tells of permissions that are about to end; what was told of the same end before goes."""
    for ending in endings:
        grant = ending.grant
        told = Told(
            customer_id=grant.customer_id,
            kind=ENDING,
            mark=ending.mark,
            vendor_id=grant.vendor_id,
            subject=grant.id,
            at=unit.at,
            until=grant.ends_at,
        )
        if tell(unit, told, holder_id=ending.holder_id):
            former = InboxNotice.subject == grant.id, InboxNotice.kind == ENDING, InboxNotice.mark != ending.mark
            unit.connection.execute(delete(InboxNotice).where(*former))


def tell_lates(unit: Unit, lates: Sequence[Late]) -> None:
    """Tells of orders that have not come on their day, and of steps of orders that were not done."""
    for late in lates:
        told = Told(
            customer_id=late.customer_id,
            kind=LATE,
            mark=late.mark,
            vendor_id=late.vendor_id,
            subject=late.subject,
            at=unit.at,
        )
        tell(unit, told, holder_id=late.holder_id)


def tell_week(unit: Unit, *, customer_id: bytes, monday: str, given: int, blocked: int) -> None:
    """Tells one person of a week that is over: how many looks got an answer, and how many were blocked."""
    mark, count = f"week:{monday}", given + blocked
    told = Told(customer_id=customer_id, kind=WEEK, mark=mark, count=count, blocked=blocked, at=unit.at)
    tell(unit, told, holder_id=customer_of(unit, customer_id).holder_id)
