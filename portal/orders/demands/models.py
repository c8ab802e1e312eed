"""Tables of what customers ask for about their orders. What they wrote, and what companies answer, is sealed."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Id, Sealed, UtcDateTime


class Demand(Base):
    """Something that a customer asks for. The order's ``turn`` keeps two from being the same one."""

    __tablename__ = "order_demands"
    __table_args__ = (
        UniqueConstraint("order_id", "turn"),
        Index("ix_order_demands_customer_asked", "customer_id", "asked_at"),
        Index("ix_order_demands_vendor_state", "vendor_id", "state", "asked_at"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    turn: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(24))
    # Of a claim refund or replace, of a change what is to be changed.
    type: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(24))
    words: Mapped[bytes | None] = mapped_column(Sealed)
    answer: Mapped[bytes | None] = mapped_column(Sealed)
    # The signed receipt of a withdrawal, which is the customer's to keep.
    receipt: Mapped[bytes | None] = mapped_column(Sealed)
    # What the pieces cost, and what the company says that it pays back.
    preview: Mapped[int | None] = mapped_column(BigInteger)
    refund: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # By when the company is to answer, and whether it promised that itself.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_promised: Mapped[bool] = mapped_column(Boolean)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DemandLine(Base):
    """How many of a line it is about, and how many of them the company has back."""

    __tablename__ = "order_demand_lines"
    __table_args__ = (Index(None, "order_id"), Index(None, "customer_id"), BY_KEY)

    demand_id: Mapped[bytes] = mapped_column(Id, ForeignKey("order_demands.id"), primary_key=True)
    line_id: Mapped[bytes] = mapped_column(Id, ForeignKey("order_lines.id"), primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    received: Mapped[int] = mapped_column(Integer)


class DemandStep(Base):
    """What was done about it, one step after the other; nothing in it is ever changed."""

    __tablename__ = "order_demand_steps"
    __table_args__ = (Index(None, "order_id"), Index(None, "customer_id"), BY_KEY)

    demand_id: Mapped[bytes] = mapped_column(Id, ForeignKey("order_demands.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("orders.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    action: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(24))
    who: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
