"""``GET /api/v1/webhooks``: where a company is told what happens, and the public keys by which it knows that it was us."""

from typing import Literal

from flask import json
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from portal.audit.doors import see
from portal.events.reads import EndpointView, endpoints_of, secrets_of
from portal.kernel.unit import Unit
from portal.oauth.scopes import GRANTS_READ
from vendor_api.auth import own_token
from vendor_api.operations import OWN, operation


class Webhook(BaseModel):
    """A place at which you are told. ``keys`` are good now, the newest first (``whpk_…``); none where a secret is shared."""

    host: str
    kinds: list[str]
    state: Literal["active", "disabled"]
    reason: str | None = None
    signature: Literal["v1", "v1a"]
    keys: list[str]


class Webhooks(BaseModel):
    """All of them, the oldest first. No kinds are all kinds."""

    webhooks: list[Webhook]


@operation(
    name="webhooks",
    method="GET",
    path="/api/v1/webhooks",
    summary="Where you are told what happens, and the public keys that sign it.",
    token=OWN,
    scope=GRANTS_READ,
    answers={200: Webhooks},
    problems=(401, 403),
)
@see("webhooks:read")
def webhooks(unit: Unit) -> ResponseReturnValue:
    """The company's own setting, and nobody's data."""
    found = Webhooks(webhooks=[_told(unit, one) for one in endpoints_of(unit, own_token().vendor_id)])
    return json.dumps(found.model_dump(mode="json")), {"Content-Type": "application/json"}


def _told(unit: Unit, endpoint: EndpointView) -> Webhook:
    return Webhook(
        host=endpoint.host,
        kinds=endpoint.kinds,
        state="active" if endpoint.state == "active" else "disabled",
        reason=endpoint.disabled_because,
        signature="v1" if endpoint.algorithm == "v1" else "v1a",
        keys=[one.public for one in secrets_of(unit, endpoint) if one.public is not None],
    )
