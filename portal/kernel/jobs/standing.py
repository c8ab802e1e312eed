"""How the jobs stand, and what becomes of those that are over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.engine import Connection

from portal.kernel import clock
from portal.kernel.jobs.queue import Job

if TYPE_CHECKING:
    from portal.kernel.unit import Unit

KEPT = timedelta(days=7)


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


def hasten(unit: "Unit", job_id: bytes) -> bool:
    """Makes a job due now, a dead one with another round of tries; False for one that is done or gone."""
    waits = update(Job).where(Job.id == job_id, Job.state == "waiting").values(run_at=unit.at)
    if unit.connection.execute(waits).rowcount or revive(unit, job_id):
        return True
    running = select(Job.id).where(Job.id == job_id, Job.state == "running")
    return unit.connection.execute(running).first() is not None


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
