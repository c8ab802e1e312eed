"""Accounts of made-up people: their address is nobody's, so that nothing is mailed to prove it."""

from sqlalchemy import insert, update

from portal.accounts.facts.accounts import AccountRegistered, AccountVerified
from portal.accounts.facts.credentials import PasswordChanged
from portal.accounts.models import Account
from portal.accounts.service.sessions import EMAIL, end_sessions, holder_of
from portal.kernel.blind_index import claim_identifier
from portal.kernel.errors import Invalid
from portal.kernel.ids import new_id, text_of
from portal.kernel.mail import NOBODYS
from portal.kernel.sealing import create_holder
from portal.kernel.unit import Unit


def make_up(unit: Unit, *, email: str, password_hash: str, locale: str) -> bytes:
    """An account that lives at once; gives its id. Conflict where the address has one, Invalid for somebody's address."""
    if not email.endswith(NOBODYS):
        raise Invalid("invalid", fields={"email": "Made-up people have an address that is nobody's."})
    account_id, holder_id = new_id(), create_holder(unit, "person")
    claim_identifier(unit, EMAIL, email, holder_id)
    unit.connection.execute(
        insert(Account).values(
            id=account_id,
            holder_id=holder_id,
            email=unit.box(holder_id).seal("accounts", "email", account_id, email),
            password_hash=password_hash,
            locale=locale,
            state="active",
            demonstration=False,
            created_at=unit.at,
            email_verified_at=unit.at,
            password_changed_at=unit.at,
        )
    )
    unit.note(AccountRegistered(holder=holder_id, account=text_of(account_id), test=True))
    unit.note(AccountVerified(holder=holder_id, account=text_of(account_id), test=True))
    return account_id


def give_password(unit: Unit, *, account_id: bytes, password_hash: str) -> None:
    """Another password for a made-up person, whose sessions end. Which account is one, is known to whoever calls."""
    holder_id = holder_of(unit, account_id, lock=True)
    values = {"password_hash": password_hash, "password_changed_at": unit.at}
    unit.connection.execute(update(Account).where(Account.id == account_id).values(values))
    unit.note(PasswordChanged(holder=holder_id, test=True))
    end_sessions(unit, account_id=account_id, reason="password-changed")
