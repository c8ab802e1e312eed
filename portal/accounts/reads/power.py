"""Everybody who has a role: with which bounds, with or without a second step, and when they were last here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.accounts.models import Factor, Session
from portal.accounts.reads.roles import RoleView, held_roles
from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class Holding:
    """A role that somebody holds now."""

    role: RoleView
    name: str
    has_second_step: bool
    last_here_at: datetime | None


def holdings(unit: Unit) -> list[Holding]:
    """All roles that are held now, the oldest first."""
    held = held_roles(unit)
    accounts = {view.account_id for view, _name in held}
    careful = select(Factor.account_id).where(Factor.account_id.in_(accounts)).distinct()
    with_step = set(unit.connection.execute(careful).scalars())
    seen = select(Session.account_id, func.max(Session.last_seen_at)).where(Session.account_id.in_(accounts))
    last = {row[0]: row[1] for row in unit.connection.execute(seen.group_by(Session.account_id))}
    return [Holding(view, name, view.account_id in with_step, last.get(view.account_id)) for view, name in held]
