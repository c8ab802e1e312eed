"""The table of jobs, what is put into it, and who does which kind."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.db import Base, Id, Sealed, UtcDateTime
from portal.kernel.ids import new_id, text_of
from portal.kernel.prepared import prepared_insert
from portal.kernel.sealing import month_holder

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.kernel.unit import Actor, Unit

BACK_OFF: Sequence[int] = (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600)
"""Seconds before each further try; after the last one the job is dead."""
BACK_OFFS: dict[str, Sequence[int]] = {}
"""The same for kinds that have their own."""
CLAIM = timedelta(minutes=5)


class Job(Base):
    """Something to do. ``cause`` is the fact or job that wanted it; ``trouble`` a code, never a message."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "state", "run_at"),)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    holder_id: Mapped[bytes] = mapped_column(Id, ForeignKey("holders.id"))
    payload: Mapped[bytes | None] = mapped_column(Sealed)
    state: Mapped[str] = mapped_column(String(8))  # waiting | running | done | dead
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble: Mapped[str | None] = mapped_column(String(80))
    cause: Mapped[str | None] = mapped_column(String(80))
    request_id: Mapped[bytes] = mapped_column(Id)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[bytes | None] = mapped_column(Id)
    actor_name: Mapped[str | None] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in the hands of one worker."""

    id: bytes
    kind: str
    holder_id: bytes
    attempts: int
    actor: "Actor"
    request_id: bytes
    locale: str
    payload: dict[str, Any]

    def writing(self, house: "House") -> "AbstractContextManager[Unit]":
        """A unit on behalf of whoever wanted the job, with the job as its cause."""
        cause = f"job:{text_of(self.id)}"
        return house.writing(self.actor, request_id=self.request_id, cause=cause, locale=self.locale)

    @property
    def last_try(self) -> bool:
        """Whether another failure makes the job dead."""
        return self.attempts > len(self._back_off)

    @property
    def pause(self) -> timedelta:
        """How long the next try waits, should this one fail."""
        return timedelta(seconds=self._back_off[min(self.attempts, len(self._back_off)) - 1])

    @property
    def _back_off(self) -> Sequence[int]:
        return BACK_OFFS.get(self.kind, BACK_OFF)


class Again(Exception):  # noqa: N818 - what a handler asks for, not an error of ours
    """Not this time; ``code`` says why, and the job is tried later."""


class Later(Exception):  # noqa: N818 - what a handler asks for, not an error of ours
    """Its turn has not come: nothing was tried, and no try is counted."""

    def __init__(self, at: datetime) -> None:
        super().__init__("later")
        self.at = at


class GiveUp(Exception):  # noqa: N818 - what a handler says of its job, not an error of ours
    """Trying again is of no use; ``code`` says why, and the job is dead."""


Inside = Callable[["Unit", dict[str, Any]], None]
Outside = Callable[["House", Claimed], None]

INSIDE: dict[str, Inside] = {}
"""Who does which kind within a writing unit."""
OUTSIDE: dict[str, Outside] = {}
"""Who does which kind outside any unit."""


def job(kind: str) -> Callable[[Inside], Inside]:
    """Registers what does ``kind`` in one writing unit: its work and the end of the job are one commit."""

    def register(handler: Inside) -> Inside:
        INSIDE[kind] = handler
        return handler

    return register


def slow_job(kind: str, back_off: Sequence[int] = BACK_OFF) -> Callable[[Outside], Outside]:
    """Registers what does ``kind`` outside any unit (a mail server, a web call). It may happen twice."""

    def register(handler: Outside) -> Outside:
        OUTSIDE[kind], BACK_OFFS[kind] = handler, back_off
        return handler

    return register


def enqueue(
    unit: "Unit",
    kind: str,
    payload: dict[str, Any],
    *,
    holder_id: bytes | None = None,
    run_at: datetime | None = None,
) -> bytes:
    """Puts a job into the unit's transaction, its payload sealed for the holder (else for the month)."""
    id_, holder = new_id(), holder_id or month_holder(unit, "outbox")
    text = json.dumps(payload, ensure_ascii=False)
    values = {
        "id": id_,
        "kind": kind,
        "holder_id": holder,
        "payload": unit.box(holder).seal("jobs", "payload", id_, text),
        "state": "waiting",
        "run_at": run_at or unit.at,
        "attempts": 0,
        "cause": unit.cause or (unit.facts[-1].EVENT if unit.facts else None),
        "request_id": unit.request_id,
        "actor_kind": unit.actor.kind,
        "actor_id": unit.actor.id,
        "actor_name": unit.actor.name,
        "locale": unit.locale,
        "created_at": unit.at,
    }
    _put.run(unit.connection, values)
    return id_


_put = prepared_insert(Job)
