"""Tables of the accounts room: accounts, sessions, roles, second factors, one-time tokens, limits and cases."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Digest, Id, Json, Sealed, UtcDateTime


class Account(Base):
    """A person who can sign in, or who has asked to and not yet proved the address."""

    __tablename__ = "accounts"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    holder_id: Mapped[bytes] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    email: Mapped[bytes] = mapped_column(Sealed)
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Empty after an address change was undone: whoever changed it knew the password, so only a reset opens the door.
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(12))  # waiting (address not proved) | active | erased
    demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    password_changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Session(Base):
    """One browser that is signed in. Only the SHA-256 of its secret is kept."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "account_id", "ended_at"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(Digest, unique=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    idle_seconds: Mapped[int]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When somebody last proved here that they are the account's owner; None for sessions from before it was asked.
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device: Mapped[bytes] = mapped_column(Sealed)
    # The delegation by which this browser acts for somebody else; whether it still holds is asked at each request.
    acting_for: Mapped[bytes | None] = mapped_column(Id)


class Role(Base):
    """What a person may act as beside being a customer. Ended, never deleted."""

    __tablename__ = "roles"
    __table_args__ = (Index(None, "account_id", "role"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"))
    role: Mapped[str] = mapped_column(String(12))  # customer | staff | officer | auditor | operator
    vendor_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("vendors.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Of staff: owner, developer, agent or reader. Of officers: lead, or nothing.
    rank: Mapped[str | None] = mapped_column(String(12))
    # What an auditor sees: {"vendors": [ids], "since": microseconds}; what is missing bounds nothing.
    scope: Mapped[dict[str, Any] | None] = mapped_column(Json)
    # Decided at each request and by the log, not by a job; an auditor's is always set.
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Factor(Base):
    """What proves who signs in: the seed of an authenticator app, or a passkey's id and public key."""

    __tablename__ = "factors"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))  # app | passkey
    name: Mapped[bytes] = mapped_column(Sealed)
    secret: Mapped[bytes] = mapped_column(Sealed)
    # By which a passkey is found: the SHA-256 of its id.
    digest: Mapped[bytes | None] = mapped_column(Digest, unique=True)
    # The last step of time whose code was taken, or the passkey's own count: it and all before it are used up.
    counter: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code on paper, good once where the second factor is not at hand. Only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = BY_KEY

    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Recovery(Base):
    """A second step that is said to be lost: when it will be removed, and whether it was since."""

    __tablename__ = "recoveries"
    __table_args__ = BY_KEY

    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"), primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When the owner was told for the second time: it is never removed without.
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When it was removed; the row goes once the owner was led to where a new one is set up.
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Challenge(Base):
    """What a browser is in the middle of proving, for minutes. Only the SHA-256 of its secret is kept."""

    __tablename__ = "challenges"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    hash: Mapped[bytes] = mapped_column(Digest, unique=True)
    purpose: Mapped[str] = mapped_column(String(12))  # second | app | make | use | enter
    # None while nobody knows yet who it will be: a passkey finds its account.
    account_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    secret: Mapped[bytes | None] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OneTimeToken(Base):
    """A link sent by mail: good once, for one purpose, until it expires. Only its SHA-256 is kept."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (Index(None, "account_id", "purpose"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    hash: Mapped[bytes] = mapped_column(Digest, unique=True)
    purpose: Mapped[str] = mapped_column(String(12))  # verify | reset | address | undo | erasure | lost | factors
    account_id: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"))
    payload: Mapped[bytes | None] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Limit(Base):
    """How often something was tried in one slice of a window; slices are summed, so no window is ever exceeded."""

    __tablename__ = "limits"
    __table_args__ = BY_KEY

    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    slice: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Delegation(Base):
    """What a customer lets another person see or do for them. Ended, never deleted while the customer is here."""

    __tablename__ = "delegations"
    __table_args__ = (Index(None, "customer_id", "state"), Index(None, "delegate_id", "state"))

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[bytes] = mapped_column(Id, ForeignKey("customers.id"))
    # The account of whoever said yes; None before that, and once that person is erased.
    delegate_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"))
    state: Mapped[str] = mapped_column(String(8))  # invited | live | declined | ended
    areas: Mapped[str] = mapped_column(String(80))  # such as "data:see orders:act"
    # The link of the invitation, as SHA-256; None once it is of no use.
    secret_hash: Mapped[bytes | None] = mapped_column(Digest, unique=True)
    # What the customer calls the other person, and where the invitation went: sealed for the customer.
    called: Mapped[bytes] = mapped_column(Sealed)
    email: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    invited_until: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Case(Base):
    """Why an officer has to know who somebody is, and which other officer agreed."""

    __tablename__ = "cases"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    # Whom it is about; None once that person was erased.
    account_id: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[bytes] = mapped_column(Sealed)
    opened_by: Mapped[bytes] = mapped_column(Id, ForeignKey("accounts.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Nobody was there who could agree: it opens by itself, later, and the customer was told at once.
    alone: Mapped[bool]
    confirmed_by: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[bytes | None] = mapped_column(Id, ForeignKey("accounts.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
