"""The queue of facts on their way into the log, and the hand that leads them there.

A unit puts its prepared facts here in its own transaction; whoever leads takes them out in the transaction that
appends them. The kernel holds the table and the hand-over; :mod:`portal.audit.sequencer` registers as the leader.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import orjson
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.canonical import canonical
from portal.kernel.db import Base, Id, Sealed
from portal.kernel.facts import Prepared
from portal.kernel.ids import new_ids
from portal.kernel.prepared import prepared_insert


class QueuedFact(Base):
    """A prepared fact that has no index yet."""

    __tablename__ = "log_queue"
    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    entry: Mapped[bytes] = mapped_column(LargeBinary)
    personal: Mapped[bytes | None] = mapped_column(Sealed)
    field_lists: Mapped[bytes | None] = mapped_column(LargeBinary)


# A row's id is a UUIDv7, whose first bit is 0 until the year 6429. One that cannot be read keeps its id but for that bit:
# it stands behind all others, stops nobody, and is shown until somebody has looked.
ASIDE = bytes([0x80]) + bytes(15)
"""The ids from which on queued facts were set aside."""


class Condition(NamedTuple):
    """What must still hold in the transaction that appends: a registered name and its arguments."""

    name: str
    args: tuple[Any, ...]


@dataclass(slots=True)
class Disclosure:
    """Facts that must be durable before bytes leave, the conditions they stand on, and what they use up."""

    facts: Sequence[Prepared]
    conditions: Sequence[Condition] = field(default_factory=tuple)
    claims: Sequence[Condition] = field(default_factory=tuple)


class Leader(Protocol):
    """What the audit room registers."""

    def lead(self) -> int:
        """Appends what is queued; gives how many entries."""

    def disclose(self, disclosure: Disclosure) -> bool:
        """Appends the disclosure durably; False when a condition no longer holds (nothing was appended)."""

    def append(self, connection: Connection, facts: Sequence[Prepared]) -> bool:
        """Appends in the transaction of whoever holds the gate: what is queued first, then these. False where that is
        too much for one transaction: then these have to be queued."""

    def try_out(self) -> None:
        """Raises whatever would keep an entry out at this moment; appends nothing."""


_enqueue = prepared_insert(QueuedFact)


def enqueue_facts(connection: Connection, facts: Sequence[Prepared]) -> None:
    """Queues prepared facts in the transaction that made them."""
    rows = [_row(id_, fact) for id_, fact in zip(new_ids(len(facts)), facts, strict=True)]
    _enqueue.many(connection, rows)
    _own.add(rows)


def _row(id_: bytes, fact: Prepared) -> dict[str, Any]:
    lists = canonical(fact.field_lists) if fact.field_lists else None
    return {"id": id_, "entry": canonical(fact.entry), "personal": fact.personal, "field_lists": lists}


class _Own:
    """The bytes that this process has put into the queue of late: they were looked at as they were written.

    Bounded: where another process takes them out, what follows pushes them out here.
    """

    def __init__(self) -> None:
        self._rows: set[tuple[bytes, bytes | None]] = set()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Remembers rows. Where their transaction is rolled back, nobody will ask for them."""
        if len(self._rows) > _REMEMBERED:
            self._rows.clear()
        self._rows.update([(row["entry"], row["field_lists"]) for row in rows])

    def take(self, entry: bytes, field_lists: bytes | None) -> bool:
        """Whether these are among them; asked once."""
        try:
            self._rows.remove((entry, field_lists))
        except KeyError:
            return False
        return True


_REMEMBERED = 1500
_own = _Own()


def is_own(entry: bytes, field_lists: bytes | None) -> bool:
    """Whether this very process wrote a taken row, so that what it reads in it needs no second look; asked once a row."""
    return _own.take(entry, field_lists)


def set_aside(connection: Connection, id_: bytes, entry: bytes, personal: bytes | None, lists: bytes | None) -> None:
    """Keeps a taken row that cannot be read, as it is, where it is not taken again."""
    aside = bytes([id_[0] | ASIDE[0]]) + id_[1:]
    _enqueue.run(connection, {"id": aside, "entry": entry, "personal": personal, "field_lists": lists})


def queued_at(id_: bytes) -> float:
    """When a row was queued, in seconds: a UUIDv7 begins with the millisecond it was made in."""
    return (int.from_bytes(id_[:6]) & ((1 << 47) - 1)) / 1000


def prepared_from(entry: bytes, personal: bytes | None, field_lists: bytes | None) -> Prepared:
    """A queued row as it was prepared; ValueError where it is no JSON."""
    return Prepared(orjson.loads(entry), personal, orjson.loads(field_lists) if field_lists else {})
