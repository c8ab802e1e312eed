"""What is sent and answered about orders, as the description of the API has it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from portal.orders.fields import Status
from portal.orders.shapes import AT_ONCE
from vendor_api.incoming import Shape


class OrdersIn(Shape):
    """One order, or up to 500; each is taken or refused by itself."""

    orders: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=AT_ONCE,
        json_schema_extra={"items": {"$ref": "#/components/schemas/OrderOfMany"}},
    )


class OrderResult(BaseModel):
    """What became of one order: ``refused`` says the reason and the field."""

    number: str | None
    outcome: Literal["created", "updated", "unchanged", "refused"]
    reason: str | None = None
    field: str | None = None
    detail: str | None = None


class OrderResults(BaseModel):
    """The results, in the order in which the orders were sent; ``dry_run`` where nothing of it was done."""

    results: list[OrderResult]
    dry_run: Literal[True] | None = None


class OrderPut(BaseModel):
    """What became of one order, and the ETag that it has now, where you may read it back."""

    number: str
    outcome: Literal["created", "updated", "unchanged"]
    etag: str | None = None


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


class Step(BaseModel):
    """A step as you told it, with all that you promised of it; ``standing`` says of the first promise whether it is kept,
    broken, open while its day is not over, or void in an order that was cancelled or came back. Its customer reads the same."""

    number: str
    name: str
    promised_at: datetime | None
    done_at: datetime | None
    promises: list[Promise]
    standing: Literal["kept", "broken", "open", "void"] | None


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
    process: str | None = None
    steps: list[Step] | None = None
    total: Money | None = None
    lines: list[OrderLine] | None = None
    promises: list[Promise] | None = None
    shipments: list[Shipment] | None = None
    version: int | None = None
    updated_at: datetime | None = None
    # In a list, that which the order has by itself: what `if_match` and `If-Match` take.
    etag: str | None = None


class OrderPage(BaseModel):
    """A page of orders; ``next`` is the cursor of the following one, null on the last."""

    orders: list[Order]
    next: str | None
