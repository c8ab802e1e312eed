"""Tables of the room: where companies want to be told, how far each place was told, and what became of each telling."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    column,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Id, Json, Sealed, UtcDateTime

_WAITING = column("state") == literal_column("'waiting'")
_ASKED = column("asked_at").is_not(None)


class WebhookEndpoint(Base):
    """An address of a company that is told what happens. What is sealed here is sealed for the endpoint's own holder."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("algorithm IN ('v1', 'v1a')", name="algorithm"),
        CheckConstraint("state IN ('active', 'disabled')", name="state"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(ForeignKey("vendors.id"), index=True)
    holder_id: Mapped[bytes] = mapped_column(ForeignKey("holders.id"))
    # A path or a query may hold a secret of the company's; the host does not.
    url: Mapped[bytes] = mapped_column(Sealed)
    host: Mapped[str] = mapped_column(String(253))
    # None of them is all of them, those of later releases too.
    kinds: Mapped[list[str]] = mapped_column(Json)
    algorithm: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(8))
    disabled_because: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookSecret(Base):
    """What an endpoint's messages are signed with. Several are good at once during a rotation."""

    __tablename__ = "webhook_secrets"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    endpoint_id: Mapped[bytes] = mapped_column(ForeignKey("webhook_endpoints.id"), index=True)
    secret: Mapped[bytes] = mapped_column(Sealed)
    # The public half, as ``whpk_…``, where there is one.
    public: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookPlace(Base):
    """How far in the log an endpoint has its events, which worker is at it, and how it fares."""

    __tablename__ = "webhook_places"
    __table_args__ = (BY_KEY,)

    endpoint_id: Mapped[bytes] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger)
    # A stretch that is to be told again: the next entry of it, and the first that is not.
    again: Mapped[int | None] = mapped_column(BigInteger)
    again_until: Mapped[int | None] = mapped_column(BigInteger)
    # It rises with each claim, so that one that ran out ends nothing.
    claim: Mapped[int]
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Before this moment the receiver wants no call.
    rest_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookDelivery(Base):
    """One event for one endpoint. ``next_at`` is empty for what is not tried by itself, as a test."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'given-up', 'dropped')", name="state"),
        UniqueConstraint("endpoint_id", "idx"),
        Index("ix_webhook_deliveries_event_id", "endpoint_id", "event_id"),
        Index(
            "ix_webhook_deliveries_in_order", "endpoint_id", "link_id", "idx", sqlite_where=_WAITING, postgresql_where=_WAITING
        ),
        Index("ix_webhook_deliveries_next", "endpoint_id", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_webhook_deliveries_asked", "endpoint_id", "asked_at", sqlite_where=_ASKED, postgresql_where=_ASKED),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    endpoint_id: Mapped[bytes] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    # Where in the log the event is made from, and whose it is; neither of a test.
    idx: Mapped[int | None] = mapped_column(BigInteger)
    link_id: Mapped[bytes | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(9))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Somebody wants it sent once more, whatever became of it.
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What was sent last: ids and names, never a value.
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookAttempt(Base):
    """One call, and what came of it: the receiver's status, or a reason of ours (``portal.kernel.outgoing.REASONS``)."""

    __tablename__ = "webhook_attempts"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    delivery_id: Mapped[bytes] = mapped_column(ForeignKey("webhook_deliveries.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(16))
    milliseconds: Mapped[int]
    asked: Mapped[bool]
