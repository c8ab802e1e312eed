"""Less: stop sharing, or go on with fewer attributes, fewer purposes or an earlier end."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from portal.grants import reads
from portal.grants.choices import Choice, NothingLeft, applied
from portal.grants.decision import LIVE
from portal.grants.details import Detail, stored
from portal.grants.facts import GrantNarrowed, GrantRevoked
from portal.grants.models import Grant, GrantDetail, GrantVersion
from portal.grants.reads.amended import request_behind
from portal.grants.service.offering import end_offers
from portal.grants.service.recording import Choosing, keep_record
from portal.kernel.clock import micros
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.ids import text_of
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.unit import Unit
from portal.links.reads import link_of

KINDS = {"customer": "withdrawn", "link": "withdrawn", "replaced": "replaced"}


def revoke(unit: Unit, *, grant_id: bytes) -> Grant:
    """Stops sharing under one of the customer's permissions. One that has ended already stays as it is."""
    grant = reads.grant_of(unit, grant_id, lock=True)
    if grant.state == LIVE and grant.ends_at > unit.at:
        _end(unit, grant, "customer")
    return grant


def _end(unit: Unit, grant: Grant, ended_by: str) -> None:
    ending = {"grant": grant.id, "customer": grant.customer_id, "now": unit.at, "by": ended_by}
    if _ended.changed(unit.connection, ending) != 1:
        raise Conflict("moved-on")
    grant.state, grant.ended_at, grant.updated_at, grant.ended_by = "ended", unit.at, unit.at, ended_by
    details = reads.details_of(unit, grant)
    record = keep_record(unit, _choosing(unit, KINDS[ended_by], grant, details))
    unit.note(
        GrantRevoked(
            holder=reads.holder_of(unit, grant.customer_id),
            vendor=grant.vendor_id,
            link=grant.link_id,
            grant=grant.id,
            version=grant.version,
            basis="grant",
            record=text_of(record.id),
            ended_by=ended_by,
        )
    )


_ended = Prepared(
    update(Grant)
    .where(Grant.id == bindparam("grant"), Grant.customer_id == bindparam("customer"), Grant.state == LIVE)
    .values(state="ended", ended_at=bindparam("now"), updated_at=bindparam("now"), ended_by=bindparam("by"))
)


def _choosing(unit: Unit, kind: str, grant: Grant, details: Sequence[Detail]) -> Choosing:
    request = reads.any_request(unit, request_behind(unit, grant))
    return Choosing(kind, request, details, stored(request.details), grant)


def narrow(unit: Unit, *, grant_id: bytes, keep: Mapping[str, Choice], version: int | None = None) -> Grant:
    """Goes on with less: ``keep`` is what remains, by purpose; a purpose without a choice ends.

    A new version of the same permission. When nothing remains it is stopped; when nothing changes it stays as it is.
    Conflict ``moved-on`` when ``version`` is no longer the present one or the permission has ended.
    """
    grant = reads.grant_of(unit, grant_id, lock=True)
    if grant.state != LIVE or grant.ends_at <= unit.at or version not in (None, grant.version):
        raise Conflict("moved-on", "This permission has changed since you saw it. Please look again.")
    present = reads.details_of(unit, grant)
    try:
        left = applied(present, keep, unit.at)
    except NothingLeft:
        _end(unit, grant, "customer")
        return grant
    if list(left) != present:
        _next_version(unit, grant, left)
    return grant


def _next_version(unit: Unit, grant: Grant, left: Sequence[Detail], reason: str | None = None) -> None:
    put_version(unit, grant, left, "narrowed", "resource_owner")
    record = keep_record(unit, _choosing(unit, "narrowed", grant, left))
    unit.note(
        GrantNarrowed(
            holder=reads.holder_of(unit, grant.customer_id),
            vendor=grant.vendor_id,
            link=grant.link_id,
            grant=grant.id,
            version=grant.version,
            basis="grant",
            reason=reason,
            given=sorted({name for detail in left for name in detail.datatypes}),
            record=text_of(record.id),
            purposes=[detail.purpose for detail in left],
            ends=micros(grant.ends_at),
        )
    )


def put_version(unit: Unit, grant: Grant, details: Sequence[Detail], change: str, made_by: str) -> None:
    """Brings a living permission, held by the caller, to its next version. Conflict where it has moved on or ended."""
    next_, ends_at = grant.version + 1, max(detail.ends_at for detail in details)
    done = unit.connection.execute(
        update(Grant)
        .where(Grant.id == grant.id, Grant.version == grant.version, Grant.state == LIVE)
        .values(version=next_, updated_at=unit.at, ends_at=ends_at)
    )
    if done.rowcount != 1:
        raise Conflict("moved-on")
    grant.version, grant.updated_at, grant.ends_at = next_, unit.at, ends_at
    keep_details(unit, grant, details, change, made_by)


def keep_details(unit: Unit, grant: Grant, details: Sequence[Detail], change: str, made_by: str) -> None:
    """Adds the rows of a permission's present version: how it came about, and what it allows."""
    version = {
        "grant_id": grant.id,
        "version": grant.version,
        "customer_id": grant.customer_id,
        "change": change,
        "made_by": made_by,
        "created_at": unit.at,
    }
    _put_version.run(unit.connection, version)
    for detail in details:
        _put_detail.run(unit.connection, _row(unit, grant, detail))


_put_version, _put_detail = prepared_insert(GrantVersion), prepared_insert(GrantDetail)


def _row(unit: Unit, grant: Grant, detail: Detail) -> dict[str, Any]:
    more = detail.model_dump(mode="json", include={"onward_sharing", "terms", "purpose_text"})
    return {
        "grant_id": grant.id,
        "version": grant.version,
        "purpose": detail.purpose,
        "customer_id": grant.customer_id,
        "datatypes": list(detail.datatypes),
        "required": sorted(detail.required),
        "not_before": detail.begins_at,
        "expires_at": detail.ends_at,
        "lookback": detail.lookback,
        "retention": detail.retention,
        "most_reads": detail.frequency.max if detail.frequency else None,
        "read_span": detail.frequency.period if detail.frequency else None,
        "more": {name: value for name, value in more.items() if value},
        "created_at": unit.at,
    }


def hand_back(unit: Unit, *, grant_id: bytes) -> None:
    """The company gives up one of its own permissions. NotFound for anybody else's; one that has ended stays as it is.

    No record is made: it is no choice of the customer's.
    """
    mine = (Grant.id == grant_id, Grant.vendor_id == unit.actor.vendor_id)
    row = unit.connection.execute(select(Grant.customer_id).where(*mine)).first()
    if row is None:
        raise NotFound
    done = (
        update(Grant)
        .where(*mine, Grant.state == LIVE)
        .values(state="ended", ended_at=unit.at, updated_at=unit.at, ended_by="vendor")
        .returning(Grant.link_id, Grant.version)
    )
    ended = unit.connection.execute(done).first()
    if ended is None:
        return
    unit.note(
        GrantRevoked(
            holder=reads.holder_of(unit, row.customer_id),
            vendor=unit.actor.vendor_id,
            link=ended.link_id,
            grant=grant_id,
            version=ended.version,
            basis="grant",
            ended_by="vendor",
        )
    )


def make_room(unit: Unit, link_id: bytes, purposes: set[str], but: bytes | None = None) -> None:
    """Before a new choice: takes its purposes out of the live permissions (``but`` its own), so that the latest holds."""
    for grant in reads.live_of_link(unit, link_id):
        if grant.id == but:
            continue
        details = reads.details_of(unit, grant)
        left = [detail for detail in details if detail.purpose not in purposes]
        if not left:
            _end(unit, grant, "replaced")
        elif len(left) < len(details):
            _next_version(unit, grant, left, "replaced")


def end_grants_of_link(unit: Unit, link_id: bytes) -> None:
    """Ends every live permission of a link that ended, and what was offered."""
    link = link_of(unit, link_id)
    end_offers(unit, customer_id=link.customer_id, vendor_id=link.vendor_id)
    for grant in reads.live_of_link(unit, link_id):
        _end(unit, grant, "link")
