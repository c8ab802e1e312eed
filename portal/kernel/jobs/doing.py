"""Claiming what is due and doing it: each job in the hands of one worker, its failures told and tried again."""

import json
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import and_, or_, select, update

from portal.kernel.errors import NotFound
from portal.kernel.i18n import use_locale
from portal.kernel.ids import text_of
from portal.kernel.jobs.queue import CLAIM, INSIDE, OUTSIDE, Again, Claimed, GiveUp, Job, Later

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.kernel.unit import Unit

log = logging.getLogger(__name__)


def claim(house: "House") -> Claimed | None:
    """Takes one job that is due, or None. Several workers may call it at once; each job goes to one of them."""
    looks = True
    while looks:
        with house.reading() as unit:
            candidates = unit.connection.execute(_due(unit.at)).all()
        looks = False
        for candidate in candidates:
            with house.writing() as unit:
                if not _take(unit, candidate.id, candidate.attempts):
                    continue
                claimed = _claimed(unit, candidate.id)
            if claimed is not None:
                return claimed
            looks = True  # one of these is dead now: there may be others behind it
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


def _claimed(unit: "Unit", id_: bytes) -> Claimed | None:
    """What is in a job that was taken. One that cannot be opened is dead: come upon each time, it would stop all others."""
    from portal.kernel.unit import Actor

    row = unit.connection.execute(select(*Job.__table__.columns).where(Job.id == id_)).one()
    try:
        payload = json.loads(unit.box(row.holder_id).open("jobs", "payload", row.id, row.payload))
    except (NotFound, InvalidTag, LookupError, ValueError, TypeError) as error:
        log.error("job %s %s is dead: cannot-be-opened (%s)", row.kind, text_of(id_), type(error).__name__)
        values = {"state": "dead", "claimed_until": None, "finished_at": unit.at, "trouble": "cannot-be-opened"}
        unit.connection.execute(update(Job).where(Job.id == id_).values(values))
        return None
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
    except Later as error:
        _wait(house, claimed, error.at)
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
    if claimed.kind in INSIDE:
        with claimed.writing(house) as unit:
            if _end(unit, claimed, state="done", payload=None, finished_at=unit.at, trouble=None):
                INSIDE[claimed.kind](unit, claimed.payload)
    elif claimed.kind in OUTSIDE:
        OUTSIDE[claimed.kind](house, claimed)
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
            _end(unit, claimed, state="waiting", run_at=unit.at + claimed.pause, trouble=code[:80])


def _wait(house: "House", claimed: Claimed, at: datetime) -> None:
    # The claim is given back uncounted. A claim that ran out bears a lower number than any that follows it, this one too.
    with house.writing() as unit:
        _end(unit, claimed, state="waiting", run_at=at, attempts=claimed.attempts - 1)


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
