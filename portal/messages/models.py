"""Tables of the room: notices, what a person chose to get by mail, and how far the room has read the log."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, or_
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Id, UtcDateTime


class InboxNotice(Base):
    """One thing a person is told, in codes and ids: its sentence is made when it is read, in its reader's language."""

    __tablename__ = "inbox_notices"
    # The mark says what it tells of: nothing is told twice.
    __table_args__ = (UniqueConstraint("customer_id", "mark"), Index(None, "customer_id", "seen_at"))

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    kind: Mapped[str] = mapped_column(String(16))
    mark: Mapped[str] = mapped_column(String(64))
    vendor_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("vendors.id"))
    # The request, permission or session it is about.
    subject: Mapped[bytes | None] = mapped_column(Id, index=True)
    # The line of the record, where it is about one.
    entry: Mapped[int | None] = mapped_column(BigInteger)
    count: Mapped[int]
    # How many of these were blocked, where it tells of a week; None of one that was told before they were counted apart.
    blocked: Mapped[int | None]
    # When it happened.
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # From when on there is nothing to do any more.
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_id: Mapped[bytes | None] = mapped_column(Id)


IS_NEW = or_(InboxNotice.seen_at.is_(None), InboxNotice.seen_at < InboxNotice.at)
"""Nobody has read it since the last of what it tells of happened."""


class MailChoice(Base):
    """How one person wants one kind of notice told; without a row as the kind itself says."""

    __tablename__ = "mail_choices"
    __table_args__ = BY_KEY

    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    how: Mapped[str] = mapped_column(String(8))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Walk(Base):
    """How far something is read through: entries of the log, or the customers of a week."""

    __tablename__ = "message_walks"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    after: Mapped[bytes | None] = mapped_column(Id)
