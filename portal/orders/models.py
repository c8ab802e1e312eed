"""Tables of orders. Names and categories of lines are sealed; numbers, dates, states and amounts are clear."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Id, Sealed, UtcDateTime


class Order(Base):
    """An order as its seller last told it. ``version`` counts the seller's changes alone, never the customer's."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("vendor_id", "number"),
        Index("ix_orders_customer_placed", "customer_id", "placed_at", "id"),
        # Which are late is asked every hour, of all orders of the house.
        Index("ix_orders_promised_at", "promised_at"),
        Index("ix_orders_vendor_placed", "vendor_id", "placed_at", "id"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    link_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"), index=True)
    number: Mapped[str] = mapped_column(String(64))
    # The seller's own number for the customer, as it was given with this order: links may be renumbered and folded.
    customer_number: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(24))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    promised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    currency: Mapped[str | None] = mapped_column(String(3))
    total: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    # The version with which what others may see of the order itself was last told anew.
    shown_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withheld_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OrderLine(Base):
    """A line of an order. Every order has one at least: an order told without lines has one without a name."""

    __tablename__ = "order_lines"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
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
