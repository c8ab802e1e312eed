"""Counting the reads of permissions that allow only so many: done by the log's sequencer, as it appends them.

Nobody else adds one, and it adds them one batch after the other: two reads never take the same place.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.engine import Connection

from portal.grants import durations
from portal.grants.models import ReadClaim
from portal.grants.reads.budgets import next_number, spent_until, walk_of
from portal.kernel.prepared import Prepared, prepared_insert

_PRUNED = 64

_count = prepared_insert(ReadClaim)
_go_on = Prepared(
    update(ReadClaim)
    .where(
        ReadClaim.grant_id == bindparam("grant"),
        ReadClaim.purpose == bindparam("of_purpose"),
        ReadClaim.resource == bindparam("of_resource"),
        ReadClaim.number == bindparam("walk"),
    )
    .values(goes_on=bindparam("leads"))
)
# So many at most, so that no reader waits behind a long absence.
_some = (
    select(ReadClaim.until).where(ReadClaim.until <= bindparam("at")).order_by(ReadClaim.until).offset(_PRUNED - 1).limit(1)
)
_prune = Prepared(delete(ReadClaim).where(ReadClaim.until <= func.coalesce(_some.scalar_subquery(), bindparam("at"))))


def claim_reads(connection: Connection, reads: Sequence[Sequence[tuple[Any, ...]]], now: datetime) -> set[int]:
    """The log's claim: counts each read under its permissions; gives the positions of those that are one too many.

    A read has one ``(grant_id, purpose, resource, customer_id, most, span, came, goes_on)`` for each permission with a budget:
    ``came`` is the cursor that it came with, ``goes_on`` the one that it answers. All of them hold, or none is counted.
    """
    failed = set()
    for position, claims in enumerate(reads):
        rows = {claim[:3]: _row(connection, claim, now) for claim in claims}
        if None in rows.values():
            failed.add(position)
        else:
            for row in rows.values():
                _keep(connection, row)
    if len(failed) < len(reads):
        _prune.run(connection, {"at": now})
    return failed


def _row(connection: Connection, claim: tuple[Any, ...], now: datetime) -> dict[str, Any] | None:
    grant_id, purpose, resource, customer_id, most, span, came, goes_on = claim
    of = (connection, grant_id, purpose, resource)
    walk = walk_of(*of, came, now)
    if walk is not None:
        return {"grant": grant_id, "of_purpose": purpose, "of_resource": resource, "walk": walk, "leads": goes_on}
    number = next_number(*of)
    if spent_until(*of, number, most, now) is not None:
        return None
    return {
        "grant_id": grant_id,
        "purpose": purpose,
        "resource": resource,
        "number": number,
        "customer_id": customer_id,
        "counted_at": now,
        "until": durations.parse(span).after(now),
        "goes_on": goes_on,
    }


def _keep(connection: Connection, row: Any) -> None:
    (_go_on if "walk" in row else _count).run(connection, row)
