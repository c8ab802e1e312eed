"""The log's tables. No foreign keys: the log stands by itself. Only the sequencer writes them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, LargeBinary, String, and_, column, literal_column, or_
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import BY_KEY, Base, Digest, Json, Number, Sealed, UtcDateTime

_UNASKED = ("profile.disclosed", "order.put")
"""Most of the log: nobody asks for one customer's by what they are. A change here is a migration of the index."""


def _but_unasked(event: Any) -> ColumnElement[bool]:
    return and_(*(event != literal_column(f"'{one}'") for one in _UNASKED))


_ASKED_FOR = _but_unasked(column("event"))

DESK_EVENTS = (
    "case.closed", "case.confirmed", "case.listed", "case.opened", "case.read", "case.refused",
    "identity.read", "identity.sought",
    "log.desk_opened", "log.entry_read", "log.export_ended", "log.exported", "log.searched", "log.verified",
    "role.listed",
)  # fmt: skip
"""What whoever works at the desk does there: a change here is a migration of the index."""


def _of_desk(event: ColumnElement[str]) -> ColumnElement[bool]:
    # One by one: with IN, SQLite makes a table of the list for each entry that it writes (5 µs, and so 0.4).
    return or_(*(event == literal_column(f"'{one}'") for one in DESK_EVENTS))


_AT_THE_DESK = _of_desk(column("event"))


class LogEntry(Base):
    """One entry: its canonical body is the leaf; the other columns repeat members of it to search by."""

    __tablename__ = "log_entries"
    idx: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    leaf: Mapped[bytes] = mapped_column(Digest)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    time: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(64))
    actor: Mapped[str | None] = mapped_column(String(64))
    customer: Mapped[str | None] = mapped_column(String(32))
    counter: Mapped[int | None] = mapped_column(BigInteger)
    vendor: Mapped[str | None] = mapped_column(String(32))
    grant_id: Mapped[str | None] = mapped_column(String(32))
    asked: Mapped[str | None] = mapped_column(String(64))
    given: Mapped[str | None] = mapped_column(String(64))
    request: Mapped[str] = mapped_column(String(32))
    __table_args__ = (
        Index("ix_log_entries_customer_counter", "customer", "counter", unique=True),
        # Without what nobody asks for by this it stays small, and each of those is written with a page less.
        Index("ix_log_entries_customer_event", "customer", "event", sqlite_where=_ASKED_FOR, postgresql_where=_ASKED_FOR),
        Index("ix_log_entries_vendor_idx", "vendor", "idx"),
        Index("ix_log_entries_event_idx", "event", "idx"),
        # When somebody last worked at the desk. What is done there is little of the log, and the rest is left out.
        Index("ix_log_entries_desk", "actor", "idx", sqlite_where=_AT_THE_DESK, postgresql_where=_AT_THE_DESK),
    )


ASKED_FOR = _but_unasked(LogEntry.event)
"""Said in a query for events of one customer, so that both engines take the index that leaves most of the log out."""

AT_THE_DESK = _of_desk(LogEntry.__table__.c.event)
"""Said in a query for what somebody did at the desk, so that both engines take the index of that alone."""


class LogPersonal(Base):
    """The personal part of an entry, sealed with its salt under its holder's key, beside the log."""

    __tablename__ = "log_personal"
    idx: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(Sealed)


class LogFields(Base):
    """A field list, kept once, by the digest that entries name it by."""

    __tablename__ = "log_fields"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    fields: Mapped[list[str]] = mapped_column(Json)


class LogCounter(Base):
    """How many entries a pseudonym has: the next of its dense counter."""

    __tablename__ = "log_counters"
    __table_args__ = BY_KEY
    customer: Mapped[str] = mapped_column(String(32), primary_key=True)
    entries: Mapped[int] = mapped_column(BigInteger)


class LogState(Base):
    """One row: size, root and right edge of the tree, and the time of the last entry."""

    __tablename__ = "log_state"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(Digest)
    edge: Mapped[bytes] = mapped_column(LargeBinary)
    time: Mapped[int] = mapped_column(BigInteger)


class LogRoot(Base):
    """The root after each batch."""

    __tablename__ = "log_roots"
    size: Mapped[int] = mapped_column(Number, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(Digest)
    time: Mapped[int] = mapped_column(BigInteger)


class RefusalCount(Base):
    """Equal refusals of one minute: the first few are entries of their own, the rest one counted entry."""

    __tablename__ = "refusal_counts"
    __table_args__ = BY_KEY
    key: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    minute: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    event: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(64))
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str | None] = mapped_column(String(64))
    seen: Mapped[int]
    written: Mapped[int]
