"""From asking for an account to a proved address."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from portal.accounts.facts.accounts import (
    AccountRegistered,
    AccountVerified,
    RegistrationLapsed,
    RegistrationRepeated,
)
from portal.accounts.models import Account, OneTimeToken
from portal.accounts.service.sessions import EMAIL
from portal.accounts.service.tokens import LIVES, claim_token, issue_token
from portal.kernel.blind_index import claim_identifier, find_holder
from portal.kernel.errors import Gone
from portal.kernel.forgetting import forget_holder
from portal.kernel.ids import new_id, text_of
from portal.kernel.mail import queue_mail
from portal.kernel.sealing import create_holder
from portal.kernel.unit import Unit

FORMER = "account.former_email"


@dataclass(frozen=True, slots=True)
class Registration:
    """An account that waits for its address to be proved; ``token`` stands in the mail alone."""

    account_id: bytes
    holder_id: bytes
    token: str


@dataclass(frozen=True, slots=True)
class Verified:
    """An account that lives from here on, and where the person was going."""

    account_id: bytes
    holder_id: bytes
    next_path: str | None


def ask_to_register(
    unit: Unit, *, email: str, password_hash: str, next_path: str | None, browser: str, network: str, agent: str
) -> None:
    """Takes a registration in. What comes of it is decided by a job: the answer is the same whoever has an account."""
    unit.enqueue(
        "accounts.register",
        {
            "email": email,
            "password_hash": password_hash,
            "next_path": next_path,
            "browser": browser,
            "address": network,
            "agent": agent,
        },
    )


def register(
    unit: Unit,
    *,
    email: str,
    password_hash: str,
    locale: str = "en",
    next_path: str | None = None,
    browser: str = "",
    demonstration: bool = False,
) -> Registration | None:
    """Makes an account that waits for its address, and mails the link that proves it.

    None where the address has an account: its owner gets a mail that says so.
    """
    holder = find_holder(unit, EMAIL, email) or find_holder(unit, FORMER, email)
    if holder is not None:
        _tell_owner(unit, holder, email, next_path)
        return None
    account_id, holder_id = new_id(), create_holder(unit, "person")
    unit.connection.execute(
        insert(Account).values(
            id=account_id,
            holder_id=holder_id,
            email=unit.box(holder_id).seal("accounts", "email", account_id, email),
            password_hash=password_hash,
            locale=locale,
            state="waiting",
            demonstration=demonstration,
            created_at=unit.at,
            password_changed_at=unit.at,
        )
    )
    token = issue_token(
        unit, account_id=account_id, holder_id=holder_id, purpose="verify", next=next_path, browser=browser
    )
    unit.note(AccountRegistered(holder=holder_id, account=text_of(account_id)))
    queue_mail(unit, to=email, template="accounts/verify", holder_id=holder_id, locale=locale, token=token)
    later = unit.at + LIVES["verify"] + timedelta(hours=1)
    unit.enqueue("accounts.lapse", {"account": text_of(account_id)}, holder_id=holder_id, run_at=later)
    return Registration(account_id, holder_id, token)


def _tell_owner(unit: Unit, holder_id: bytes, email: str, next_path: str | None) -> None:
    row = unit.connection.execute(select(Account.id, Account.locale).where(Account.holder_id == holder_id)).one()
    unit.note(RegistrationRepeated(holder=holder_id, account=text_of(row.id)))
    queue_mail(
        unit, to=email, template="accounts/known", holder_id=holder_id, locale=row.locale, next_path=next_path
    )


def verify_address(unit: Unit, *, token: str) -> Verified:
    """The link was opened by whoever gets mail at the address, and knows the password: the account lives."""
    found = claim_token(unit, secret=token, purpose="verify")
    row = unit.connection.execute(select(Account.email, Account.state).where(Account.id == found.account_id)).one()
    email = unit.box(found.holder_id).open("accounts", "email", found.account_id, row.email)
    if row.state != "waiting" or find_holder(unit, FORMER, email):
        raise Gone("link-used-or-expired")
    # Conflict if another registration of the same address was proved first.
    claim_identifier(unit, EMAIL, email, found.holder_id)
    unit.connection.execute(
        update(Account).where(Account.id == found.account_id).values(state="active", email_verified_at=unit.at)
    )
    unit.note(AccountVerified(holder=found.holder_id, account=text_of(found.account_id)))
    return Verified(found.account_id, found.holder_id, found.payload.get("next"))


def lapse(unit: Unit, *, account_id: bytes) -> None:
    """Forgets a registration whose address was not proved in time, with the keys and mails that were made for it."""
    waiting = (Account.id == account_id, Account.state == "waiting")
    holder = unit.connection.execute(select(Account.holder_id).where(*waiting)).scalar_one_or_none()
    if holder is None:
        return
    unit.connection.execute(delete(OneTimeToken).where(OneTimeToken.account_id == account_id))
    unit.connection.execute(delete(Account).where(*waiting))
    forget_holder(unit, holder)
    unit.note(RegistrationLapsed(holder=holder, account=text_of(account_id)))
