"""The end of an account: nobody signs in to it any more, and what is left of it opens for nobody."""

from sqlalchemy import delete, select, update

from portal.accounts.facts.accounts import AccountClosed
from portal.accounts.models import Account, Challenge, Factor, OneTimeToken, Recovery, RecoveryCode, Role, Session
from portal.accounts.service.cases import forget_cases
from portal.accounts.service.delegations import forget_delegations
from portal.accounts.service.roles import end_role
from portal.accounts.service.sessions import end_sessions, holder_of
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit

_OF_THE_ACCOUNT = (Session, OneTimeToken, Factor, RecoveryCode, Recovery, Challenge)


def close(unit: Unit, *, account_id: bytes) -> None:
    """Ends roles, delegations, sessions, links and second steps of somebody who is erased.

    The row stays, without address and password.
    """
    holder_id = holder_of(unit, account_id, lock=True)
    live = select(Role.id).where(Role.account_id == account_id, Role.ended_at.is_(None))
    for role_id in unit.connection.execute(live).scalars().all():
        end_role(unit, role_id=role_id)
    forget_delegations(unit, account_id=account_id)
    end_sessions(unit, account_id=account_id, reason="erased")
    forget_cases(unit, account_id=account_id)
    for table in _OF_THE_ACCOUNT:
        unit.connection.execute(delete(table).where(table.account_id == account_id))
    gone = {"state": "erased", "email": b"", "email_verified_at": None, "password_hash": ""}
    unit.connection.execute(update(Account).where(Account.id == account_id).values(gone))
    unit.note(AccountClosed(holder=holder_id, account=text_of(account_id)))
