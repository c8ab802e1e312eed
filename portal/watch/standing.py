"""How the house stands at this moment: what ``/readyz``, the figures and the doctor tell alike."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from portal.audit.reads import queue_state
from portal.kernel.heartbeats import EVERY, silence
from portal.kernel.house import House
from portal.kernel.jobs import queue_of
from portal.kernel.mail import Mail
from portal.kernel.migrate import newest, revision_of

LATE = 5.0
"""Seconds that a fact may wait for its index before somebody is told."""
JOBS_LATE = 60.0
SILENT = 3 * EVERY
_ON_ITS_WAY = ("created", "sending", "temporary-failure", "technical-failure")


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers alone, of nobody. ``alarms`` names what an operator should look at."""

    schema: str | None
    queue: int
    queue_age: float
    jobs: int
    jobs_age: float
    dead: int
    mail: int
    worker_silent: float | None
    alarms: tuple[str, ...] = field(default=())

    @property
    def is_current(self) -> bool:
        """Whether the tables are those that this program knows."""
        return self.schema == newest()


def standing_of(house: House) -> Standing:
    """Asks the database; Busy where it cannot be reached."""
    with house.reading() as unit:
        schema = revision_of(unit.connection)
        if schema != newest():
            return Standing(schema, 0, 0.0, 0, 0.0, 0, 0, None, ("schema",))
        length, age = queue_state(unit.connection)
        jobs = queue_of(unit.connection, unit.at)
        mail = _mail_waiting(unit.connection)
        silent = silence(unit.connection, unit.at)
    late, quiet = _seconds(jobs.oldest), None if silent is None else _seconds(silent)
    return Standing(schema, length, age, jobs.due, late, jobs.dead, mail, quiet, _alarms(age, late, jobs.dead, quiet))


def _mail_waiting(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(Mail.state.in_(_ON_ITS_WAY))).scalar_one()


def _alarms(queue_age: float, jobs_age: float, dead: int, silent: float | None) -> tuple[str, ...]:
    told = {
        "queue": queue_age > LATE,
        "worker": silent is None or silent > SILENT,
        "jobs": jobs_age > JOBS_LATE,
        "given-up": dead > 0,
    }
    return tuple(name for name, holds in told.items() if holds)


def _seconds(span: timedelta) -> float:
    return span.total_seconds()
