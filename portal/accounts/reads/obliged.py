"""Whose password must not be enough: everybody who acts for others. Decided here and nowhere else."""

from collections.abc import Iterable

from sqlalchemy import select

from portal.access import WAITS
from portal.accounts.models import Account
from portal.accounts.reads.factors import has_factor
from portal.accounts.reads.roles import roles_of
from portal.kernel.unit import Unit


def needs_factor(unit: Unit, roles: Iterable[str], *, demonstration: bool) -> bool:
    """Whether who holds these roles has to have a second step: every role but the customer's needs one.

    The made-up people of a demonstration are let off, in a demonstration alone: whoever tries it out has their passwords
    from its own page.
    """
    return bool(set(roles) - {"customer"}) and not (demonstration and unit.house.settings.demo)


def roles_in_force(unit: Unit, account_id: bytes, held: Iterable[str], *, demonstration: bool) -> frozenset[str]:
    """The roles that a session of this person acts in; those that wait for a second step bear a mark.

    Whether this very session was proved by a factor need not be asked: adding the first one ends every other session,
    and each that begins later is begun with one.
    """
    others = set(held) - {"customer"}
    if needs_factor(unit, others, demonstration=demonstration) and not has_factor(unit, account_id):
        others = {WAITS + role for role in others}
    return frozenset({"customer", *others})


def must_keep_a_factor(unit: Unit, account_id: bytes) -> bool:
    """Whether this account may not be left without a second step."""
    is_demonstration = unit.connection.execute(select(Account.demonstration).where(Account.id == account_id)).scalar_one()
    return needs_factor(unit, (role.role for role in roles_of(unit, account_id)), demonstration=is_demonstration)
