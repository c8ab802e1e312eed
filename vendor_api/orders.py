"""``GET /api/v1/orders``: a company reads its orders back, and what customers share of all of theirs."""

from typing import Annotated, Literal

from pydantic import Field

from portal.audit.doors import Answer, Condition, disclose
from portal.grants.lease import ORDERS
from portal.grants.leases import OWN_PURPOSE, open_lease
from portal.grants.reads.basis import claims_of
from portal.grants.reads.budgets import READS, quota_of
from portal.kernel.errors import BadRequest, NotFound
from portal.kernel.quotas import Quota
from portal.kernel.turns import LONG, SHORT
from portal.kernel.unit import Unit
from portal.oauth.scopes import ORDERS_READ
from portal.oauth.tokens import TokenView
from portal.orders.fields import Moment, Number, Status
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
from vendor_api.incoming import Shape, read_query
from vendor_api.operations import EITHER, OWN, operation
from vendor_api.order_shapes import Order, OrderPage
from vendor_api.outgoing import answer_with, conditions_of
from vendor_api.shapes import Cursor, Purpose


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
