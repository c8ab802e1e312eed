"""Leases: what a company's read may take, decided from the rows as they stand in the read's own snapshot.

The hot path of the house: statements are prepared once, rows are plain tuples. The verdict itself is
:func:`portal.grants.decision.refusal_of`, the same that pages and the access log use.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from portal.grants import decision, durations
from portal.grants.decision import Standing
from portal.grants.details import rate
from portal.grants.facts import ReadRefused
from portal.grants.lease import GRANT, PROFILE, Budget, Lease
from portal.grants.reads.budgets import next_number, place, quota_left, spent_until, walk_of
from portal.grants.reads.lease_rows import of_grant, of_links, of_purpose, of_sub, page_of_purpose
from portal.grants.reads.own import own_leases
from portal.grants.reads.replaced import Newest
from portal.grants.remedies import REMEDIES, USED_UP
from portal.kernel.errors import BadRequest, NotFound, Refused
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit
from portal.vendors.purposes import ORDER_MANAGEMENT, normal

__all__ = [
    "MOST",
    "OWN_PURPOSE",
    "NoLease",
    "OwnRight",
    "PurposeNeeded",
    "TokenView",
    "live_leases",
    "open_lease",
    "open_leases",
    "own_leases",
]

MOST = 50
OWN_PURPOSE = ORDER_MANAGEMENT


class TokenView(Protocol):
    """What is asked of a token: whose it is, and the permission it stands for, if one."""

    @property
    def vendor_id(self) -> bytes: ...
    @property
    def grant_id(self) -> bytes | None: ...


class OwnRight(NamedTuple):
    """A company that reads over all of its customers, as a token of its own does: a person of its staff before a page."""

    vendor_id: bytes
    grant_id: bytes | None = None


class NoLease(Refused):
    """No read under a permission: ``reason`` says why. Its fact is the blocked attempt, which the door records."""

    def __init__(self, reason: str, fact: ReadRefused, quota: Quota | None = None) -> None:
        wait = None if quota is None else quota.wait
        told = USED_UP if reason == decision.BUDGET and wait is None else REMEDIES.get(reason)
        super().__init__(reason, told, retry_after=wait, fact=fact, quota=quota)


class PurposeNeeded(BadRequest):
    """The permission has several purposes, and the read did not say which."""

    default_reason = decision.PURPOSE_NEEDED


def open_lease(
    unit: Unit,
    *,
    token: TokenView,
    purpose: str | None = None,
    sub: str | None = None,
    cursor: str | None = None,
    sought: str | None = None,
    resource: str = PROFILE,
) -> Lease:
    """The lease for one customer: of the token's own permission, or of the customer that ``sub`` names.

    ``cursor`` is what the read came with: a further page of a walk that was counted needs no budget. ``sought`` is the
    purpose of a read that is refused whatever it is for: it goes on record, and decides nothing.

    Raises :class:`NoLease` with the reason, :class:`PurposeNeeded`, or NotFound for a ``sub`` that is not this
    vendor's. ``unit`` is the reading unit that will make the answer.
    """
    rows = _rows_for(unit, token, sub)
    if not rows:
        # A token's own permission is always there; without one, this vendor has no such customer or permission.
        raise NotFound
    wanted = None if purpose is None else normal(purpose)
    judged = [(row, decision.refusal_of(_standing(row), unit.at)) for row in rows if wanted in (None, row.purpose)]
    usable = [row for row, reason in judged if reason is None]
    if len({row.purpose for row in usable}) > 1:
        raise PurposeNeeded(detail="Say the purpose: the customer shares with you for several.")
    if usable:
        return _within_budget(unit, _lease(usable[0], token.vendor_id, unit.at, resource), usable[0], cursor)
    row, reason = judged[0] if judged else (rows[0], _why_absent(unit, rows, wanted))
    if judged and reason == decision.REPLACED:
        reason = _newest_says(unit, rows, wanted)
    raise NoLease(reason or decision.NO_GRANT, _attempt(unit, rows, row, token.vendor_id, wanted or sought, reason))


def _within_budget(unit: Unit, lease: Lease, row: Any, cursor: str | None) -> Lease:
    until = _spent(unit, lease, cursor)
    if until is None or lease.budget is None:
        return lease
    quota = quota_left(lease, lease.budget, 0, until, unit.at)
    raise NoLease(decision.BUDGET, _attempt(unit, [row], row, lease.vendor_id, lease.purpose, decision.BUDGET), quota)


def _spent(unit: Unit, lease: Lease, cursor: str | None) -> datetime | None:
    """Until when nothing may be read because it was read often enough; the log decides it again as it appends."""
    if lease.budget is None or lease.grant_id is None:
        return None
    of = (unit.connection, lease.grant_id, lease.purpose, lease.resource)
    if walk_of(*of, place(cursor), unit.at) is not None:
        return None
    return spent_until(*of, next_number(*of), lease.budget.most, unit.at)


def _rows_for(unit: Unit, token: TokenView, sub: str | None) -> Sequence[Any]:
    if token.grant_id is not None:
        known: Sequence[Any] | None = unit.seen.get(token.grant_id)
        if known is not None:
            return known
        return of_grant.all(unit.connection, {"grant": token.grant_id, "vendor": token.vendor_id})
    if sub is None:
        raise BadRequest("customer-needed", "Say whose data: this token stands for no one customer.")
    if not (sub.isascii() and sub.isprintable()):
        return ()
    return of_sub.all(unit.connection, {"sub": sub, "vendor": token.vendor_id})


def _why_absent(unit: Unit, rows: Sequence[Any], purpose: str | None) -> str:
    # No permission has this purpose now. What ended the newest as a whole is said first.
    whole = decision.refusal_of(_standing(rows[0]), unit.at)
    if whole == decision.REPLACED:
        return _newest_says(unit, rows, None)
    if whole in (decision.REVOKED, decision.EXPIRED, decision.BLOCKED):
        return whole
    if purpose is None or not any_purpose(purpose):
        return decision.NO_GRANT
    had = unit.connection.execute(of_purpose, {"grants": list({row.grant_id for row in rows}), "purpose": purpose}).first()
    if had is None:
        return decision.NO_GRANT
    # What left this permission because a newer one took it over was not taken away.
    return Newest(unit, [rows[0].link_id]).why(rows[0].link_id, rows[0].grant_id, [purpose])


def _newest_says(unit: Unit, rows: Sequence[Any], purpose: str | None) -> str:
    """What to say of a permission that a newer one took the place of as a whole."""
    purposes = {row.purpose for row in rows} if purpose is None else {purpose}
    return Newest(unit, [rows[0].link_id]).why(rows[0].link_id, rows[0].grant_id, purposes)


def _standing(row: Any) -> Standing:
    return Standing(row.state, row.link_state, row.blocked_at, row.paused_at, row.not_before, row.expires_at, row.ended_by)


def _lease(row: Any, vendor_id: bytes, at: datetime, resource: str = PROFILE) -> Lease:
    return Lease(
        GRANT,
        vendor_id,
        row.link_id,
        row.customer_id,
        row.holder_id,
        row.sub,
        row.grant_id,
        row.version,
        row.purpose,
        frozenset(row.datatypes),
        row.expires_at,
        row.sharing_version,
        None if row.lookback is None else durations.parse(row.lookback).before(at),
        None if row.most_reads is None else Budget(*rate(row.most_reads, row.read_span)),
        bool(row.also_known),
        resource,
    )


def _attempt(
    unit: Unit, rows: Sequence[Any], row: Any, vendor_id: bytes, purpose: str | None, reason: str | None
) -> ReadRefused:
    """The blocked attempt, with its purpose and the fields behind it where they are said or can only be these."""
    known = {one.purpose: one for one in rows if one.grant_id == row.grant_id}
    named = normal(purpose) if purpose is not None else next(iter(known)) if len(known) == 1 else None
    sought = known.get(named)
    return ReadRefused(
        holder=row.holder_id,
        vendor=vendor_id,
        link=row.link_id,
        grant=row.grant_id,
        version=row.version,
        basis=GRANT,
        purpose=named if named is None or any_purpose(named) else None,
        asked=None if sought is None else _fields(unit.route, sought.datatypes),
        reason=reason,
    )


def _fields(route: str | None, datatypes: Iterable[str]) -> tuple[str, ...] | None:
    """Those of the fields that a resource holds: one reads the profile or the orders, never both at once."""
    kind = "orders." if "orders" in (route or "") else "profile."
    return tuple(sorted(name for name in datatypes if name.startswith(kind))) or None


def any_purpose(text: str) -> bool:
    """Whether a purpose sent by a company can stand in the log: an address of printable ASCII, not too long."""
    return len(text) <= 120 and text.startswith("https://") and text.isascii() and text.isprintable()


def open_leases(
    unit: Unit,
    *,
    vendor_id: bytes,
    purpose: str,
    after: bytes | None = None,
    limit: int = MOST,
    cursor: str | None = None,
    resource: str = PROFILE,
) -> list[Lease]:
    """The next leases of a vendor for one purpose, one a customer, in the order of their links after ``after``.

    Ended, paused, blocked, not yet begun and used-up permissions are left out. A full page has ``limit`` leases.
    """
    wanted = min(limit, MOST) if any_purpose(normal(purpose)) else 0
    found: list[Lease] = []
    last = after or b""
    while len(found) < wanted:
        values = {"vendor": vendor_id, "purpose": normal(purpose), "after": last, "at": unit.at, "limit": wanted}
        rows = page_of_purpose.all(unit.connection, values)
        leases = _first_of_each(rows, vendor_id, unit.at, resource)
        found += [lease for lease in leases if _spent(unit, lease, cursor) is None]
        if len(rows) < wanted:
            break
        last = rows[-1].link_id
    return found[:wanted]


def live_leases(unit: Unit, vendor_id: bytes, links: Sequence[bytes]) -> list[tuple[Lease, datetime]]:
    """All leases that these links give a vendor now, one a link and purpose; each with since when its version stands.

    What is left of a budget is not looked at: nothing is read by asking this.
    """
    found: dict[tuple[bytes, str], tuple[Lease, datetime]] = {}
    rows = of_links.all(unit.connection, {"links": list(links), "vendor": vendor_id}) if links else ()
    for row in rows:
        key = row.link_id, row.purpose
        if key not in found and decision.refusal_of(_standing(row), unit.at) is None:
            found[key] = _lease(row, vendor_id, unit.at), row.stands_since
    return list(found.values())


def _first_of_each(rows: Iterable[Any], vendor_id: bytes, at: datetime, resource: str) -> list[Lease]:
    leases: dict[bytes, Lease] = {}
    for row in rows:
        if row.link_id not in leases and decision.refusal_of(_standing(row), at) is None:
            leases[row.link_id] = _lease(row, vendor_id, at, resource)
    return list(leases.values())
