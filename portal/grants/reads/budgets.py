"""How many reads of a resource a permission still allows: any span of its length holds so many and no more.

A walk counts once. What says that a page belongs to a walk that was counted is the cursor it comes with: each can be
used once for that, and for an hour, so that no old cursor becomes a way to look again and again.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from portal.grants import durations
from portal.grants.lease import Budget, Lease
from portal.grants.models import ReadClaim
from portal.kernel.ids import digest
from portal.kernel.prepared import Prepared
from portal.kernel.quotas import Quota, to_wait
from portal.kernel.unit import Unit

WALK = timedelta(hours=1)
_DAY = 86_400
READS = "reads"
"""What a permission's budget is called to programs."""

_of_resource = (
    ReadClaim.grant_id == bindparam("grant"),
    ReadClaim.purpose == bindparam("purpose"),
    ReadClaim.resource == bindparam("resource"),
)
_last = Prepared(select(func.max(ReadClaim.number).label("number")).where(*_of_resource))
_numbered = Prepared(select(ReadClaim.until).where(*_of_resource, ReadClaim.number == bindparam("number")))
# Numbers have no gaps, and a later read is never over before an earlier one: the oldest that counts tells how many do.
_oldest = Prepared(
    select(ReadClaim.number, ReadClaim.until)
    .where(*_of_resource, ReadClaim.until > bindparam("at"))
    .order_by(ReadClaim.number)
    .limit(1)
)
_walking = Prepared(
    select(func.min(ReadClaim.number).label("number")).where(
        *_of_resource,
        ReadClaim.goes_on == bindparam("came"),
        ReadClaim.counted_at > bindparam("since"),
    )
)


def place(cursor: str | None) -> bytes | None:
    """A cursor, as claims know it."""
    return None if cursor is None else digest(cursor)


def walk_of(
    connection: Connection, grant_id: bytes, purpose: str, resource: str, came: bytes | None, at: datetime
) -> int | None:
    """The number of the counted read with which a page belongs that comes with this cursor; None for a new walk."""
    if came is None:
        return None
    of = {"grant": grant_id, "purpose": purpose, "resource": resource}
    values: dict[str, Any] = {**of, "came": came, "since": at - WALK}
    found: int | None = _walking.first(connection, values).number
    return found


def next_number(connection: Connection, grant_id: bytes, purpose: str, resource: str) -> int:
    """The number of the next read."""
    last: int | None = _last.first(connection, {"grant": grant_id, "purpose": purpose, "resource": resource}).number
    return (last or 0) + 1


def spent_until(
    connection: Connection, grant_id: bytes, purpose: str, resource: str, number: int, most: int, at: datetime
) -> datetime | None:
    """When the read of this number may be made, where it may not yet; None where it may now."""
    if number <= most:
        return None
    of = {"grant": grant_id, "purpose": purpose, "resource": resource}
    row = _numbered.first(connection, {**of, "number": number - most})
    return None if row is None or row.until <= at else row.until


def quota_of(unit: Unit, lease: Lease, cursor: str | None = None) -> Quota | None:
    """What a read under the lease leaves of its permission's budget, if it is made now; None without a budget."""
    if lease.budget is None or lease.grant_id is None:
        return None
    of = (unit.connection, lease.grant_id, lease.purpose, lease.resource)
    values = {"grant": lease.grant_id, "purpose": lease.purpose, "resource": lease.resource, "at": unit.at}
    oldest = _oldest.first(unit.connection, values)
    counted = 0 if oldest is None else next_number(*of) - oldest.number
    if walk_of(*of, place(cursor), unit.at) is None:
        counted += 1
    frees = durations.parse(lease.budget.span).after(unit.at) if oldest is None else oldest.until
    return quota_left(lease, lease.budget, lease.budget.most - counted, frees, unit.at)


def quota_left(lease: Lease, budget: Budget, left: int, frees: datetime, at: datetime) -> Quota:
    """A lease's budget with so many reads left, and one more from ``frees`` on."""
    # Where the permission ends before it may be read again, there is nothing to wait for.
    ends = lease.expires_at is not None and frees >= lease.expires_at
    seconds = durations.parse(budget.span).days * _DAY
    return Quota(READS, budget.most, seconds, max(0, left), None if ends else to_wait(frees - at))
