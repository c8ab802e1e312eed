"""``POST /api/v1/orders/{number}/shipments``: a company tells with whom an order is on its way, and what happens to it."""

from typing import Literal

from flask import Response
from pydantic import BaseModel

from portal.audit.doors import do, writing
from portal.kernel.errors import NotFound
from portal.oauth.scopes import ORDERS_WRITE
from portal.orders.service import ship
from portal.orders.shipment_shapes import ShipmentIn
from vendor_api.auth import own_token
from vendor_api.idempotency import begin
from vendor_api.incoming import read_body
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import encoded

MOST_BYTES = 256 * 1024


class ShipmentResult(BaseModel):
    """What became of it."""

    number: str
    outcome: Literal["created", "updated", "unchanged"]


@operation(
    name="put_shipment",
    method="POST",
    path="/api/v1/orders/<path:number>/shipments",
    summary="Tell a shipment of an order of yours, new or known, and what happened to it.",
    token=OWN,
    scope=ORDERS_WRITE,
    body=ShipmentIn,
    answers={200: ShipmentResult},
    headers={"Idempotency-Key": "1 to 255 printable characters; the same request sent again is answered alike"},
    problems=(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
@do("orders:write")
def put_shipment(number: str) -> Response:
    """Takes in one shipment; its events are added to those that are known."""
    token, sent = own_token(), read_body(ShipmentIn, most_bytes=MOST_BYTES)
    if len(number) > 64:
        raise NotFound
    run = begin("shipments", of=number)
    if run.finished:
        return run.response()
    with run:
        if not run.done:
            with writing() as unit:
                outcome = ship(unit, vendor_id=token.vendor_id, number=number, shipment=sent, test=token.test)
                run.advance(unit, [{"number": sent.number, "outcome": outcome}])
        return run.finish(200, encoded(run.results[0]))
