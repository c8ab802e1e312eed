"""Which reads of permissions that allow only so many were made."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select

from portal.grants.details import Detail
from portal.grants.lease import resources_of
from portal.grants.models import ReadClaim
from portal.grants.reads.budgets import WALK
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit


def last_used(unit: Unit, details: Mapping[bytes, Sequence[Detail]]) -> Mapping[bytes, Mapping[str, datetime]]:
    """When all that a purpose has was last read under these permissions, by purpose; none where some of it was not."""
    read: dict[tuple[bytes, str], dict[str, datetime]] = {}
    for row in _last.all(unit.connection, {"grants": list(details)}) if details else ():
        read.setdefault((row.grant_id, row.purpose), {})[row.resource] = row.at
    return {grant_id: _whole(grant_id, ones, read) for grant_id, ones in details.items()}


_last = Prepared(
    select(ReadClaim.grant_id, ReadClaim.purpose, ReadClaim.resource, func.max(ReadClaim.counted_at).label("at"))
    .where(ReadClaim.grant_id.in_(bindparam("grants", expanding=True)))
    .group_by(ReadClaim.grant_id, ReadClaim.purpose, ReadClaim.resource),
    lists=("grants",),
)


def _whole(
    grant_id: bytes, details: Iterable[Detail], read: Mapping[tuple[bytes, str], Mapping[str, datetime]]
) -> dict[str, datetime]:
    found = {one.purpose: (resources_of(one.datatypes), read.get((grant_id, one.purpose), {})) for one in details}
    return {purpose: max(at.values()) for purpose, (needed, at) in found.items() if at and needed <= at.keys()}


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
