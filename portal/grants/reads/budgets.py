"""How many reads of a resource a permission still allows: any span of its length holds so many and no more.

A walk counts once. What says that a page belongs to a walk that was counted is the cursor it comes with: each can be
used once for that, and for an hour, so that no old cursor becomes a way to look again and again.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from portal.grants.models import ReadClaim
from portal.kernel.ids import digest
from portal.kernel.prepared import Prepared

WALK = timedelta(hours=1)

_of_resource = (
    ReadClaim.grant_id == bindparam("grant"),
    ReadClaim.purpose == bindparam("purpose"),
    ReadClaim.resource == bindparam("resource"),
)
_last = Prepared(select(func.max(ReadClaim.number).label("number")).where(*_of_resource))
_numbered = Prepared(select(ReadClaim.until).where(*_of_resource, ReadClaim.number == bindparam("number")))
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
