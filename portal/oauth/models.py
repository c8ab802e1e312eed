"""Tables of the room. Secrets, codes and tokens are 256 random bits of ours and stand here as SHA-256 alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Digest, Id, Json, UtcDateTime

_OF_GRANT = column("grant_id").is_not(None)
_OF_CUSTOMER = column("customer_id").is_not(None)


class Client(Base):
    """A vendor's program, known by ``client_id``. A blocked one can do nothing, whatever it still holds."""

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("profile IN ('basic', 'fapi')", name="profile"),
        CheckConstraint("state IN ('live', 'blocked')", name="state"),
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    vendor_id: Mapped[bytes] = mapped_column(ForeignKey("vendors.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    # Of the profile ``basic`` alone. A program of the profile ``fapi`` proves itself by its keys.
    secret_hash: Mapped[bytes | None] = mapped_column(Digest)
    profile: Mapped[str] = mapped_column(String(8))
    # Where its company publishes further keys of it, where it does (RFC 7591 section 2).
    jwks_uri: Mapped[str | None] = mapped_column(String(2048))
    redirect_uris: Mapped[list[str]] = mapped_column(Json)
    scopes: Mapped[list[str]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClientKey(Base):
    """A public key by which a program of the profile ``fapi`` proves itself. Several may be good at once, for a rotation."""

    __tablename__ = "client_keys"
    __table_args__ = (UniqueConstraint("client_id", "thumbprint"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    client_id: Mapped[bytes] = mapped_column(ForeignKey("clients.id"), index=True)
    kid: Mapped[str] = mapped_column(String(120))
    thumbprint: Mapped[bytes] = mapped_column(Digest)
    jwk: Mapped[dict[str, str]] = mapped_column(Json)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FetchedKeys(Base):
    """The keys that stood at a program's address when it was last read."""

    __tablename__ = "fetched_keys"

    client_id: Mapped[bytes] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    jwks: Mapped[list[dict[str, str]]] = mapped_column(Json)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuthorizationRequest(Base):
    """The OAuth half of a request: where its answer goes and what the code will be bound to."""

    __tablename__ = "authorization_requests"

    request_id: Mapped[bytes] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    client_id: Mapped[bytes] = mapped_column(ForeignKey("clients.id"), index=True)
    redirect_uri: Mapped[str] = mapped_column(String(2048))
    state: Mapped[str | None] = mapped_column(String(2048))
    scope: Mapped[str] = mapped_column(String(1024))
    code_challenge: Mapped[str] = mapped_column(String(128))
    # The key that the code will be bound to (RFC 9449 section 10), where the program named one.
    jkt: Mapped[bytes | None] = mapped_column(Digest)
    # How surely the program wants the customer to be known (portal.oauth.levels), and since how many seconds at most.
    acr: Mapped[str | None] = mapped_column(String(12))
    max_age: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PushedRequest(Base):
    """Checked parameters of a request that a program sent us itself, until the customer has answered it.

    Who brings the ``request_uri`` first makes the request; whoever brings it again comes to the same one. What is gone was
    answered, or its minute has passed.
    """

    __tablename__ = "pushed_requests"

    hash: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    client_id: Mapped[bytes] = mapped_column(ForeignKey("clients.id"))
    parameters: Mapped[dict[str, str]] = mapped_column(Json)
    request_id: Mapped[bytes | None] = mapped_column(ForeignKey("requests.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Code(Base):
    """An authorization code. ``used_at`` is claimed by one UPDATE; its tokens are the family of its id."""

    __tablename__ = "codes"

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    hash: Mapped[bytes] = mapped_column(Digest, unique=True)
    client_id: Mapped[bytes] = mapped_column(ForeignKey("clients.id"), index=True)
    customer_id: Mapped[bytes] = mapped_column(ForeignKey("customers.id"), index=True)
    grant_id: Mapped[bytes] = mapped_column(ForeignKey("grants.id"), index=True)
    redirect_uri: Mapped[str] = mapped_column(String(2048))
    scope: Mapped[str] = mapped_column(String(1024))
    code_challenge: Mapped[str] = mapped_column(String(128))
    jkt: Mapped[bytes | None] = mapped_column(Digest)
    # How surely the customer was known who said yes, and since when.
    acr: Mapped[str | None] = mapped_column(String(12))
    auth_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Token(Base):
    """An access or refresh token. A family is what grew out of one code (or one client-credentials request)."""

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint("kind IN ('access', 'refresh')", name="kind"),
        Index("ix_tokens_family", "family"),
        # A company's own tokens have neither permission nor customer, and stand in neither.
        Index("ix_tokens_grant_id", "grant_id", sqlite_where=_OF_GRANT, postgresql_where=_OF_GRANT),
        Index(
            "ix_tokens_customer_id_expires_at",
            "customer_id",
            "expires_at",
            sqlite_where=_OF_CUSTOMER,
            postgresql_where=_OF_CUSTOMER,
        ),
        BY_KEY,
    )

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    hash: Mapped[bytes] = mapped_column(Digest, unique=True)
    prefix: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8))
    family: Mapped[bytes] = mapped_column(Id)
    client_id: Mapped[bytes] = mapped_column(ForeignKey("clients.id"), index=True)
    vendor_id: Mapped[bytes] = mapped_column(ForeignKey("vendors.id"))
    customer_id: Mapped[bytes | None] = mapped_column(ForeignKey("customers.id"))
    grant_id: Mapped[bytes | None] = mapped_column(ForeignKey("grants.id"))
    scope: Mapped[str] = mapped_column(String(1024))
    # The thumbprint of the key whose holder alone may use an access token (RFC 9449 section 6); None for a bearer's.
    jkt: Mapped[bytes | None] = mapped_column(Digest)
    # As of the code that it came of.
    acr: Mapped[str | None] = mapped_column(String(12))
    auth_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_because: Mapped[str | None] = mapped_column(String(24))


class UsedProof(Base):
    """An assertion or DPoP proof that was used where something is done: each counts once. Kept while it could come again.

    What is over is looked for among neighbours: an index on ``until`` would cost each proof a page.
    """

    __tablename__ = "used_proofs"
    __table_args__ = (BY_KEY,)

    hash: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class ReadProof(Base):
    """A DPoP proof that was used for a read. The log's sequencer alone writes and prunes these, one batch after the other."""

    __tablename__ = "read_proofs"
    __table_args__ = (BY_KEY,)

    hash: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Repeat(Base):
    """What became of a request that carried an Idempotency-Key, so that saying it again changes nothing."""

    __tablename__ = "idempotency"
    __table_args__ = (UniqueConstraint("client_id", "route", "key_hash"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    client_id: Mapped[bytes] = mapped_column(ForeignKey("clients.id"))
    route: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[bytes] = mapped_column(Digest)
    request_hash: Mapped[bytes] = mapped_column(Digest)
    # How many items are done and what was said of each; codes and the vendor's own numbers, nothing of a person.
    done: Mapped[int] = mapped_column(default=0)
    results: Mapped[list[Any]] = mapped_column(Json)
    status: Mapped[int | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    held_until: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
