"""Tables of orders. Names of lines and steps, and categories, are sealed; numbers, dates, states and amounts are clear."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Id, Json, Sealed, UtcDateTime
from portal.orders.demands.models import Demand, DemandLine, DemandStep

__all__ = [
    "Demand",
    "DemandLine",
    "DemandStep",
    "Order",
    "OrderLine",
    "OrderPromise",
    "OrderStep",
    "OrderStepPromise",
    "Shipment",
    "ShipmentEvent",
]


class Order(Base):
    """An order as its seller last told it. ``version`` counts the seller's changes alone, never the customer's."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("vendor_id", "number"),
        # A customer's list, newest first: whatever it is narrowed by and summed over is in the index itself.
        Index(
            "ix_orders_customer_placed",
            *("customer_id", "placed_at", "id", "vendor_id", "status", "currency", "total"),
        ),
        # Which are late is asked every hour, of all orders of the house.
        Index("ix_orders_promised_at", "promised_at"),
        Index("ix_orders_vendor_placed", "vendor_id", "placed_at", "id"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    # Asked by its customer, never alone: an index of its own would cost each order told a page.
    link_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"))
    number: Mapped[str] = mapped_column(String(64))
    # The seller's own number for the customer, as it was given with this order: links may be renumbered and folded.
    customer_number: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(24))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    promised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whose sale it is, where the company sells for others, and by which way the order came to it.
    seller_of_record: Mapped[str | None] = mapped_column(String(200))
    channel: Mapped[str | None] = mapped_column(String(12))
    # What its company calls it, where it is no order of a shop: a claim, an application, a repair.
    process: Mapped[bytes | None] = mapped_column(Sealed)
    # When the first of its shipments was with a carrier, and the last had come: by their events alone.
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    came_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    return_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    guarantee_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    currency: Mapped[str | None] = mapped_column(String(3))
    total: Mapped[int | None] = mapped_column(BigInteger)
    # The tokens of its lines' words, eight bytes each (:meth:`Box.tokens`), behind the id of the key they were made by:
    # whoever looks for a word looks for its token.
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer)
    # The version with which what others may see of the order itself was last told anew.
    shown_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withheld_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when its customer says that it is not theirs: until that is settled no other company is shown it.
    disputed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrderLine(Base):
    """A line of an order. Every order has one at least: an order told without lines has one without a name."""

    __tablename__ = "order_lines"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    # Whose lines these are is asked by their orders: an index of its own would cost each line told a page.
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    number: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[bytes | None] = mapped_column(Sealed)
    category: Mapped[bytes | None] = mapped_column(Sealed)
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(24))
    # The order's version with which the line was last told anew.
    told_version: Mapped[int] = mapped_column(Integer)
    gift_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withheld_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrderPromise(Base):
    """The ledger: for when an order was promised, each time its seller said another day. Nothing in it is ever changed.

    The first ``turn`` is what was promised first, and what counts.
    """

    __tablename__ = "order_promises"
    __table_args__ = (Index(None, "customer_id"), BY_KEY)

    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    promised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OrderStep(Base):
    """A step that an order goes through, as its seller last told it: until when it is promised now, and when it was done."""

    __tablename__ = "order_steps"
    __table_args__ = (UniqueConstraint("order_id", "number"), Index(None, "promised_at"))

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"), index=True)
    number: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[bytes] = mapped_column(Sealed)
    promised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrderStepPromise(Base):
    """The ledger of steps: until when each was promised, each time its seller said another day. Nothing in it is ever
    changed; the first ``turn`` is what counts, as with :class:`OrderPromise`."""

    __tablename__ = "order_step_promises"
    __table_args__ = (Index(None, "order_id"), Index(None, "customer_id"), BY_KEY)

    step_id: Mapped[bytes] = mapped_column(Id, ForeignKey("order_steps.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    promised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Shipment(Base):
    """A parcel, or whatever comes at one time. Its number at the carrier says where somebody lives, and is sealed."""

    __tablename__ = "order_shipments"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    number: Mapped[str] = mapped_column(String(64))
    carrier: Mapped[str | None] = mapped_column(String(120))
    tracking: Mapped[bytes | None] = mapped_column(Sealed)
    tracking_url: Mapped[bytes | None] = mapped_column(Sealed)
    # What is in it, by the lines' own numbers: [{"line": "1", "quantity": 2}]; None where that was not said.
    parts: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ShipmentEvent(Base):
    """What happened to a shipment. Events are added and never changed."""

    __tablename__ = "order_shipment_events"
    __table_args__ = (UniqueConstraint("shipment_id", "at", "kind"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    shipment_id: Mapped[bytes] = mapped_column(Id, ForeignKey("order_shipments.id"))
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"), index=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    place: Mapped[bytes | None] = mapped_column(Sealed)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
