"""What a worker has to do now: endpoints that are behind the log, and messages whose time has come."""

from typing import Any, NamedTuple

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from portal.audit.reads import size_of
from portal.events.models import WebhookDelivery, WebhookEndpoint, WebhookPlace
from portal.events.reads.deliveries import DeliveryView
from portal.kernel.unit import Unit
from portal.vendors.models import Vendor

_is_active = WebhookEndpoint.state == "active"
_is_welcome = Vendor.blocked_at.is_(None)


class Behind(NamedTuple):
    """An endpoint that has not all of its events, or has a stretch of them to get again."""

    endpoint_id: bytes
    place: int
    again: int | None
    again_until: int | None
    end: int
    """Where the log ends."""


class Due(NamedTuple):
    """An endpoint for which something is to be sent, and the number of its last claim."""

    endpoint_id: bytes
    claim: int


def endpoints_behind(unit: Unit) -> list[Behind]:
    """The active endpoints whose place is not the end of the log."""
    place, end = WebhookPlace, size_of(unit.connection)
    statement = (
        select(place.endpoint_id, place.place, place.again, place.again_until)
        .join(WebhookEndpoint, WebhookEndpoint.id == place.endpoint_id)
        .join(Vendor, Vendor.id == WebhookEndpoint.vendor_id)
        .where(_is_active, _is_welcome, or_(place.place < end, place.again.is_not(None)))
    )
    return [Behind(*row, end) for row in unit.connection.execute(statement)]


_earlier = aliased(WebhookDelivery)
# In order per customer: while an earlier event waits, a later one does.
_comes_first = ~exists().where(
    _earlier.endpoint_id == WebhookDelivery.endpoint_id,
    _earlier.link_id == WebhookDelivery.link_id,
    _earlier.state == "waiting",
    _earlier.idx < WebhookDelivery.idx,
)


def _its_time_has_come(unit: Unit) -> Any:
    return and_(WebhookDelivery.state == "waiting", WebhookDelivery.next_at <= unit.at, _comes_first)


def due_endpoints(unit: Unit) -> list[Due]:
    """The endpoints for which something is to be sent, and at which no worker is."""
    place, here = WebhookPlace, WebhookDelivery.endpoint_id == WebhookPlace.endpoint_id
    may = and_(_is_active, or_(place.rest_until.is_(None), place.rest_until <= unit.at))
    statement = (
        select(place.endpoint_id, place.claim)
        .join(WebhookEndpoint, WebhookEndpoint.id == place.endpoint_id)
        .join(Vendor, Vendor.id == WebhookEndpoint.vendor_id)
        .where(
            _is_welcome,
            or_(place.claimed_until.is_(None), place.claimed_until < unit.at),
            or_(
                exists().where(here, WebhookDelivery.asked_at.is_not(None)),
                and_(may, exists().where(here, _its_time_has_come(unit))),
            ),
        )
    )
    return [Due(*row) for row in unit.connection.execute(statement)]


def next_of(unit: Unit, endpoint_id: bytes) -> DeliveryView | None:
    """What is sent to an endpoint next: what somebody asked for, then the oldest event whose time has come."""
    mine = select(*WebhookDelivery.__table__.columns).where(WebhookDelivery.endpoint_id == endpoint_id).limit(1)
    asked = mine.where(WebhookDelivery.asked_at.is_not(None)).order_by(WebhookDelivery.asked_at)
    row = unit.connection.execute(asked).first()
    if row is None and _may_be_called(unit, endpoint_id):
        row = unit.connection.execute(mine.where(_its_time_has_come(unit)).order_by(WebhookDelivery.idx)).first()
    return None if row is None else DeliveryView(**row._mapping)


def _may_be_called(unit: Unit, endpoint_id: bytes) -> bool:
    rests = or_(WebhookPlace.rest_until.is_(None), WebhookPlace.rest_until <= unit.at)
    statement = (
        select(WebhookEndpoint.id)
        .join(WebhookPlace, WebhookPlace.endpoint_id == WebhookEndpoint.id)
        .where(WebhookEndpoint.id == endpoint_id, _is_active, rests)
    )
    return unit.connection.execute(statement).first() is not None
