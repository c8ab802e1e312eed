"""Endpoints as their company and the operator see them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.events.models import WebhookEndpoint, WebhookPlace, WebhookSecret
from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint with how it fares. ``url`` may hold a secret of the company's and is never written to a log."""

    id: bytes
    vendor_id: bytes
    holder_id: bytes
    url: str = field(repr=False)
    host: str
    kinds: list[str]
    algorithm: str
    state: str
    disabled_because: str | None
    created_at: datetime
    failing_since: datetime | None
    delivered_at: datetime | None
    rest_until: datetime | None

    def wants(self, kind: str) -> bool:
        """Whether it is told of events of a kind."""
        return not self.kinds or kind in self.kinds


@dataclass(frozen=True, slots=True)
class SecretView:
    """A secret that messages are signed with now, opened; ``public`` is what a receiver of ``v1a`` checks with."""

    secret: str = field(repr=False)
    public: str | None
    made_at: datetime
    ends_at: datetime | None


_endpoint = select(
    *WebhookEndpoint.__table__.columns, WebhookPlace.failing_since, WebhookPlace.delivered_at, WebhookPlace.rest_until
).join(WebhookPlace, WebhookPlace.endpoint_id == WebhookEndpoint.id)


def endpoint_of(unit: Unit, vendor_id: bytes, endpoint_id: bytes) -> EndpointView:
    """An endpoint of this company; NotFound for another's or none."""
    return _one(unit, WebhookEndpoint.id == endpoint_id, WebhookEndpoint.vendor_id == vendor_id)


def find_endpoint(unit: Unit, endpoint_id: bytes) -> EndpointView:
    """An endpoint, whosever it is: for operators and the worker. NotFound where there is none."""
    return _one(unit, WebhookEndpoint.id == endpoint_id)


def _one(unit: Unit, *which: Any) -> EndpointView:
    row = unit.connection.execute(_endpoint.where(*which)).first()
    if row is None:
        raise NotFound
    return _view(unit, row)


def endpoints_of(unit: Unit, vendor_id: bytes) -> list[EndpointView]:
    """All endpoints of a company, the oldest first."""
    mine = _endpoint.where(WebhookEndpoint.vendor_id == vendor_id).order_by(WebhookEndpoint.id)
    rows = unit.connection.execute(mine).all()
    unit.boxes(row.holder_id for row in rows)
    return [_view(unit, row) for row in rows]


def _view(unit: Unit, row: Any) -> EndpointView:
    members = {name: getattr(row, name) for name in EndpointView.__dataclass_fields__}
    return EndpointView(**{**members, "url": unit.box(row.holder_id).open("webhook_endpoints", "url", row.id, row.url)})


def secrets_of(unit: Unit, endpoint: EndpointView) -> list[SecretView]:
    """The secrets that are good now, the newest first: the current one, and before a rotation is over the one before."""
    good = WebhookSecret.ends_at.is_(None) | (WebhookSecret.ends_at > unit.at)
    mine = select(*WebhookSecret.__table__.columns).where(WebhookSecret.endpoint_id == endpoint.id, good)
    box = unit.box(endpoint.holder_id)
    return [
        SecretView(box.open("webhook_secrets", "secret", row.id, row.secret), row.public, row.made_at, row.ends_at)
        for row in unit.connection.execute(mine.order_by(WebhookSecret.id.desc()))
    ]
