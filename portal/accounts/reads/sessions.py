"""Browsers that are signed in, for their owner and for the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from portal.accounts.models import Account, Session
from portal.kernel.unit import Unit


def is_live(row: Any, at: datetime) -> bool:
    """Whether a session has neither ended, nor run out, nor been left unused for too long."""
    idle = timedelta(seconds=row.idle_seconds)
    return row.ended_at is None and row.expires_at > at and row.last_seen_at + idle > at


@dataclass(frozen=True, slots=True)
class SessionView:
    """One browser that is signed in, as its owner sees it."""

    id: bytes
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    agent: str


def sessions_of(unit: Unit, account_id: bytes) -> list[SessionView]:
    """The account's live sessions, the one last used first."""
    rows = unit.connection.execute(
        select(
            Session.id,
            Session.created_at,
            Session.last_seen_at,
            Session.expires_at,
            Session.idle_seconds,
            Session.ended_at,
            Session.device,
            Account.holder_id,
        )
        .join(Account, Account.id == Session.account_id)
        .where(Session.account_id == account_id, Session.ended_at.is_(None))
        .order_by(Session.last_seen_at.desc())
    ).all()
    return [
        SessionView(
            row.id,
            row.created_at,
            row.last_seen_at,
            row.expires_at,
            unit.box(row.holder_id).open("sessions", "device", row.id, row.device),
        )
        for row in rows
        if is_live(row, unit.at)
    ]


def sessions_begun_before(unit: Unit, at: datetime) -> int:
    """How many live sessions are older than a moment: their cookies are signed with the key of then."""
    rows = unit.connection.execute(
        select(Session.expires_at, Session.last_seen_at, Session.idle_seconds, Session.ended_at).where(
            Session.created_at < at, Session.ended_at.is_(None), Session.expires_at > unit.at
        )
    )
    return sum(is_live(row, unit.at) for row in rows)


def session_live(connection: Connection, args: Sequence[tuple[Any, ...]], at: datetime) -> set[int]:
    """The log's condition ``session_live(session_id)``: the positions whose session no longer lives."""
    wanted = {arg[0] for arg in args}
    rows = connection.execute(
        select(
            Session.id, Session.expires_at, Session.last_seen_at, Session.idle_seconds, Session.ended_at
        ).where(Session.id.in_(wanted))
    )
    live = {row.id for row in rows if is_live(row, at)}
    return {position for position, arg in enumerate(args) if arg[0] not in live}
