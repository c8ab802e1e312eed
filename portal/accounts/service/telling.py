"""Telling an account's owner by mail what happened to it, in the owner's language."""

from typing import Any

from sqlalchemy import select

from portal.accounts.facts.sessions import OwnerWarned
from portal.accounts.models import Account
from portal.accounts.reads import email_of
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit


def warn(unit: Unit, account_id: bytes, holder_id: bytes, *, of: str, template: str) -> None:
    """Puts on record that the owner is warned of tries to get in, and tells them."""
    unit.note(OwnerWarned(holder=holder_id, of=of))
    tell(unit, account_id, holder_id, template)


def tell(unit: Unit, account_id: bytes, holder_id: bytes, template: str, **words: Any) -> None:
    """Queues a letter to the address that the account signs in with; ``at`` is this moment."""
    locale = unit.connection.execute(select(Account.locale).where(Account.id == account_id)).scalar_one()
    email = email_of(unit, account_id)
    queue_mail(unit, to=email, template=template, holder_id=holder_id, locale=locale, at=unit.at, **words)
