"""The table of withdrawals that are declared without an account. All that says who somebody is, and what about, is sealed."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Digest, Id, Sealed, UtcDateTime


class GuestWithdrawal(Base):
    """A link that was mailed, and what was declared by it. Each has a key holder of its own, which goes with it."""

    __tablename__ = "guest_withdrawals"
    __table_args__ = (
        Index("ix_guest_withdrawals_vendor_state", "vendor_id", "state", "declared_at"),
        Index("ix_guest_withdrawals_expires", "state", "expires_at"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    holder_id: Mapped[bytes] = mapped_column(Id, ForeignKey("holders.id"), unique=True)
    # The link's secret, as SHA-256.
    hash: Mapped[bytes] = mapped_column(Digest, unique=True)
    # sent | attached (to an order, where it goes on) | then those of a withdrawal: receipt_sent and what follows it.
    state: Mapped[str] = mapped_column(String(24))
    email: Mapped[bytes | None] = mapped_column(Sealed)
    name: Mapped[bytes | None] = mapped_column(Sealed)
    # The order's number as the person wrote it, and which things of it; None is all of it.
    number: Mapped[bytes | None] = mapped_column(Sealed)
    words: Mapped[bytes | None] = mapped_column(Sealed)
    answer: Mapped[bytes | None] = mapped_column(Sealed)
    receipt: Mapped[bytes | None] = mapped_column(Sealed)
    locale: Mapped[str] = mapped_column(String(8))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_promised: Mapped[bool] = mapped_column(Boolean)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
