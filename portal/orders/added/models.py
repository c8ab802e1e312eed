"""Tables of orders that customers added. All words are sealed; days, counts and amounts are clear."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Digest, Id, Sealed, UtcDateTime


class AddedOrder(Base):
    """An order as its customer wrote it down. Its company is a word of theirs, and none of those that we know."""

    __tablename__ = "added_orders"
    __table_args__ = (
        UniqueConstraint("customer_id", "twin"),
        UniqueConstraint("customer_id", "once"),
        Index("ix_added_orders_customer_placed", "customer_id", "placed_at", "id"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    # The same company and number make the same mark, under the customer's own key: nobody adds an order twice.
    twin: Mapped[bytes | None] = mapped_column(Digest)
    # What is pressed twice is done once: a mark of the form, or of what stood in the table, under the customer's own key.
    once: Mapped[bytes | None] = mapped_column(Digest)
    company: Mapped[bytes] = mapped_column(Sealed)
    number: Mapped[bytes | None] = mapped_column(Sealed)
    # Noon of the day, where the house is: a day alone is known.
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int | None] = mapped_column(BigInteger)
    # As orders.words: the key, and the tokens of what stands in company, number and lines.
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AddedLine(Base):
    """A line of such an order."""

    __tablename__ = "added_order_lines"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    order_id: Mapped[bytes] = mapped_column(Id, ForeignKey("added_orders.id"), index=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[bytes] = mapped_column(Sealed)
    quantity: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int | None] = mapped_column(BigInteger)
