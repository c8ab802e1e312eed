"""The one decision whether a permission may be used now, asked by pages, the API and the access log alike."""

from datetime import datetime
from typing import NamedTuple

LIVE = "live"
ENDED = "ended"

REVOKED = "revoked"
REPLACED = "replaced"
EXPIRED = "expired"
NARROWED = "narrowed"
PAUSED = "paused"
BLOCKED = "blocked"
NOT_YET = "not-yet"
NO_GRANT = "no-grant"
PURPOSE_NEEDED = "purpose-needed"
BUDGET = "budget"
REASONS = (REVOKED, REPLACED, EXPIRED, NARROWED, PAUSED, BLOCKED, NOT_YET, NO_GRANT, PURPOSE_NEEDED, BUDGET)


class Standing(NamedTuple):
    """What stands in the rows about one purpose of one permission, at its present version."""

    state: str
    link_state: str
    blocked_at: datetime | None
    paused_at: datetime | None
    not_before: datetime | None
    expires_at: datetime | None
    ended_by: str | None = None


def refusal_of(standing: Standing, at: datetime) -> str | None:
    """The reason why nothing may be read under this permission at ``at``; None when it may.

    An end is decided here, at the read: no job has to have run. What is final is said before what may pass.
    """
    if standing.blocked_at is not None:
        return BLOCKED
    if standing.state != LIVE and standing.ended_by == REPLACED and standing.link_state != ENDED:
        return REPLACED
    if standing.state != LIVE or standing.link_state == ENDED:
        return REVOKED
    if standing.expires_at is not None and standing.expires_at <= at:
        return EXPIRED
    if standing.paused_at is not None:
        return PAUSED
    if standing.not_before is not None and standing.not_before > at:
        return NOT_YET
    return None


def after_newer(newer: Standing, at: datetime, *, has: bool) -> str:
    """What is said of a purpose that a newer permission took over: that it did only while one can read under it.

    ``has`` says whether the newer one still has the purpose. Else what truly ended it is said.
    """
    reason = refusal_of(newer, at)
    if has:
        return REPLACED if reason is None else reason
    return REVOKED if reason == REVOKED else NARROWED
