"""What is made up for letters of the first release, which kept neither their turn nor their job beside them."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update

from portal.kernel.errors import NotFound
from portal.kernel.ids import id_from
from portal.kernel.jobs import Job
from portal.kernel.mail.letters import Mail, lane_of, mail_of

if TYPE_CHECKING:
    from portal.kernel.house import House
    from portal.kernel.unit import Unit


_OLDER = (Mail.job_id.is_(None), Mail.state.in_(("created", "sending", "temporary-failure", "technical-failure")))


def adopt_older(house: "House", most: int = 50) -> Iterator[int]:
    """Gives each letter that has not gone its job, its turn and its next try, a slice a commit; says how many had none."""
    after: bytes | None = bytes(16) if _has_older(house) else None
    while after is not None:
        with house.writing() as unit:
            jobs = unit.connection.execute(_sending(after, most)).all()
            count = sum(_adopt(unit, job) for job in jobs)
        yield count
        after = jobs[-1].id if jobs else None


def _has_older(house: "House") -> bool:
    with house.reading() as unit:
        return unit.connection.execute(select(Mail.id).where(*_OLDER).limit(1)).first() is not None


def _sending(after: bytes, most: int) -> Any:
    mine = (Job.kind == "mail.send", Job.state != "done", Job.id > after)
    wanted = (Job.id, Job.holder_id, Job.payload, Job.state, Job.run_at, Job.finished_at)
    return select(*wanted).where(*mine).order_by(Job.id).limit(most)


def _adopt(unit: "Unit", job: Any) -> int:
    try:
        mail = mail_of(unit, id_from(json.loads(unit.box(job.holder_id).open("jobs", "payload", job.id, job.payload))["mail"]))
    except (NotFound, InvalidTag, LookupError, ValueError, TypeError):
        return 0  # its keys are gone: the job says so itself once it is claimed
    values: dict[str, Any] = {"job_id": job.id, "lane": lane_of(unit, mail.to, None)}
    if job.state == "dead":
        values["given_up_at"] = job.finished_at
    elif mail.state != "created":
        values["next_at"] = job.run_at
    return unit.connection.execute(update(Mail).where(Mail.id == mail.id, *_OLDER).values(values)).rowcount
