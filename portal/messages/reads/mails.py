"""The mails of one person, opened; newest first. Nothing here writes."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.mail import Mail
from portal.kernel.unit import Unit

PAGE = 20
# Letters that go out in a person's name; the person has a copy of each.
_TO_COMPANY, _COPY = "audit/privacy", "audit/privacy_copy"
# Go to whoever was asked, not to the person who asked.
_INVITATIONS = ("accounts/delegate_invited", "vendors/staff_invited")
# A link that ends in a secret of ours is for the mailbox alone: whoever finds a browser open must not find a way in.
_SECRET = re.compile(r"https?://\S+/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


@dataclass(frozen=True)
class Message:
    """One mail: its words without one-time links, and what became of it; of a copy, what became of the letter."""

    id: str
    subject: str
    body: tuple[str | None, ...]
    state: str
    locale: str
    at: datetime
    is_letter: bool = False
    # When a letter reached its company.
    arrived_at: datetime | None = None


def messages_of(unit: Unit, before: bytes | None = None) -> tuple[list[Message], str | None]:
    """One page of the actor's mails, and where the next one begins."""
    if unit.actor.holder_id is None:
        raise NotFound
    wanted = select(*Mail.__table__.columns).where(
        Mail.holder_id == unit.actor.holder_id, Mail.template.not_in((_TO_COMPANY, *_INVITATIONS))
    )
    if before is not None:
        wanted = wanted.where(Mail.id < before)
    rows = unit.connection.execute(wanted.order_by(Mail.id.desc()).limit(PAGE + 1)).all()
    box = unit.box(unit.actor.holder_id)
    letters = _letters(unit, [row.created_at for row in rows if row.template == _COPY])
    shown = [
        Message(
            text_of(row.id),
            box.open("mails", "subject", row.id, row.subject),
            tuple(without_links(box.open("mails", "body", row.id, row.body))),
            letter.state,
            row.locale,
            row.created_at,
            is_letter=row.template == _COPY,
            arrived_at=letter.changed_at if letter.state == "delivered" else None,
        )
        for row, letter in [(row, letters.get(row.created_at, row) if row.template == _COPY else row) for row in rows[:PAGE]]
    ]
    return shown, shown[-1].id if len(rows) > PAGE else None


def _letters(unit: Unit, moments: list[datetime]) -> dict[datetime, Any]:
    """What became of the letters that were queued at these moments, and when; each in one unit with its copy."""
    if not moments:
        return {}
    mine = Mail.holder_id == unit.actor.holder_id, Mail.template == _TO_COMPANY, Mail.created_at.in_(moments)
    rows = unit.connection.execute(select(Mail.created_at, Mail.state, Mail.changed_at).where(*mine))
    return {row.created_at: row for row in rows}


def without_links(body: str) -> list[str | None]:
    """The paragraphs of a mail; None stands where a one-time link was."""
    return [None if _SECRET.search(part) else part.strip() for part in re.split(r"\n\s*\n", body) if part.strip()]
