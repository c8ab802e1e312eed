"""Permissions whose time is over are put on record, so that whoever follows what happens learns of it.

Nothing is decided here: a read is refused from the very moment on, whether or not this has run.
"""

from sqlalchemy import update

from portal.grants.facts import GrantExpired
from portal.grants.models import EndsTold
from portal.grants.reads.over import ends_after, told_until
from portal.kernel.db import dialect_insert
from portal.kernel.unit import Unit

MOST = 200


def ends_wait(unit: Unit) -> bool:
    """Whether there is something for :func:`tell_ends` to do. Asked in a reading unit, it keeps nobody waiting."""
    since = told_until(unit)
    return since is None or bool(ends_after(unit, since, 1))


def tell_ends(unit: Unit) -> int:
    """Notes the ends since it ran last, in their order, about ``MOST`` of them; gives how many.

    The first time there is nothing to tell: what ended before is no news.
    """
    since = told_until(unit)
    if since is None:
        begun = dialect_insert(unit.connection.dialect.name, EndsTold).values(id=1, until=unit.at)
        unit.connection.execute(begun.on_conflict_do_nothing())
        return 0
    ends = ends_after(unit, since, MOST)
    if ends:
        told = update(EndsTold).where(EndsTold.id == 1)
        unit.connection.execute(told.values(until=ends[-1].expires_at))
    for end in ends:
        unit.note(
            GrantExpired(
                holder=end.holder_id,
                vendor=end.vendor_id,
                link=end.link_id,
                grant=end.id,
                version=end.version,
                basis="grant",
                purpose=end.purpose,
            )
        )
    return len(ends)
