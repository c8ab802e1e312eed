"""A company's permissions as it may list them: what each shares, until when, and whether it is live now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from portal.customers.models import Customer
from portal.grants import decision
from portal.grants.decision import Standing
from portal.grants.models import Grant
from portal.grants.reads import last_details, told
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links.models import Link, PairwiseId
from portal.oauth.tokens import Found
from portal.vendors.things import ThingIds

MOST = 50
_KIND = "grants"

_page = (
    select(
        Grant.id,
        Grant.version,
        Grant.state,
        Grant.ended_by,
        Grant.link_id,
        Grant.customer_id,
        Grant.created_at,
        Grant.updated_at,
        Grant.ends_at,
        Grant.ended_at,
        Link.state.label("link_state"),
        Link.blocked_at,
        Link.paused_at,
        Customer.holder_id,
        Customer.sharing_version,
        PairwiseId.sub,
    )
    .join(Link, Link.id == Grant.link_id)
    .join(Customer, Customer.id == Grant.customer_id)
    .join(PairwiseId, (PairwiseId.link_id == Grant.link_id) & PairwiseId.own)
    .where(Grant.vendor_id == bindparam("vendor"), Grant.id > bindparam("after"))
    .order_by(Grant.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class GrantPage:
    """A page as it leaves, and the rows that it tells of."""

    value: dict[str, Any]
    rows: Sequence[Any]
    live: Sequence[Any]


def shared_grants(unit: Unit, vendor_id: bytes, *, cursor: str | None, limit: int = MOST) -> GrantPage:
    """The next permissions that this company was ever given, the oldest first."""
    audience = text_of(vendor_id)
    after = id_from(open_cursor(unit.house, _KIND, audience, cursor)["after"]) if cursor else b""
    found = unit.connection.execute(_page, {"vendor": vendor_id, "after": after, "most": limit + 1}).all()
    rows = found[:limit]
    more = len(found) > limit
    value = {
        "grants": _documents(unit, vendor_id, rows),
        "next": seal_cursor(unit.house, _KIND, audience, {"after": text_of(rows[-1].id)}) if more else None,
    }
    return GrantPage(value, rows, [row for row in rows if _reason(row, unit.at) is None])


def _reason(row: Found, at: datetime) -> str | None:
    standing = Standing(row.state, row.link_state, row.blocked_at, row.paused_at, None, row.ends_at, row.ended_by)
    return decision.refusal_of(standing, at)


def _documents(unit: Unit, vendor_id: bytes, rows: Iterable[Any]) -> list[dict[str, Any]]:
    rows = list(rows)
    things = ThingIds(unit.house.keys, vendor_id)
    details = last_details(unit, rows)
    reasons = told(unit, [(row.id, row.link_id, _reason(row, unit.at), details[row.id]) for row in rows])
    return [
        {
            "grant_id": things.text_of("grant", row.id),
            "sub": row.sub,
            **_state(reasons[row.id]),
            "version": row.version,
            "created_at": _moment(row.created_at),
            "updated_at": _moment(row.updated_at),
            "expires_at": _moment(row.ends_at),
            "authorization_details": [detail.document() for detail in details[row.id]],
        }
        for row in rows
    ]


def _state(reason: str | None) -> dict[str, str]:
    if reason is None:
        return {"state": "live"}
    return {"state": "paused" if reason == decision.PAUSED else "ended", "reason": reason}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
