"""A request without a browser as its company may follow it: how it stands, and what the customer chose to tell."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.customers.reads import customer_of
from portal.grants import reads
from portal.grants.models import ANSWERED, WITHDRAWN, Grant, Request
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.links.models import PairwiseId
from portal.links.reads import LinkView, link_between, link_of, links_by_number, sub_of
from portal.vendors.things import ThingIds

WAITING, GRANTED, DECLINED, COUNTERED, EXPIRED = "waiting", "granted", "declined", "countered", "expired"
TAKEN_BACK = "withdrawn"


def linked_customer(unit: Unit, vendor_id: bytes, *, sub: str | None = None, number: str | None = None) -> LinkView:
    """The company's link with a customer, by what either calls them; NotFound for what it does not know."""
    if number is not None:
        found = links_by_number(unit, vendor_id, [number]).get(number)
    else:
        wanted = select(PairwiseId.link_id).where(PairwiseId.sub == sub, PairwiseId.vendor_id == vendor_id)
        link_id = unit.connection.execute(wanted).scalar_one_or_none()
        found = None if link_id is None else link_of(unit, link_id)
    if found is None:
        raise NotFound
    return found


def own_request(unit: Unit, vendor_id: bytes, text: str) -> Request:
    """The company's own request by its id for it; NotFound for any other, and for what came by a browser."""
    found = reads.any_request(unit, ThingIds(unit.house.keys, vendor_id).id_from("request", text))
    if found.vendor_id != vendor_id or found.source != "vendor" or found.customer_id is None:
        raise NotFound
    return found


def holder_of_request(unit: Unit, request: Request) -> tuple[bytes, bytes | None]:
    """Whose matter it is, and by which link."""
    assert request.customer_id is not None
    link = link_between(unit, request.customer_id, request.vendor_id)
    return customer_of(unit, request.customer_id).holder_id, None if link is None else link.id


def shown_request(unit: Unit, request: Request) -> dict[str, Any]:
    """Its document. What the customer would have shared stands in it only where they have it told."""
    things = ThingIds(unit.house.keys, request.vendor_id)
    assert request.customer_id is not None
    link = link_between(unit, request.customer_id, request.vendor_id)
    return {
        "id": things.text_of("request", request.id),
        **({} if link is None else {"sub": sub_of(unit, link.id)}),
        **_standing(unit, request, things),
        "authorization_details": request.details,
        "created_at": _moment(request.created_at),
        "expires_at": _moment(request.expires_at),
        **({} if request.answered_at is None else {"answered_at": _moment(request.answered_at)}),
    }


def _standing(unit: Unit, request: Request, things: ThingIds) -> dict[str, Any]:
    if request.state == WITHDRAWN:
        return {"state": TAKEN_BACK}
    if request.state != ANSWERED:
        return {"state": WAITING if reads.is_waiting(request, unit.at) else EXPIRED}
    answering = request if request.answer == "given" else reads.taken_up(unit, request.id)
    if answering is not None:
        return {"state": GRANTED, "grant_id": things.text_of("grant", _grant_of(unit, answering.id))}
    if request.offer_until is not None and request.offer_until > unit.at:
        offer = [detail.document() for detail in reads.offer_of(request)]
        return {"state": COUNTERED, "offer": offer, "offer_until": _moment(request.offer_until)}
    return {"state": DECLINED}


def _grant_of(unit: Unit, request_id: bytes) -> bytes:
    found: bytes = unit.connection.execute(select(Grant.id).where(Grant.request_id == request_id)).scalar_one()
    return found


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
