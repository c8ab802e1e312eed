"""A company's invitations as it may list them: its own number, what it calls the customer, and how the invitation stands."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from portal.customers.models import Customer
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links.invited import DECLINED, JOINED, LAPSED, UNMATCHED, WAITING, state_of
from portal.links.models import Invitation, Link, PairwiseId
from portal.links.shapes import LINK, NONE

MOST = 50
_KIND = "invitations"


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """A page as it leaves, and the rows that it tells of."""

    value: dict[str, Any]
    rows: Sequence[Any]


def told_links(unit: Unit, vendor_id: bytes, numbers: Sequence[str]) -> dict[str, str]:
    """The links that the company asked to hand over itself, by its number: as long as they are good, and nobody has come."""
    wanted = (
        select(Link.number, Invitation.hash, Invitation.words, Customer.holder_id)
        .join(Invitation, Invitation.link_id == Link.id)
        .join(Customer, Customer.id == Link.customer_id)
        .where(Link.vendor_id == vendor_id, Link.number.in_(numbers), Link.state == "prospect")
        .where(Invitation.is_current, Invitation.deliver == LINK, Invitation.words.is_not(None))
        .where(Invitation.expires_at > unit.at)
    )
    rows = unit.connection.execute(wanted).all()
    boxes = unit.boxes(row.holder_id for row in rows)
    said = {row.number: boxes[row.holder_id].open("invitations", "words", row.hash, row.words) for row in rows}
    return {number: f"{unit.house.settings.origin}/invitations/{json.loads(text)['secret']}" for number, text in said.items()}


def shared_invitations(
    unit: Unit, vendor_id: bytes, *, cursor: str | None, state: str | None = None, limit: int = MOST
) -> InvitationPage:
    """The next customers whom this company invited, in the order in which it first wrote of them."""
    audience = f"{text_of(vendor_id)} {state or ''}"
    after = id_from(open_cursor(unit.house, _KIND, audience, cursor)["after"]) if cursor else b""
    wanted = _page.where(Invitation.vendor_id == vendor_id, Invitation.is_current, Invitation.link_id > after)
    if state is not None:
        wanted = wanted.where(*_in_state(state, unit.at))
    found = unit.connection.execute(wanted.order_by(Invitation.link_id).limit(limit + 1)).all()
    rows, more = found[:limit], len(found) > limit
    value = {
        "invitations": [_document(row, unit.at) for row in rows],
        "next": seal_cursor(unit.house, _KIND, audience, {"after": text_of(rows[-1].link_id)}) if more else None,
    }
    return InvitationPage(value, rows)


_kept = aliased(Link)
# Where the person came with another number of this company, the number stays with the link that led to them.
_number = func.coalesce(Link.number, _kept.number)
_page = (
    select(
        Invitation.link_id,
        Invitation.deliver,
        Invitation.created_at,
        Invitation.expires_at,
        Invitation.declined_at,
        Link.state.label("link_state"),
        _number.label("number"),
        Customer.holder_id,
        PairwiseId.sub,
    )
    .join(Link, Link.id == Invitation.link_id)
    .join(Customer, Customer.id == Link.customer_id)
    .outerjoin(_kept, _kept.id == Link.folded_into)
    .join(PairwiseId, (PairwiseId.link_id == func.coalesce(Link.folded_into, Link.id)) & PairwiseId.own)
    # Of whoever was erased the company's number is forgotten; that they left is told in the feed.
    .where(_number.is_not(None))
)


def _in_state(state: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """The same verdict as :func:`portal.links.invited.state_of`, for the database."""
    prospect = Link.state == "prospect"
    if state == JOINED:
        return (~prospect,)
    if state == DECLINED:
        return (prospect, Invitation.declined_at.is_not(None))
    open_ = (prospect, Invitation.declined_at.is_(None))
    if state == UNMATCHED:
        return (*open_, Invitation.deliver == NONE)
    over = Invitation.expires_at <= at if state == LAPSED else Invitation.expires_at > at
    return (*open_, Invitation.deliver != NONE, over)


def _document(row: Any, at: datetime) -> dict[str, Any]:
    state = state_of(
        is_prospect=row.link_state == "prospect",
        deliver=row.deliver,
        is_declined=row.declined_at is not None,
        is_over=row.expires_at <= at,
    )
    ends = {"expires_at": _moment(row.expires_at)} if state in (WAITING, LAPSED) else {}
    return {"number": row.number, "sub": row.sub, "state": state, "invited_at": _moment(row.created_at), **ends}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
