"""A second step that is said to be lost: until when it waits, and who else has to hear of it."""

from datetime import datetime

from sqlalchemy import select

from portal.accounts.models import Account, Recovery, Role
from portal.accounts.reads.accounts import email_of, former_email_of
from portal.accounts.reads.roles import holds
from portal.kernel.unit import Unit


def recovery_due(unit: Unit, account_id: bytes) -> datetime | None:
    """When the account's second steps will be removed; None where nothing waits."""
    waiting = select(Recovery.due_at).where(Recovery.account_id == account_id, Recovery.done_at.is_(None))
    return unit.connection.execute(waiting).scalar_one_or_none()


def recovering_account(unit: Unit, holder_id: bytes) -> bytes | None:
    """Whose second step waits to be removed, by the holder of the account's keys."""
    waiting = (
        select(Recovery.account_id)
        .join(Account, Account.id == Recovery.account_id)
        .where(Account.holder_id == holder_id, Recovery.done_at.is_(None))
    )
    return unit.connection.execute(waiting).scalar_one_or_none()


def own_addresses(unit: Unit, account_id: bytes) -> list[str]:
    """Where this room can reach an account's owner: the address it signs in with, and one that can take it back."""
    return [email_of(unit, account_id), *filter(None, [former_email_of(unit, account_id)])]


def other_officers(unit: Unit, account_id: bytes) -> list[bytes]:
    """The accounts of all officers but this one; nobody, where this one acts for nobody but themselves."""
    live = (*holds(unit.at), Role.role != "customer")
    acts = select(Role.id).where(Role.account_id == account_id, *live).limit(1)
    if unit.connection.execute(acts).first() is None:
        return []
    officers = select(Role.account_id).where(Role.role == "officer", *live, Role.account_id != account_id)
    return list(unit.connection.execute(officers.order_by(Role.granted_at)).scalars())
