"""The test clock of a sandbox: what customers gave it becomes older at once, so that its end can be tried.

No clock is moved: everything is decided by the true one, and what is swept by it stays as it is. Only rows of a sandbox
are touched, and they end earlier, never later.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from portal.grants.decision import LIVE
from portal.grants.facts import GrantsAged
from portal.grants.models import WAITING, Grant, GrantDetail, ReadClaim, Request
from portal.kernel.unit import Unit
from portal.vendors.reads import sandbox_of_twin


def age_grants(unit: Unit, *, vendor_id: bytes, by: timedelta) -> int:
    """Lets so much time pass for a sandbox's permissions and waiting requests; gives how many. NotFound for no sandbox.

    What would have ended meanwhile ends now: whoever tells ends finds it among those that have just come. Reads that count
    against a permission's number count so much shorter, as they would after as much true time.
    """
    sandbox_of_twin(unit, vendor_id)
    aged = _age_details(unit, vendor_id, by)
    _age_reads(unit, aged, by)
    count = len(aged) + _age_requests(unit, vendor_id, by)
    if count:
        unit.note(GrantsAged(vendor=vendor_id, count=count, seconds=int(by.total_seconds()), test=True))
    return count


def _age_details(unit: Unit, vendor_id: bytes, by: timedelta) -> Collection[bytes]:
    present = (GrantDetail.grant_id == Grant.id) & (GrantDetail.version == Grant.version)
    live = Grant.vendor_id == vendor_id, Grant.state == LIVE, Grant.ends_at > unit.at
    rows = unit.connection.execute(
        select(
            GrantDetail.grant_id, GrantDetail.version, GrantDetail.purpose, GrantDetail.not_before, GrantDetail.expires_at
        )
        .join(Grant, present)
        .where(*live)
    ).all()
    ends: dict[bytes, datetime] = {}
    for row in rows:
        end = _sooner(row.expires_at, by, unit.at)
        ends[row.grant_id] = max(end, ends.get(row.grant_id, end))
        begins = None if row.not_before is None else row.not_before - by
        this = GrantDetail.grant_id == row.grant_id, GrantDetail.version == row.version, GrantDetail.purpose == row.purpose
        unit.connection.execute(update(GrantDetail).where(*this).values(expires_at=end, not_before=begins))
    for grant_id, end in ends.items():
        unit.connection.execute(update(Grant).where(Grant.id == grant_id).values(ends_at=end))
    return ends.keys()


def _age_reads(unit: Unit, grant_ids: Collection[bytes], by: timedelta) -> None:
    """All of a permission's by the same, so that a later read is still never over before an earlier one."""
    # What is over already is left to the log's sequencer, which takes it out at any moment.
    counting = select(*_READ, ReadClaim.until).where(ReadClaim.grant_id.in_(grant_ids), ReadClaim.until > unit.at)
    older = [
        {**{f"this_{column.key}": value for column, value in zip(_READ, row, strict=False)}, "sooner": row.until - by}
        for row in unit.connection.execute(counting)
    ]
    if older:
        # Told all at once: a permission may have thousands, and nobody else writes meanwhile.
        unit.connection.execute(_end_sooner, older)


_READ = ReadClaim.grant_id, ReadClaim.purpose, ReadClaim.resource, ReadClaim.number
_end_sooner = (
    update(ReadClaim)
    .where(*(column == bindparam(f"this_{column.key}") for column in _READ))
    .values(until=bindparam("sooner"))
)


def _age_requests(unit: Unit, vendor_id: bytes, by: timedelta) -> int:
    waiting = Request.vendor_id == vendor_id, Request.state == WAITING, Request.expires_at > unit.at
    rows = unit.connection.execute(select(Request.id, Request.expires_at).where(*waiting)).all()
    for row in rows:
        end = _sooner(row.expires_at, by, unit.at)
        unit.connection.execute(update(Request).where(Request.id == row.id).values(expires_at=end))
    return len(rows)


def _sooner(end: datetime, by: timedelta, now: datetime) -> datetime:
    """The end, so much earlier; what is over already stays as it is."""
    return end if end <= now else max(end - by, now)
