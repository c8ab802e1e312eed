"""Which reads of permissions that allow only so many were made."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select

from portal.grants.models import ReadClaim
from portal.grants.reads.budgets import WALK
from portal.kernel.unit import Unit


def last_used(unit: Unit, grant_ids: Iterable[bytes]) -> Mapping[bytes, Mapping[str, datetime]]:
    """When a read was last counted under each of these permissions, by purpose; none for what was not read."""
    statement = (
        select(ReadClaim.grant_id, ReadClaim.purpose, func.max(ReadClaim.counted_at).label("at"))
        .where(ReadClaim.grant_id.in_(list(grant_ids)))
        .group_by(ReadClaim.grant_id, ReadClaim.purpose)
    )
    found: dict[bytes, dict[str, datetime]] = {}
    for row in unit.connection.execute(statement):
        found.setdefault(row.grant_id, {})[row.purpose] = row.at
    return found


def unfinished(unit: Unit, grant_ids: Iterable[bytes]) -> Mapping[tuple[bytes, str], datetime]:
    """Until when the rest of a counted read can still be got under these permissions, by permission and purpose.

    None where it was given whole, or where the time for it is over.
    """
    statement = (
        select(ReadClaim.grant_id, ReadClaim.purpose, func.max(ReadClaim.counted_at).label("at"))
        .where(
            ReadClaim.grant_id.in_(list(grant_ids)),
            ReadClaim.goes_on.is_not(None),
            ReadClaim.counted_at > unit.at - WALK,
        )
        .group_by(ReadClaim.grant_id, ReadClaim.purpose)
    )
    return {(row.grant_id, row.purpose): row.at + WALK for row in unit.connection.execute(statement)}
