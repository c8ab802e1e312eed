"""The queue of facts on their way into the log, and the hand that leads them there.

A unit puts its prepared facts here in its own transaction; whoever leads takes them out in the transaction that
appends them. The kernel holds the table and the hand-over; :mod:`portal.audit.sequencer` registers as the leader.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import LargeBinary
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.canonical import canonical
from portal.kernel.db import Base, Id, Sealed
from portal.kernel.facts import Prepared
from portal.kernel.ids import new_id
from portal.kernel.prepared import prepared_insert


class QueuedFact(Base):
    """A prepared fact that has no index yet."""

    __tablename__ = "log_queue"
    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    personal: Mapped[bytes | None] = mapped_column(Sealed)
    field_lists: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must still hold in the transaction that appends: a registered name and its arguments."""

    name: str
    args: tuple[Any, ...]


@dataclass(slots=True)
class Disclosure:
    """Facts that must be durable before bytes leave, and the conditions they stand on."""

    facts: Sequence[Prepared]
    conditions: Sequence[Condition] = field(default_factory=tuple)


class Leader(Protocol):
    """What the audit room registers."""

    def lead(self) -> int:
        """Appends what is queued; gives how many entries."""

    def disclose(self, disclosure: Disclosure) -> bool:
        """Appends the disclosure durably; False when a condition no longer holds (nothing was appended)."""


_enqueue = prepared_insert(QueuedFact)


def enqueue_facts(connection: Connection, facts: Sequence[Prepared]) -> None:
    """Queues prepared facts in the transaction that made them."""
    for fact in facts:
        _enqueue.run(connection, _row(fact))


def _row(fact: Prepared) -> dict[str, Any]:
    lists = canonical(fact.field_lists) if fact.field_lists else None
    return {"id": new_id(), "entry": canonical(fact.entry), "personal": fact.personal, "field_lists": lists}


def prepared_from(entry: bytes, personal: bytes | None, field_lists: bytes | None) -> Prepared:
    """A queued row as it was prepared."""
    return Prepared(json.loads(entry), personal, json.loads(field_lists) if field_lists else {})
