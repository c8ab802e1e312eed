"""The database and what is in it: its version, its tables, the newest part of the log, and what waits."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from portal.audit.models import LogEntry, LogRoot, LogState
from portal.audit.tree import Edge, leaf_hash
from portal.kernel import clock
from portal.kernel.heartbeats import last_beat
from portal.kernel.house import House
from portal.kernel.mail import Mail, mails_that_came, stuck_mails
from portal.kernel.migrate import newest, revision_of
from portal.watch.doctor.finding import Finding, look, well, wrong
from portal.watch.standing import LATE, standing_of

UNANSWERED = 50
"""Letters that can be answered after which somebody should look why nobody ever did."""
NEWEST = 1000
"""Entries of the log that are looked at; `freehold audit verify` looks at all."""
_OLDEST_SERVERS = {"sqlite": (3, 37), "postgresql": (14,)}
_AHEAD = timedelta(minutes=1)


def database(house: House) -> Iterator[Finding]:
    """The engine is new enough, and has our tables."""
    name = house.engine.dialect.name
    with house.reading() as unit:
        version = unit.connection.dialect.server_version_info or ()
        schema = revision_of(unit.connection)
    said = f"{'SQLite' if name == 'sqlite' else 'PostgreSQL'} {'.'.join(str(part) for part in version)}"
    if version < _OLDEST_SERVERS[name]:
        yield wrong(
            "database", f"{said} is too old.", f"use version {'.'.join(map(str, _OLDEST_SERVERS[name]))} or newer"
        )
    elif schema is None or schema < newest():
        yield wrong(
            "database",
            f"Its tables are of version {schema or 'none'}, this program's of {newest()}.",
            "freehold migrate",
        )
    elif schema > newest():
        yield wrong(
            "database",
            f"Its tables are of version {schema}, newer than this program's {newest()}.",
            "run the newer Freehold that made them",
        )
    else:
        yield well("database", f"{said}, tables of version {schema}.")


def log(house: House) -> Iterator[Finding]:
    """The newest part of the access log fits its root."""
    with house.reading() as unit:
        fault, entries = (
            _fault_of_log(unit.connection),
            unit.connection.execute(select(func.max(LogEntry.idx))).scalar(),
        )
    if fault:
        yield wrong(
            "log", fault, "keep a copy of everything, and run `freehold audit verify`, which says what was changed"
        )
    else:
        yield well(
            "log", f"The newest of {0 if entries is None else entries + 1} entries fit the root of the access log."
        )


def _fault_of_log(connection: Connection) -> str | None:
    state = connection.execute(select(LogState.size, LogState.root, LogState.edge)).one_or_none()
    if state is None:
        return None
    try:
        if Edge.from_bytes(state.size, state.edge).root() != state.root:
            return "The access log's root does not fit the tree's edge."
    except ValueError:
        return "The access log's edge does not fit its size."
    newest_root = connection.execute(
        select(LogRoot.size, LogRoot.root).order_by(LogRoot.size.desc()).limit(1)
    ).one_or_none()
    if state.size and (newest_root is None or tuple(newest_root) != (state.size, state.root)):
        return "The access log's state does not fit its newest root."
    rows = connection.execute(
        select(LogEntry.idx, LogEntry.leaf, LogEntry.body).order_by(LogEntry.idx.desc()).limit(NEWEST)
    ).all()
    if len(rows) != min(NEWEST, state.size) or [row.idx for row in rows] != list(
        range(state.size - 1, state.size - 1 - len(rows), -1)
    ):
        return "Entries are missing at the end of the access log."
    changed = [row.idx for row in rows if leaf_hash(row.body) != row.leaf]
    return f"Entry {changed[-1]} of the access log was changed." if changed else None


def times(house: House) -> Iterator[Finding]:
    """Nothing was written later than the clock: permissions end by it, and a worker is missed by it."""
    with house.reading() as unit:
        entry = unit.connection.execute(select(LogState.time)).scalar()
        written = {
            "The newest entry of the log": None if entry is None else clock.from_micros(entry),
            "A worker's last sign of life": last_beat(unit.connection),
        }
    for what, at in written.items():
        ahead = timedelta(0) if at is None else at - clock.now()
        if ahead > _AHEAD:
            said = f"{what} is {int(ahead.total_seconds())} s later than the clock."
            yield wrong("clock", said, "set the clock right: timedatectl set-ntp true")


def queue(house: House) -> Iterator[Finding]:
    """Nothing waits for long, and a worker is there."""
    found, faults = standing_of(house), []
    start = "start it: systemctl start freehold-worker; its journal says what keeps it"
    if house.settings.demo:
        start = "start it: make demo"
    if found.queue_age > LATE:
        faults.append(
            wrong(
                "queue", f"{found.queue} facts wait for the access log, the oldest for {found.queue_age:.0f} s.", start
            )
        )
    if "worker" in found.alarms:
        since = "ever" if found.worker_silent is None else f"for {found.worker_silent:.0f} s"
        faults.append(wrong("queue", f"No worker has said that it is there {since}.", start))
    if "jobs" in found.alarms:
        faults.append(wrong("queue", f"{found.jobs} jobs are due, the oldest for {found.jobs_age:.0f} s.", start))
    if found.dead:
        faults.append(look("queue", f"{found.dead} jobs were given up.", "freehold worker --status"))
    with house.reading() as unit:
        lost = [one for one in stuck_mails(unit.connection) if one.state == "permanent-failure"]
    if lost:
        faults.append(look("queue", f"{len(lost)} mails could not be delivered.", "freehold mail list says which and why"))
    yield from faults or [
        well("queue", f"{found.queue} facts and {found.jobs} jobs wait, {found.mail} mails are on their way.")
    ]


def answers(house: House) -> Iterator[Finding]:
    """Answers by mail come in, where letters say that they can."""
    way_in = house.settings.answers_to
    if not way_in:
        return
    with house.reading() as unit:
        came = [one for one in mails_that_came(unit.connection) if one.outcome != "unknown"]
        delivered = select(func.count()).where(Mail.answer_hash.is_not(None), Mail.state == "delivered")
        asked = unit.connection.execute(delivered).scalar_one()
    if came:
        last, count = max(one.last_at for one in came), sum(one.times for one in came)
        yield well("answers", f"Mails that came in at {way_in}: {count}, the last on {last:%Y-%m-%d}.")
    elif asked >= UNANSWERED and not house.settings.demo:
        said = f"{asked} letters said that they can be answered, and no answer ever came in."
        fix = f"answer one yourself, and see what the mail server does with mail to {way_in} (docs/answers.md)"
        yield look("answers", said, fix)
    else:
        yield well("answers", f"Answers to mails come in at {way_in}; none has come yet.")
