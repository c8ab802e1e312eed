"""What became of each event at an endpoint, attempt by attempt."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.customers.reads import customer_of
from portal.events.models import WebhookAttempt, WebhookDelivery
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.links.reads import link_of


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """An event at an endpoint: how far it is (``waiting``, ``delivered``, ``given-up``, ``dropped``) and what was sent last."""

    id: bytes
    endpoint_id: bytes
    event_id: str
    kind: str
    idx: int | None
    link_id: bytes | None
    state: str
    attempts: int
    next_at: datetime | None
    asked_at: datetime | None
    body: bytes | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One call: the receiver's status, or why there is none; whether somebody had asked for it."""

    at: datetime
    status: int | None
    reason: str | None
    milliseconds: int
    asked: bool


_delivery = select(*WebhookDelivery.__table__.columns)


def delivery_of(unit: Unit, endpoint_id: bytes, delivery_id: bytes) -> DeliveryView:
    """One of an endpoint's deliveries; NotFound for another's or none."""
    return _one(unit, WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.id == delivery_id)


def find_delivery(unit: Unit, endpoint_id: bytes, event_id: str) -> DeliveryView:
    """The same by the id that its receiver knows (``webhook-id``)."""
    return _one(unit, WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.event_id == event_id)


def _one(unit: Unit, *which: Any) -> DeliveryView:
    row = unit.connection.execute(_delivery.where(*which)).first()
    if row is None:
        raise NotFound
    return DeliveryView(**row._mapping)


def deliveries_of(unit: Unit, endpoint_id: bytes, *, before: bytes | None = None, most: int = 50) -> list[DeliveryView]:
    """The newest deliveries of an endpoint, or those older than one."""
    mine = _delivery.where(WebhookDelivery.endpoint_id == endpoint_id)
    older = mine if before is None else mine.where(WebhookDelivery.id < before)
    rows = unit.connection.execute(older.order_by(WebhookDelivery.id.desc()).limit(most))
    return [DeliveryView(**row._mapping) for row in rows]


def attempts_of(unit: Unit, deliveries: Sequence[DeliveryView]) -> dict[bytes, list[AttemptView]]:
    """The attempts of some deliveries, the oldest first."""
    found: dict[bytes, list[AttemptView]] = {delivery.id: [] for delivery in deliveries}
    which = select(*WebhookAttempt.__table__.columns).where(WebhookAttempt.delivery_id.in_(list(found)))
    for row in unit.connection.execute(which.order_by(WebhookAttempt.id)):
        found[row.delivery_id].append(AttemptView(row.at, row.status, row.reason, row.milliseconds, row.asked))
    return found


def holder_of(unit: Unit, delivery: DeliveryView) -> bytes | None:
    """Whose things a delivery tells of; None for a test, and where nobody knows any more."""
    with suppress(NotFound):
        return customer_of(unit, link_of(unit, delivery.link_id).customer_id).holder_id if delivery.link_id else None
    return None
