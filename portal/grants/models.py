"""Tables of the room: requests, grants with their versioned details, notices and records of choices."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Digest, Id, Json, Sealed, UtcDateTime

WAITING = "waiting"
ANSWERED = "answered"
WITHDRAWN = "withdrawn"


class Request(Base):
    """What a vendor asks. It waits for days, unbound until somebody who is signed in opens it.

    A request whose time is over stays ``waiting`` in its row: its end is decided when it is looked at.
    """

    __tablename__ = "requests"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'answered', 'withdrawn')", name="state"),
        CheckConstraint("source IN ('authorize', 'vendor', 'again')", name="source"),
        CheckConstraint("answer IN ('given', 'refused')", name="answer"),
        CheckConstraint("action IN ('merge', 'replace')", name="action"),
        Index(None, "customer_id", "state"),
        Index(None, "vendor_id", "created_at"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(ForeignKey("vendors.id"))
    client_id: Mapped[bytes | None] = mapped_column(ForeignKey("clients.id"))
    customer_id: Mapped[bytes | None] = mapped_column(ForeignKey("customers.id"))
    source: Mapped[str] = mapped_column(String(10))
    again_of: Mapped[bytes | None] = mapped_column(Id)
    # The permission that it would change, and how: by the names of Grant Management for OAuth 2.0.
    amends_id: Mapped[bytes | None] = mapped_column(Id)
    action: Mapped[str | None] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str | None] = mapped_column(String(10))
    # The details in their normal form (portal.grants.details).
    details: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    ui_locale: Mapped[str | None] = mapped_column(String(8))
    # The vendor's own number for this customer, where the vendor itself said it over its own connection.
    customer_number: Mapped[str | None] = mapped_column(String(64))
    # What the customer would have shared, had the vendor not required more: for the customer alone, unless they have it
    # told; then the vendor may take it up until ``offer_until``.
    counter_offer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    offer_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The request to which the customer answered with the offer that this one takes up.
    offered_in: Mapped[bytes | None] = mapped_column(Id)
    # Who took it back, where it was not another request that took its place.
    withdrawn_by: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Grant(Base):
    """A permission. Its details are rows of (grant, version), added and never edited."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("state IN ('live', 'ended')", name="state"),
        CheckConstraint("ended_by IN ('customer', 'replaced', 'vendor', 'link')", name="ended_by"),
        Index(None, "customer_id", "created_at"),
        Index(None, "vendor_id", "state", "link_id"),
        Index(None, "link_id", "state"),
        BY_KEY,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(ForeignKey("vendors.id"))
    link_id: Mapped[bytes] = mapped_column(ForeignKey("links.id"))
    client_id: Mapped[bytes | None] = mapped_column(ForeignKey("clients.id"))
    request_id: Mapped[bytes] = mapped_column(ForeignKey("requests.id"), unique=True)
    state: Mapped[str] = mapped_column(String(5))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The latest end of the present version's details.
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(10))

    def stood_at(self, at: datetime) -> bool:
        """Whether there was such a permission at a moment, and it was neither ended nor over."""
        return self.created_at <= at < (self.ended_at or self.ends_at)


class GrantVersion(Base):
    """That a permission came to a version, how and by whom. What it allows in it are the rows of its details."""

    __tablename__ = "grant_versions"
    __table_args__ = (
        CheckConstraint("change IN ('created', 'merged', 'replaced', 'narrowed')", name="change"),
        CheckConstraint("made_by IN ('client', 'resource_owner')", name="made_by"),
        BY_KEY,
    )

    grant_id: Mapped[bytes] = mapped_column(ForeignKey("grants.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(ForeignKey("customers.id"), index=True)
    change: Mapped[str] = mapped_column(String(8))
    # Who began it: a program that asked, or the customer. By the names of Grant Management, ours among them.
    made_by: Mapped[str] = mapped_column(String(14))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GrantDetail(Base):
    """What one version of a grant allows for one purpose."""

    __tablename__ = "grant_details"

    grant_id: Mapped[bytes] = mapped_column(ForeignKey("grants.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(120), primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(ForeignKey("customers.id"), index=True)
    datatypes: Mapped[list[str]] = mapped_column(Json)
    required: Mapped[list[str]] = mapped_column(Json)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    lookback: Mapped[str | None] = mapped_column(String(24))
    retention: Mapped[str | None] = mapped_column(String(24))
    # At most so many reads in any such span; neither where it was left open.
    most_reads: Mapped[int | None]
    read_span: Mapped[str | None] = mapped_column(String(24))
    # What is only handed back: onward_sharing, terms, purpose_text.
    more: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReadClaim(Base):
    """One read under a permission that allows only so many: it counts until ``until``, then its row is taken out.

    Written by the log's sequencer, in the transaction that appends the read; a sandbox's test clock makes them older. No
    foreign keys: whoever appends waits for nobody's lock on a permission.
    """

    __tablename__ = "read_claims"

    grant_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(120), primary_key=True)
    # What was read: a look at the profile takes none from the orders.
    resource: Mapped[str] = mapped_column(String(8), primary_key=True)
    # Counted without gaps: the read that must be over before the next one is the one so many places back.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_id: Mapped[bytes] = mapped_column(Id, index=True)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # The cursor with which the same walk goes on, as its SHA-256; spent by the page it leads to.
    goes_on: Mapped[bytes | None] = mapped_column(Digest)


class EndsTold(Base):
    """One row: until when the ends of permissions are on record."""

    __tablename__ = "ends_told"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Notice(Base):
    """A text that customers were shown before they chose, by the SHA-256 of its canonical form. No values in it."""

    __tablename__ = "notices"

    version: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Record(Base):
    """The signed record of one choice: given, refused, narrowed or withdrawn."""

    __tablename__ = "records"
    __table_args__ = (
        CheckConstraint("kind IN ('given', 'refused', 'narrowed', 'withdrawn', 'replaced')", name="kind"),
        Index(None, "grant_id", "made_at"),
        Index(None, "customer_id", "made_at"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(ForeignKey("vendors.id"))
    request_id: Mapped[bytes] = mapped_column(ForeignKey("requests.id"), index=True)
    grant_id: Mapped[bytes | None] = mapped_column(ForeignKey("grants.id"))
    kind: Mapped[str] = mapped_column(String(10))
    version: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(8))
    notice: Mapped[bytes | None] = mapped_column(ForeignKey("notices.version"))
    jws: Mapped[bytes] = mapped_column(Sealed)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
