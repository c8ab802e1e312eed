"""Tables of the room: customers and the attributes of their profiles."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Id, Sealed, UtcDateTime


class Customer(Base):
    """A person with an account, or a prospect: somebody whom one vendor knows and who has not come yet.

    A prospect that joined a person stays as a row, so that what names it can be explained; its keys and
    identifiers have moved to the person's holder.
    """

    __tablename__ = "customers"
    __table_args__ = (CheckConstraint("kind IN ('person', 'prospect')", name="kind"), BY_KEY)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    holder_id: Mapped[bytes] = mapped_column(Id, ForeignKey("holders.id"), unique=True)
    account_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    sharing_version: Mapped[int] = mapped_column(default=0)
    joined_into: Mapped[bytes | None] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Erasure(Base):
    """A customer who asked to be erased, until it is done or taken back."""

    __tablename__ = "erasures"

    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attribute(Base):
    """One field of a profile; its value is sealed under the customer's own key."""

    __tablename__ = "attributes"
    __table_args__ = (
        CheckConstraint("source IN ('self', 'import', 'vendor', 'account')", name="source"),
        # A profile is read as a whole: its rows stand together.
        BY_KEY,
    )

    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(80), primary_key=True)
    # What the value is sealed for; it stays when the row is handed to somebody else.
    id: Mapped[bytes] = mapped_column(Id)
    value: Mapped[bytes] = mapped_column(Sealed)
    source: Mapped[str] = mapped_column(String(8))
    source_vendor_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("vendors.id"))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
