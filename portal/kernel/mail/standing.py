"""Mails that do not go, for the operator: what and why, never to whom or with which words."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select, update
from sqlalchemy.engine import Connection

from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.jobs import Job, hasten
from portal.kernel.mail.letters import Mail

if TYPE_CHECKING:
    from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class Stuck:
    """A mail that did not go: which, what it is, since when, the server's code, and when it is tried next."""

    id: bytes
    template: str
    reason: str
    state: str
    reply_code: int | None
    since: datetime
    next_at: datetime | None


_MINE = (Mail.id, Mail.template, Mail.reason, Mail.state, Mail.reply_code, Mail.changed_at, Mail.next_at)
_STUCK = or_(
    Mail.state.in_(("temporary-failure", "technical-failure", "permanent-failure")),
    # What stopped before the conversation even began.
    Mail.state.in_(("created", "sending")) & exists().where(Job.id == Mail.job_id, Job.state == "dead"),
)


def stuck_mails(connection: Connection, most: int = 100) -> list[Stuck]:
    """The mails that did not go, the newest first."""
    rows = connection.execute(select(*_MINE).where(_STUCK).order_by(Mail.id.desc()).limit(most))
    return [Stuck(*row) for row in rows]


def retry_mail(unit: "Unit", mail_id: bytes) -> None:
    """Gives a mail that did not go another round of tries; NotFound for one that went, or that nobody wants any more."""
    fresh = {"state": "created", "reply_code": None, "next_at": None, "given_up_at": None, "changed_at": unit.at}
    again = update(Mail).where(Mail.id == mail_id, _STUCK).values(fresh).returning(Mail.holder_id, Mail.job_id)
    row = unit.connection.execute(again).one_or_none()
    if row is None:
        raise NotFound
    if row.job_id is None or not hasten(unit, row.job_id):
        job_id = unit.enqueue("mail.send", {"mail": text_of(mail_id)}, holder_id=row.holder_id)
        unit.connection.execute(update(Mail).where(Mail.id == mail_id).values(job_id=job_id))
