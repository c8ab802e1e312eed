"""``/api/v1/orders``: a company tells its orders, reads them back, and reads what customers share of all of theirs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from portal.audit.doors import Answer, Condition, disclose, do, reading, writing
from portal.grants.lease import ORDERS
from portal.grants.leases import OWN_PURPOSE, open_lease
from portal.grants.reads.basis import claims_of
from portal.grants.reads.budgets import READS, quota_of
from portal.kernel.errors import BadRequest, NotFound
from portal.kernel.house import LONG, SHORT
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit
from portal.oauth.scopes import ORDERS_READ, ORDERS_WRITE
from portal.oauth.tokens import TokenView
from portal.orders.service import REFUSED, put_all
from portal.orders.shapes import AT_ONCE, Moment, Number, OrderIn, Status
from portal.orders.shared import (
    DATATYPES,
    Filters,
    orders_disclosed,
    orders_of_all,
    orders_of_one,
    own_order,
    own_orders,
)
from portal.orders.shared import MOST as PAGE
from portal.orders.shared import Answer as Orders
from vendor_api.auth import current_token, own_token
from vendor_api.idempotency import begin
from vendor_api.incoming import Shape, read_body, read_query
from vendor_api.operations import EITHER, OWN, operation
from vendor_api.outgoing import answer_with, conditions_of, encoded
from vendor_api.shapes import Cursor, Purpose

MOST_BYTES = 4 * 1024 * 1024


class OrdersIn(Shape):
    """One order, or up to 500; each is taken or refused by itself."""

    orders: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=AT_ONCE,
        json_schema_extra={"items": {"$ref": "#/components/schemas/OrderIn"}},
    )


class OrderResult(BaseModel):
    """What became of one order: ``refused`` says the reason and the field."""

    number: str | None
    outcome: Literal["created", "updated", "unchanged", "refused"]
    reason: str | None = None
    field: str | None = None
    detail: str | None = None


class OrderResults(BaseModel):
    """The results, in the order in which the orders were sent."""

    results: list[OrderResult]


class Money(BaseModel):
    """An amount in minor units of its currency: 1250 and EUR are 12.50 euros."""

    amount: int
    currency: str


class OrderLine(BaseModel):
    """A line. Your own have your number; those of others an id that is yours alone, and what the permission shows."""

    number: str | None = None
    id: str | None = None
    name: str | None = None
    quantity: int | None = None
    unit_price: Money | None = None
    amount: Money | None = None
    status: Status | None = None
    category: str | None = None


class Promise(BaseModel):
    """For when the order was promised, and when you said so. The first is the one that counts."""

    promised_at: datetime
    told_at: datetime


class ShipmentPart(BaseModel):
    """How many of a line."""

    line: str
    quantity: int


class ShipmentEvent(BaseModel):
    """What happened to a shipment."""

    kind: str
    at: datetime
    place: str | None


class Shipment(BaseModel):
    """A shipment as you told it."""

    number: str
    carrier: str | None
    tracking: str | None
    tracking_url: str | None
    lines: list[ShipmentPart]
    events: list[ShipmentEvent]


class Order(BaseModel):
    """An order. With basis ``own`` all that you wrote; with basis ``grant`` what the permission shows."""

    sub: str
    number: str | None = None
    customer: str | None = None
    id: str | None = None
    seller: str | None = None
    status: Status | None = None
    placed_at: datetime | None = None
    approved_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    promised_at: datetime | None = None
    return_until: datetime | None = None
    guarantee_until: datetime | None = None
    seller_of_record: str | None = None
    channel: str | None = None
    total: Money | None = None
    lines: list[OrderLine] | None = None
    promises: list[Promise] | None = None
    shipments: list[Shipment] | None = None
    version: int | None = None
    updated_at: datetime | None = None


class OrderPage(BaseModel):
    """A page of orders; ``next`` is the cursor of the following one, null on the last."""

    orders: list[Order]
    next: str | None


class OrdersQuery(Shape):
    """Which orders. A cursor goes on with the very list it was made for."""

    basis: Literal["own", "grant"] | None = Field(None, description="`own`: those you wrote. `grant`: those shared.")
    purpose: Purpose | None = None
    customer: Number | None = Field(None, description="With basis `own`: your own customer number.")
    sub: Annotated[str, Field(max_length=36)] | None = Field(None, description="With basis `grant`: one customer.")
    status: Status | None = None
    placed_from: Moment | None = None
    placed_before: Moment | None = None
    cursor: Cursor | None = None
    limit: int = Field(PAGE, ge=1, le=PAGE)

    @property
    def filters(self) -> Filters:
        """What narrows the list."""
        return Filters(self.placed_from, self.placed_before, self.status)


@operation(
    name="put_orders",
    method="POST",
    path="/api/v1/orders",
    summary="Tell orders, new or changed, by your own order and customer numbers.",
    token=OWN,
    scope=ORDERS_WRITE,
    body=OrdersIn,
    answers={200: OrderResults},
    headers={"Idempotency-Key": "1 to 255 printable characters; the same request sent again goes on where it stopped"},
    problems=(400, 401, 403, 409, 413, 415, 422, 503),
)
@do("orders:write")
def put() -> Response:
    """Takes orders in, fifty to a commit; the key keeps the results of each fifty with it."""
    token = own_token()
    sent = read_body(OrdersIn, most_bytes=MOST_BYTES).orders
    run = begin("orders")
    if run.finished:
        return run.response()
    with run:
        batches = put_all(
            reading,
            writing,
            vendor_id=token.vendor_id,
            orders=sent[run.done :],
            before=[result["number"] for result in run.results if result["outcome"] != REFUSED],
            test=token.test,
            note=lambda unit, results: run.advance(unit, [result.as_json() for result in results]),
        )
        for _ in batches:
            pass
        return run.finish(200, encoded({"results": run.results}))


@operation(
    name="orders",
    method="GET",
    path="/api/v1/orders",
    summary="List orders: those you wrote, or those that customers share with you.",
    token=EITHER,
    scope=ORDERS_READ,
    query=OrdersQuery,
    answers={200: OrderPage, 304: None},
    problems=(400, 401, 403, 404, 503),
    quotas=(READS,),
)
@disclose("orders:read", turn=LONG)
def orders(unit: Unit) -> Answer:
    """A page of orders under `own`, or under permissions."""
    token, query = current_token(), read_query(OrdersQuery)
    if token.grant_id is None and query.basis != "grant":
        return _answer(unit, token, _own(unit, token, query))
    if query.basis == "own":
        raise BadRequest("own-token-needed", "Read your own orders with a token of your own.")
    if query.customer is not None:
        raise BadRequest("bad-parameter", "Use sub under a permission.", fields={"customer": "goes with basis=own"})
    if token.grant_id is not None or query.sub is not None:
        found = _of_one(unit, token, query)
        return _answer(unit, token, found, query.cursor, quota_of(unit, found.parts[0].lease, query.cursor))
    return _answer(unit, token, _of_many(unit, token, query), query.cursor)


@operation(
    name="order",
    method="GET",
    path="/api/v1/orders/<path:number>",
    summary="Read one order that you wrote, by your own number.",
    token=OWN,
    scope=ORDERS_READ,
    answers={200: Order, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("orders:read", turn=SHORT)
def order(unit: Unit, number: str) -> Answer:
    """One order under `own`."""
    token = own_token()
    found = own_order(unit, token.vendor_id, number) if len(number) <= 64 else None
    if found is None:
        raise NotFound
    return _answer(unit, token, found)


def _own(unit: Unit, token: TokenView, query: OrdersQuery) -> Orders:
    if query.purpose not in (None, OWN_PURPOSE):
        raise BadRequest("purpose-needed", f"Your own orders are read for {OWN_PURPOSE}.")
    if query.sub is not None:
        raise BadRequest("bad-parameter", "Use customer for your own orders.", fields={"sub": "goes with basis=grant"})
    return own_orders(
        unit, token.vendor_id, cursor=query.cursor, limit=query.limit, filters=query.filters, customer=query.customer
    )


def _of_one(unit: Unit, token: TokenView, query: OrdersQuery) -> Orders:
    lease = open_lease(
        unit, token=token, purpose=query.purpose, sub=query.sub, cursor=query.cursor, resource=ORDERS
    )
    if not lease.datatypes & set(DATATYPES):
        raise BadRequest("purpose-needed", "This permission shares no orders for that purpose.")
    return orders_of_one(unit, lease, cursor=query.cursor, limit=query.limit, filters=query.filters)


def _of_many(unit: Unit, token: TokenView, query: OrdersQuery) -> Orders:
    if query.purpose is None:
        raise BadRequest("purpose-needed", "Say for which purpose: customers may share for several.")
    return orders_of_all(
        unit, token.vendor_id, query.purpose, cursor=query.cursor, limit=query.limit, filters=query.filters
    )


def _answer(
    unit: Unit, token: TokenView, found: Orders, came: str | None = None, quota: Quota | None = None
) -> Answer:
    leases = [part.lease for part in found.parts if part.needs_link]
    conditions: list[Condition] = conditions_of(token, leases)
    return answer_with(
        unit,
        token,
        found.value,
        lambda personal: [
            orders_disclosed(part, token=token.prefix, test=token.test, personal=personal) for part in found.parts
        ],
        conditions,
        claims_of(leases, came, found.value.get("next")),
        quota,
    )


# Documented beside the resource: the shape of each order in the body.
SCHEMAS = (OrderIn,)
