"""Tables of the room: links, the ids that lead to them, what was folded into them, and invitations."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Digest, Id, Json, Sealed, UtcDateTime


class Link(Base):
    """One customer with one vendor. A link that was folded into another stays, ended, and leads to it."""

    __tablename__ = "links"
    __table_args__ = (
        CheckConstraint("state IN ('prospect', 'active', 'ended')", name="state"),
        UniqueConstraint("vendor_id", "number"),
        BY_KEY,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    state: Mapped[str] = mapped_column(String(8))
    # The vendor's own customer number.
    number: Mapped[str | None] = mapped_column(String(64))
    folded_into: Mapped[bytes | None] = mapped_column(Id, ForeignKey("links.id"), index=True)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# One link for a customer and a vendor, whatever became of it: it is opened again, never made twice.
ONE_LINK = Index(
    "uq_links_customer_vendor",
    Link.customer_id,
    Link.vendor_id,
    unique=True,
    sqlite_where=Link.folded_into.is_(None),
    postgresql_where=Link.folded_into.is_(None),
)


class PairwiseId(Base):
    """What a vendor calls a customer: random, its own for each vendor; several may lead to one link."""

    __tablename__ = "pairwise_ids"
    sub: Mapped[str] = mapped_column(String(36), primary_key=True)
    link_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"), index=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    # Whether the link's answers carry it; the others stand in their ``same_as``.
    own: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


ONE_OWN = Index(
    "uq_pairwise_ids_own",
    PairwiseId.link_id,
    unique=True,
    sqlite_where=PairwiseId.__table__.c.own,
    postgresql_where=PairwiseId.__table__.c.own,
)


class Fold(Base):
    """What a prospect brought along when it was folded into a person's link, so that the two can be parted again."""

    __tablename__ = "folds"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"), index=True)
    link_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"), index=True)
    # The prospect's own customer row and link, and what the vendor called it: by number, and by its id from us.
    prospect_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    source_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"), index=True)
    number: Mapped[str | None] = mapped_column(String(64))
    sub: Mapped[str] = mapped_column(String(36))
    # Ids of keys and places in the blind index (portal.kernel.parting).
    belongings: Mapped[dict[str, Any]] = mapped_column(Json)
    folded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    parted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invitation(Base):
    """A one-time way for the person behind a prospect to take it over. Only the hash of its secret is kept.

    Several of one prospect may be good at once; the newest is the current one, by which its company is told how it stands.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("deliver IN ('mail', 'link', 'none')", name="deliver"),
        Index("ix_invitations_listed", "vendor_id", "is_current", "link_id"),
    )

    hash: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    link_id: Mapped[bytes] = mapped_column(Id, ForeignKey("links.id"), index=True)
    vendor_id: Mapped[bytes] = mapped_column(Id, ForeignKey("vendors.id"))
    is_current: Mapped[bool]
    # By our mail, as a link in the company's hands, or not at all: then the prospect waits to be found by its address.
    deliver: Mapped[str] = mapped_column(String(4))
    locale: Mapped[str] = mapped_column(String(8))
    # Secret and address, sealed for the prospect, as long as somebody may still be mailed or the link still be told.
    words: Mapped[bytes | None] = mapped_column(Sealed)
    # The key holder to whom the address leads at this company: by it mails to one address are counted, and its no is kept.
    addressee_id: Mapped[bytes | None] = mapped_column(Id, index=True)
    mails: Mapped[int] = mapped_column(default=0)
    # When the next mail is due.
    mail_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


ONE_CURRENT = Index(
    "uq_invitations_current",
    Invitation.link_id,
    unique=True,
    sqlite_where=Invitation.__table__.c.is_current,
    postgresql_where=Invitation.__table__.c.is_current,
)
