"""Tables of the room: organisations, what each may ask for or would like to, and whom its owners asked to act for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Digest, Id, Json, Sealed, UtcDateTime


class Vendor(Base):
    """An organisation that an operator admitted. Its card is what customers see of it."""

    __tablename__ = "vendors"
    __table_args__ = (CheckConstraint("mode IN ('live', 'test')", name="mode"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    card: Mapped[dict[str, Any]] = mapped_column(Json)
    mode: Mapped[str] = mapped_column(String(4))
    admitted_by: Mapped[str] = mapped_column(String(120))
    admitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VendorPurpose(Base):
    """What a vendor may ask for, for one purpose; and of that, what it may call required."""

    __tablename__ = "vendor_purposes"

    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(120), primary_key=True)
    datatypes: Mapped[list[str]] = mapped_column(Json)
    may_require: Mapped[list[str]] = mapped_column(Json)
    # The vendor's own sentence, by language; shown below ours.
    text: Mapped[dict[str, str]] = mapped_column(Json)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PurposeProposal(Base):
    """What an organisation would like to ask for, for one purpose; gone once the operator has answered."""

    __tablename__ = "purpose_proposals"

    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(120), primary_key=True)
    datatypes: Mapped[list[str]] = mapped_column(Json)
    may_require: Mapped[list[str]] = mapped_column(Json)
    text: Mapped[dict[str, str]] = mapped_column(Json)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffInvitation(Base):
    """Somebody who was asked to act for an organisation. Only the SHA-256 of the link's secret is kept."""

    __tablename__ = "staff_invitations"
    __table_args__ = (Index(None, "vendor_id", "state"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    rank: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))  # invited | accepted | declined | ended
    # None once it is of no use.
    secret_hash: Mapped[bytes | None] = mapped_column(Digest, unique=True)
    # The owner who asked, under whose keys the address lies to which it went.
    invited_by: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"))
    email: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    invited_until: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Sandbox(Base):
    """Where a company tries things out: a company of the mode ``test`` that is its own, with people who are made up.

    ``passed`` is by how many seconds what was given there has been made older since it was begun (its test clock).
    """

    __tablename__ = "sandboxes"

    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"), primary_key=True)
    of: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"), unique=True)
    passed: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SandboxCustomer(Base):
    """A made-up customer of a sandbox: they meet nobody but this company, and it meets nobody but them."""

    __tablename__ = "sandbox_customers"

    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("sandboxes.vendor_id"), index=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"))
    # Which of the made-up people: its place among them.
    place: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
