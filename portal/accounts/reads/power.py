"""Everybody who has a role: with which bounds, with or without a second step, and when they last used it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Factor
from portal.accounts.reads.roles import RoleView, held_roles
from portal.audit.reads.worked import KINDS, last_worked
from portal.kernel.unit import Unit


@dataclass(frozen=True, slots=True)
class Holding:
    """A role that somebody holds now."""

    role: RoleView
    name: str
    has_second_step: bool
    last_used_at: datetime | None


def holdings(unit: Unit) -> list[Holding]:
    """All roles that are held now, the oldest first. Run after the log was led."""
    held = held_roles(unit)
    careful = select(Factor.account_id).where(Factor.account_id.in_({view.account_id for view, _name in held})).distinct()
    with_step = set(unit.connection.execute(careful).scalars())
    return [Holding(view, name, view.account_id in with_step, _last_used(unit, view, name)) for view, name in held]


def _last_used(unit: Unit, view: RoleView, name: str) -> datetime | None:
    """What was done under the role since it was given: its holder's coming and going is no use of it."""
    # Operators can do nothing here under their role yet, and what a company's staff do at its console is not counted.
    return last_worked(unit, name, view.role, view.granted_at) if view.role in KINDS else None
