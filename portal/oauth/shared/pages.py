"""Pages of profiles: first a walk over everybody who shares, from then on what changed since a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.audit.reads import size_of
from portal.customers.shared import shared_profiles
from portal.grants.lease import Lease
from portal.grants.leases import NoLease, TokenView, open_lease, open_leases
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import id_from, text_of
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit
from portal.oauth.shared.changes import changed
from portal.oauth.shared.positions import Position, after_last_change, audience_of, last_end
from portal.oauth.shared.relevance import after_last_shown

MOST = 50
_KIND = "profiles.cursor"


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """A page as it leaves, and for each profile on it the lease it stands on.

    ``spent`` is the budget that one customer's profile was not read for.
    """

    value: dict[str, Any]
    parts: Sequence[tuple[Lease, dict[str, Any]]]
    spent: Quota | None = None


def shared_page(
    unit: Unit, token: TokenView, purpose: str, *, cursor: str | None, changed_since: str | None, limit: int = MOST
) -> ProfilePage:
    """The next page of a walk that ``cursor`` goes on with, or the first one of a new walk.

    Run after the log was led, so that no change that was acknowledged lies behind the position.
    """
    audience = audience_of(token.vendor_id, purpose)
    place = open_cursor(unit.house, _KIND, audience, cursor) if cursor else None
    if changed_since is not None:
        return _changed_page(unit, token, purpose, Position.open(unit, audience, changed_since), limit)
    if place is not None and "after" not in place:
        return _changed_page(unit, token, purpose, Position(**place), limit)
    return _whole_page(unit, token, purpose, place, limit)


def one_customer(unit: Unit, token: TokenView, purpose: str, sub: str) -> ProfilePage:
    """What one customer shares for a purpose, or why nothing is read of theirs; NotFound for a ``sub`` that is not known."""
    leases, ended, spent = [], [], None
    try:
        leases.append(open_lease(unit, token=token, purpose=purpose, sub=sub))
    except NoLease as none:
        ended.append({"sub": sub, "purpose": purpose, "reason": none.reason})
        spent = none.extra["quota"]
    profiles = _profiles(unit, leases)
    value = {"profiles": profiles, "ended": ended, "next": None, "position": None}
    return ProfilePage(value, list(zip(leases, profiles, strict=True)), spent)


def _changed_page(unit: Unit, token: TokenView, purpose: str, since: Position, limit: int) -> ProfilePage:
    audience = audience_of(token.vendor_id, purpose)
    page = changed(unit, token, purpose, since, limit)
    profiles = _profiles(unit, page.leases)
    place = {"index": page.position.index, "ended": page.position.ended}
    value = {
        "profiles": profiles,
        "ended": page.ended,
        "next": seal_cursor(unit.house, _KIND, audience, place) if page.more else None,
        "position": page.position.seal(unit, audience),
    }
    return ProfilePage(value, list(zip(page.leases, profiles, strict=True)))


def _whole_page(
    unit: Unit, token: TokenView, purpose: str, place: dict[str, Any] | None, limit: int
) -> ProfilePage:
    first = place or {"after": None, "index": 0, "ended": last_end(unit, token.vendor_id, purpose)}
    after = None if first["after"] is None else id_from(first["after"])
    leases = open_leases(unit, vendor_id=token.vendor_id, purpose=purpose, after=after, limit=limit)
    profiles = _profiles(unit, leases)
    # A walk takes time: what changes behind its first page lies at ``end`` or later, and the position stays before it.
    end = size_of(unit.connection) if place is None else place["end"]
    index = after_last_change(unit, leases, first["index"], end)
    audience = audience_of(token.vendor_id, purpose)
    value = {
        "profiles": profiles,
        "ended": [],
        "next": None,
        "position": Position(index, first["ended"]).seal(unit, audience),
    }
    if len(leases) == limit:
        if place is None:
            end = after_last_shown(unit, token.vendor_id, purpose, index, end)
        going_on = {"after": text_of(leases[-1].link_id), "end": end, "index": index, "ended": first["ended"]}
        value["next"] = seal_cursor(unit.house, _KIND, audience, going_on)
    return ProfilePage(value, list(zip(leases, profiles, strict=True)))


def _profiles(unit: Unit, leases: Sequence[Lease]) -> list[dict[str, Any]]:
    if not leases:
        return []
    return shared_profiles(unit, leases)
