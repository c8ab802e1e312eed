"""Jobs: what is to be done after a commit, written in the transaction that wants it done.

A job is claimed by a conditional UPDATE, so one worker has it on either engine; a worker that dies leaves a claim
that runs out. What fails is tried again, later each time, and in the end stays visible as ``dead``.
"""

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel import clock
from portal.kernel.db import Base, Id, Sealed, UtcDateTime
from portal.kernel.i18n import use_locale
from portal.kernel.ids import new_id, text_of
from portal.kernel.sealing import month_holder

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.kernel.unit import Actor, Unit

log = logging.getLogger(__name__)

BACK_OFF: Sequence[int] = (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600)
"""Seconds before each further try; after the last one the job is dead."""
CLAIM = timedelta(minutes=5)
KEPT = timedelta(days=7)


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
        return self.attempts > len(BACK_OFF)


class Again(Exception):  # noqa: N818 - what a handler asks for, not an error of ours
    """Not this time; ``code`` says why, and the job is tried later."""


class GiveUp(Exception):  # noqa: N818 - what a handler says of its job, not an error of ours
    """Trying again is of no use; ``code`` says why, and the job is dead."""


Inside = Callable[["Unit", dict[str, Any]], None]
Outside = Callable[["House", Claimed], None]

_inside: dict[str, Inside] = {}
_outside: dict[str, Outside] = {}


def job(kind: str) -> Callable[[Inside], Inside]:
    """Registers what does ``kind`` in one writing unit: its work and the end of the job are one commit."""

    def register(handler: Inside) -> Inside:
        _inside[kind] = handler
        return handler

    return register


def slow_job(kind: str) -> Callable[[Outside], Outside]:
    """Registers what does ``kind`` outside any unit (a mail server, a web call). It may happen twice."""

    def register(handler: Outside) -> Outside:
        _outside[kind] = handler
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
    unit.connection.execute(insert(Job).values(values))
    return id_


def claim(house: "House") -> Claimed | None:
    """Takes one job that is due, or None. Several workers may call it at once; each job goes to one of them."""
    with house.reading() as unit:
        candidates = unit.connection.execute(_due(unit.at)).all()
    for candidate in candidates:
        with house.writing() as unit:
            if _take(unit, candidate.id, candidate.attempts):
                return _claimed(unit, candidate.id)
    return None


def _due(at: datetime) -> Any:
    ready = and_(Job.state == "waiting", Job.run_at <= at)
    abandoned = and_(Job.state == "running", Job.claimed_until < at)
    return select(Job.id, Job.attempts).where(or_(ready, abandoned)).order_by(Job.run_at, Job.id).limit(16)


def _take(unit: "Unit", id_: bytes, attempts: int) -> bool:
    # ``attempts`` rises with each claim: whoever saw the same number first wins, and a claim that ran out is fenced.
    taken = unit.connection.execute(
        update(Job)
        .where(Job.id == id_, Job.attempts == attempts, Job.state.in_(("waiting", "running")))
        .values(state="running", attempts=attempts + 1, claimed_until=unit.at + CLAIM)
    )
    return taken.rowcount == 1


def _claimed(unit: "Unit", id_: bytes) -> Claimed:
    from portal.kernel.unit import Actor

    row = unit.connection.execute(select(*Job.__table__.columns).where(Job.id == id_)).one()
    payload = json.loads(unit.box(row.holder_id).open("jobs", "payload", row.id, row.payload))
    actor = Actor(row.actor_kind, row.actor_id, row.actor_name)
    return Claimed(
        row.id, row.kind, row.holder_id, row.attempts, actor, row.request_id, row.locale, payload
    )


def run_one(house: "House") -> bool:
    """Claims and does one job; False when none was due."""
    claimed = claim(house)
    if claimed is None:
        return False
    try:
        with use_locale(claimed.locale):
            _do(house, claimed)
    except GiveUp as error:
        _fail(house, claimed, str(error), dead=True)
    except Again as error:
        _fail(house, claimed, str(error), dead=claimed.last_try)
    except Exception as error:  # whatever a handler raises, the worker goes on and the job tells
        # The message of an error may hold personal values; its class and place do not.
        log.warning("job %s %s failed: %s", claimed.kind, text_of(claimed.id), _place_of(error))
        _fail(house, claimed, type(error).__name__, dead=claimed.last_try)
    return True


def run_due(house: "House", most: int = 10_000) -> int:
    """Does what is due until nothing is; gives how many jobs were tried."""
    done = 0
    while done < most and run_one(house):
        done += 1
    return done


def _do(house: "House", claimed: Claimed) -> None:
    if claimed.kind in _inside:
        with claimed.writing(house) as unit:
            if _end(unit, claimed, state="done", payload=None, finished_at=unit.at, trouble=None):
                _inside[claimed.kind](unit, claimed.payload)
    elif claimed.kind in _outside:
        _outside[claimed.kind](house, claimed)
        with house.writing() as unit:
            _end(unit, claimed, state="done", payload=None, finished_at=unit.at, trouble=None)
    else:
        raise GiveUp("unknown-kind")


def _fail(house: "House", claimed: Claimed, code: str, *, dead: bool) -> None:
    with house.writing() as unit:
        if dead:
            log.error("job %s %s is dead: %s", claimed.kind, text_of(claimed.id), code)
            _end(unit, claimed, state="dead", finished_at=unit.at, trouble=code[:80])
        else:
            wait = BACK_OFF[min(claimed.attempts, len(BACK_OFF)) - 1]
            _end(unit, claimed, state="waiting", run_at=unit.at + timedelta(seconds=wait), trouble=code[:80])


def _end(unit: "Unit", claimed: Claimed, **values: Any) -> bool:
    # Only the claim that is still ours may end it.
    ended = unit.connection.execute(
        update(Job)
        .where(Job.id == claimed.id, Job.attempts == claimed.attempts, Job.state == "running")
        .values(claimed_until=None, **values)
    )
    return ended.rowcount == 1


def _place_of(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


def prune(unit: "Unit") -> int:
    """Deletes done jobs of more than a week ago; dead ones stay until somebody looks."""
    old = delete(Job).where(Job.state == "done", Job.finished_at < unit.at - KEPT)
    return unit.connection.execute(old).rowcount


def revive(unit: "Unit", job_id: bytes) -> bool:
    """Gives a dead job another round of tries."""
    revived = unit.connection.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == "dead")
        .values(state="waiting", run_at=unit.at, attempts=0, finished_at=None)
    )
    return revived.rowcount == 1


@dataclass(frozen=True, slots=True)
class Queue:
    """How the jobs stand: for ``/readyz``, the doctor and the desk."""

    due: int
    oldest: timedelta
    dead: int


def queue_of(connection: Connection, at: datetime | None = None) -> Queue:
    """How many jobs are due, since when the oldest, and how many are dead."""
    moment = at or clock.now()
    waiting = and_(Job.state.in_(("waiting", "running")), Job.run_at <= moment)
    due, first = connection.execute(select(func.count(), func.min(Job.run_at)).where(waiting)).one()
    dead = connection.execute(select(func.count()).where(Job.state == "dead")).scalar_one()
    return Queue(due, moment - first if first else timedelta(0), dead)


def dead_jobs(connection: Connection, most: int = 100) -> list[tuple[bytes, str, str | None, datetime]]:
    """The dead ones: id, kind, what the trouble was, since when; the newest first."""
    statement = select(Job.id, Job.kind, Job.trouble, Job.finished_at).where(Job.state == "dead")
    rows = connection.execute(statement.order_by(Job.finished_at.desc()).limit(most))
    return [(row.id, row.kind, row.trouble, row.finished_at) for row in rows]
