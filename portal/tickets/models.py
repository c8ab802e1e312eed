"""Tables of conversations. What anybody wrote is sealed for the customer; states, times, kinds and numbers are clear."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Digest, Id, Json, Sealed, UtcDateTime


class TicketPromise(Base):
    """What a company promises of its conversations, from then on. Never changed: each conversation keeps the one it began
    under."""

    __tablename__ = "ticket_promises"
    __table_args__ = (Index("ix_ticket_promises_newest", "vendor_id", "id"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    zone: Mapped[str] = mapped_column(String(60))
    # Spans of minutes for each day of the week, Monday first; None where every hour counts.
    week: Mapped[list[Any] | None] = mapped_column(Json)
    closed: Mapped[list[str]] = mapped_column(Json)
    # Minutes by the name of the clock; a clock that is not there is not promised.
    targets: Mapped[dict[str, int]] = mapped_column(Json)
    pause_on: Mapped[list[str]] = mapped_column(Json)


class Ticket(Base):
    """One conversation of one customer with one company. ``version`` counts what both see of it."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("vendor_id", "vendor_number"),
        UniqueConstraint("customer_id", "once"),
        Index("ix_tickets_customer_changed", "customer_id", "changed_at", "id"),
        Index("ix_tickets_vendor_opened", "vendor_id", "opened_at", "id"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    link_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"), index=True)
    number: Mapped[str] = mapped_column(String(12))
    # What the company calls it itself.
    vendor_number: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    impact: Mapped[int] = mapped_column(SmallInteger)
    urgency: Mapped[int] = mapped_column(SmallInteger)
    priority: Mapped[int] = mapped_column(SmallInteger)
    about: Mapped[str | None] = mapped_column(String(8))
    # Of an order or a permission; no foreign key, since an order may go while what was said about it stays.
    about_id: Mapped[bytes | None] = mapped_column(Id, index=True)
    about_entry: Mapped[int | None] = mapped_column(BigInteger)
    follows_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("tickets.id"), index=True)
    promise_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("ticket_promises.id"))
    assignee_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"))
    opened_by: Mapped[str] = mapped_column(String(8))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Its turn in the company's queue: when the next promise falls due. None while it does not wait for the company.
    queue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of that promise: from when on to warn, and which clock it is; nothing where it takes its turn without one.
    warn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_clock: Mapped[str | None] = mapped_column(String(16))
    call_wanted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Of a complaint: the last day by law where there is one; which law and which authority are sealed, for they tell where
    # somebody lives.
    legal_day: Mapped[date | None] = mapped_column(Date)
    legal: Mapped[bytes | None] = mapped_column(Sealed)
    once: Mapped[bytes | None] = mapped_column(Digest)


# The queue is one range of this: what waits for one company, by when it falls due.
QUEUE = Index(
    "ix_tickets_queue",
    Ticket.vendor_id,
    Ticket.queue_at,
    Ticket.id,
    sqlite_where=Ticket.queue_at.is_not(None),
    postgresql_where=Ticket.queue_at.is_not(None),
)


class TicketEvent(Base):
    """Something that happened and that both see. Of two that would stand in one place, one is written."""

    __tablename__ = "ticket_events"
    __table_args__ = (UniqueConstraint("ticket_id", "position"), UniqueConstraint("ticket_id", "once"))

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[bytes] = mapped_column(Id, ForeignKey("tickets.id"))
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    position: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(12))
    # customer or vendor; and whose account it was, where a company's person wrote.
    by: Mapped[str] = mapped_column(String(8))
    author_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"))
    state: Mapped[str] = mapped_column(String(16))
    words: Mapped[bytes | None] = mapped_column(Sealed)
    once: Mapped[bytes | None] = mapped_column(Digest)
    # How it came, where that was not a page or a program: mail. And of its files those that were left out, with the reason.
    way: Mapped[str | None] = mapped_column(String(8))
    left_out: Mapped[bytes | None] = mapped_column(Sealed)


class TicketNote(Base):
    """What a company wrote or did among itself. A table of its own: nothing that a customer is shown is read from it."""

    __tablename__ = "ticket_notes"
    __table_args__ = (UniqueConstraint("ticket_id", "once"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    ticket_id: Mapped[bytes] = mapped_column(Id, ForeignKey("tickets.id"), index=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(12))
    author_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"))
    to_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"))
    urgency: Mapped[int | None] = mapped_column(SmallInteger)
    words: Mapped[bytes | None] = mapped_column(Sealed)
    once: Mapped[bytes | None] = mapped_column(Digest)


class TicketRating(Base):
    """How the customer found one ending of a conversation. Opened again and ended anew, it is asked anew."""

    __tablename__ = "ticket_ratings"

    event_id: Mapped[bytes] = mapped_column(Id, ForeignKey("ticket_events.id"), primary_key=True)
    ticket_id: Mapped[bytes] = mapped_column(Id, ForeignKey("tickets.id"), index=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"), index=True)
    score: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SavedReply(Base):
    """Words that a company answers with often. They are the company's own, and about nobody."""

    __tablename__ = "saved_replies"
    __table_args__ = (UniqueConstraint("vendor_id", "title"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    title: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Interaction(Base):
    """A call, a visit or the like that happened elsewhere, as the company told it."""

    __tablename__ = "interactions"
    __table_args__ = (
        UniqueConstraint("vendor_id", "number"),
        Index("ix_interactions_customer_at", "customer_id", "at", "id"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    link_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"), index=True)
    ticket_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("tickets.id"), index=True)
    number: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(8))
    initiated_by: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    words: Mapped[bytes | None] = mapped_column(Sealed)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Guest(Base):
    """Somebody who began a conversation without an account. Of the link that they keep only the hash is here.

    Name and address are sealed under the guest's own key, which becomes the customer's where one says that it is theirs.
    """

    __tablename__ = "ticket_guests"

    ticket_id: Mapped[bytes] = mapped_column(Id, ForeignKey("tickets.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(Digest, unique=True)
    name: Mapped[bytes | None] = mapped_column(Sealed)
    # Address, language and the link's secret, as long as answers go there or are about to.
    mail: Mapped[bytes | None] = mapped_column(Sealed)
    # Of the link that was mailed to confirm the address.
    mail_hash: Mapped[bytes | None] = mapped_column(Digest, unique=True)
    mail_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Since when it is in somebody's account.
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
