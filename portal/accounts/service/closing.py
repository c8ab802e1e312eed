"""The end of an account: nobody signs in to it any more, and what is left of it opens for nobody."""

from sqlalchemy import delete, select, update

from portal.accounts.facts import AccountClosed
from portal.accounts.models import Account, OneTimeToken, Role, Session
from portal.accounts.service.roles import end_role
from portal.accounts.service.sessions import end_sessions, holder_of
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit


def close(unit: Unit, *, account_id: bytes) -> None:
    """Ends roles, sessions and links of somebody who is erased. The row stays without address and password."""
    holder_id = holder_of(unit, account_id, lock=True)
    live = select(Role.id).where(Role.account_id == account_id, Role.ended_at.is_(None))
    for role_id in unit.connection.execute(live).scalars().all():
        end_role(unit, role_id=role_id)
    end_sessions(unit, account_id=account_id, reason="erased")
    unit.connection.execute(delete(Session).where(Session.account_id == account_id))
    unit.connection.execute(delete(OneTimeToken).where(OneTimeToken.account_id == account_id))
    gone = {"state": "erased", "email": b"", "email_verified_at": None, "password_hash": ""}
    unit.connection.execute(update(Account).where(Account.id == account_id).values(gone))
    unit.note(AccountClosed(holder=holder_id, account=text_of(account_id)))
