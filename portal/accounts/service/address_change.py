"""Another address to sign in with: the new one is proved, the old one is told and can take it back for a week."""

from sqlalchemy import select, update

from portal.accounts.facts.credentials import (
    AddressChangeAsked,
    AddressChanged,
    AddressChangeUndone,
    FormerAddressReleased,
)
from portal.accounts.models import Account, OneTimeToken
from portal.accounts.reads import email_of
from portal.accounts.service.proving import renew_if_live
from portal.accounts.service.recovery import send_reset
from portal.accounts.service.registration import FORMER
from portal.accounts.service.sessions import EMAIL, end_sessions, holder_of
from portal.accounts.service.tokens import LIVES, claim_token, issue_token, void_tokens
from portal.kernel.blind_index import claim_identifier, find_holder, release_identifier
from portal.kernel.errors import Conflict
from portal.kernel.ids import id_from, text_of
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit


def ask_to_change_address(unit: Unit, *, account_id: bytes, session_id: bytes, email: str) -> str:
    """Mails a link to the new address; nothing changes before it is used. Gives the link's secret.

    Whether the address is somebody else's is said only to whoever can read its mail.
    """
    holder_id = holder_of(unit, account_id)
    void_tokens(unit, account_id=account_id, purposes=("address",))
    token = issue_token(
        unit, account_id=account_id, holder_id=holder_id, purpose="address", email=email, session=text_of(session_id)
    )
    unit.note(AddressChangeAsked(holder=holder_id))
    queue_mail(
        unit,
        to=email,
        template="accounts/address",
        holder_id=holder_id,
        locale=_locale(unit, account_id),
        token=token,
    )
    return token


def change_address(unit: Unit, *, token: str, session_id: bytes | None = None) -> str | None:
    """The new address is proved: it takes over, and the old one is told with a link to undo.

    Every session ends but the one that asked, if it is the one that opens the link (``session_id``): it goes on under a
    new secret, which is given.
    """
    found = claim_token(unit, secret=token, purpose="address")
    account_id, holder_id, new = found.account_id, found.holder_id, str(found.payload["email"])
    old = email_of(unit, account_id)
    if find_holder(unit, FORMER, new) not in (None, holder_id):
        raise Conflict("taken")
    release_identifier(unit, EMAIL, holder_id=holder_id)
    claim_identifier(unit, EMAIL, new, holder_id)
    _set_address(unit, account_id, holder_id, new)
    # What the old mailbox holds opens nothing any more, but for the link that undoes this.
    void_tokens(unit, account_id=account_id, purposes=("reset", "address", "lost"))
    # Noted first: it is the cause of the letter to the old address.
    unit.note(AddressChanged(holder=holder_id, account=text_of(account_id)))
    _keep_former(unit, account_id, holder_id, old, new)
    keep = session_id if session_id == id_from(found.payload["session"]) else None
    end_sessions(unit, account_id=account_id, reason="address-changed", keep=keep)
    return renew_if_live(unit, account_id=account_id, session_id=keep)


def _keep_former(unit: Unit, account_id: bytes, holder_id: bytes, old: str, new: str) -> None:
    # Reserved while it can be taken back: nobody else registers it meanwhile. Of several changes in one week the
    # first address stays the one to go back to, for whoever took the account over may change it twice.
    if _undo_waits(unit, account_id):
        locale = _locale(unit, account_id)
        queue_mail(unit, to=old, template="accounts/address_moved", holder_id=holder_id, locale=locale, at=unit.at)
        return
    claim_identifier(unit, FORMER, old, holder_id)
    token = issue_token(unit, account_id=account_id, holder_id=holder_id, purpose="undo", email=old)
    queue_mail(
        unit,
        to=old,
        template="accounts/address_changed",
        holder_id=holder_id,
        locale=_locale(unit, account_id),
        token=token,
        at=unit.at,
        until=unit.at + LIVES["undo"],
    )
    run_at = unit.at + LIVES["undo"]
    unit.enqueue("accounts.release-former", {"account": text_of(account_id)}, holder_id=holder_id, run_at=run_at)


def undo_address_change(unit: Unit, *, token: str) -> bytes:
    """The old address takes the account back: sessions and links end, and only a new password opens it again."""
    found = claim_token(unit, secret=token, purpose="undo")
    account_id, holder_id, old = found.account_id, found.holder_id, str(found.payload["email"])
    release_identifier(unit, EMAIL, holder_id=holder_id)
    release_identifier(unit, FORMER, holder_id=holder_id)
    claim_identifier(unit, EMAIL, old, holder_id)
    _set_address(unit, account_id, holder_id, old)
    unit.connection.execute(
        update(Account).where(Account.id == account_id).values(password_hash="", password_changed_at=unit.at)
    )
    void_tokens(unit, account_id=account_id, purposes=("reset", "address", "undo", "lost"))
    unit.note(AddressChangeUndone(holder=holder_id, account=text_of(account_id)))
    end_sessions(unit, account_id=account_id, reason="address-change-undone")
    send_reset(unit, email=old)
    return account_id


def release_former(unit: Unit, *, account_id: bytes) -> None:
    """The week is over: the old address is free for whoever can prove it."""
    holder_id = holder_of(unit, account_id)
    if not _undo_waits(unit, account_id):
        release_identifier(unit, FORMER, holder_id=holder_id)
        unit.note(FormerAddressReleased(holder=holder_id))


def _undo_waits(unit: Unit, account_id: bytes) -> bool:
    waiting = select(OneTimeToken.id).where(
        OneTimeToken.account_id == account_id,
        OneTimeToken.purpose == "undo",
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > unit.at,
    )
    return unit.connection.execute(waiting).first() is not None


def _set_address(unit: Unit, account_id: bytes, holder_id: bytes, email: str) -> None:
    sealed = unit.box(holder_id).seal("accounts", "email", account_id, email)
    values = {"email": sealed, "email_verified_at": unit.at}
    unit.connection.execute(update(Account).where(Account.id == account_id).values(values))


def _locale(unit: Unit, account_id: bytes) -> str:
    return str(unit.connection.execute(select(Account.locale).where(Account.id == account_id)).scalar_one())
