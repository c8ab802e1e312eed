"""New passwords: by a link sent to the address, or by whoever knows the old one."""

from sqlalchemy import select, update

from portal.accounts.facts.credentials import PasswordChanged, PasswordReset, ResetAsked
from portal.accounts.models import Account, Session
from portal.accounts.reads import has_factor, require_proof
from portal.accounts.service.sessions import EMAIL, end_sessions, holder_of, start_session
from portal.accounts.service.telling import tell
from portal.accounts.service.tokens import claim_token, issue_token, void_tokens
from portal.kernel.blind_index import find_holder
from portal.kernel.errors import NeedsSignIn, Refused
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit


def ask_for_reset(unit: Unit, *, email: str, network: str, agent: str) -> None:
    """Takes the wish in. A job looks whether there is such an account: the answer is the same."""
    unit.enqueue("accounts.send-reset", {"email": email, "address": network, "agent": agent})


def send_reset(unit: Unit, *, email: str, locale: str = "en") -> str | None:
    """Mails a link to set a new password, or says by mail that there is no account; gives the link's secret."""
    holder = find_holder(unit, EMAIL, email)
    row = unit.connection.execute(
        select(Account.id, Account.holder_id, Account.locale).where(
            Account.holder_id == (holder or b""), Account.state == "active"
        )
    ).one_or_none()
    if row is None:
        queue_mail(unit, to=email, template="accounts/unknown", locale=locale)
        return None
    token = issue_token(unit, account_id=row.id, holder_id=row.holder_id, purpose="reset")
    unit.note(ResetAsked(holder=row.holder_id))
    queue_mail(unit, to=email, template="accounts/reset", holder_id=row.holder_id, locale=row.locale, token=token)
    return token


def reset_password(unit: Unit, *, token: str, password_hash: str) -> bytes:
    """Sets a new password by a mailed link: every session ends, every other link is worthless. Gives the account."""
    found = claim_token(unit, secret=token, purpose="reset")
    _set(unit, found.account_id, password_hash)
    void_tokens(unit, account_id=found.account_id, purposes=("reset", "address", "lost"))
    unit.note(PasswordReset(holder=found.holder_id))
    end_sessions(unit, account_id=found.account_id, reason="password-reset")
    tell(unit, found.account_id, found.holder_id, "accounts/password_changed")
    return found.account_id


def change_password(unit: Unit, *, account_id: bytes, old_hash: str, password_hash: str, agent: str = "") -> str:
    """Sets a new password for somebody who gave the old one; all sessions end, and a new one begins: its secret."""
    row = unit.connection.execute(
        select(Account.holder_id, Account.password_hash).where(Account.id == account_id).with_for_update()
    ).one()
    if row.password_hash != old_hash:
        raise Refused("password-changed")
    _still_in(unit)
    return _changed(unit, account_id, row.holder_id, password_hash, agent)


def replace_password(unit: Unit, *, account_id: bytes, password_hash: str, agent: str = "") -> str:
    """Sets a new password for somebody who has just proved a second step, and does not know the old one; as above."""
    holder_id = holder_of(unit, account_id, lock=True)
    require_proof(unit)
    if not has_factor(unit, account_id):
        raise Refused("no-factor")
    return _changed(unit, account_id, holder_id, password_hash, agent, reason="second-step")


def _still_in(unit: Unit) -> None:
    """Whoever was signed out while their request was on its way gets no new session by it."""
    mine = (Session.id == (unit.actor.session_id or b""), Session.ended_at.is_(None))
    if unit.connection.execute(select(Session.id).where(*mine)).first() is None:
        raise NeedsSignIn


def _changed(
    unit: Unit, account_id: bytes, holder_id: bytes, password_hash: str, agent: str, reason: str | None = None
) -> str:
    _set(unit, account_id, password_hash)
    void_tokens(unit, account_id=account_id, purposes=("reset", "address", "lost"))
    unit.note(PasswordChanged(holder=holder_id, reason=reason))
    end_sessions(unit, account_id=account_id, reason="password-changed")
    tell(unit, account_id, holder_id, "accounts/password_changed")
    return start_session(unit, account_id=account_id, holder_id=holder_id, agent=agent)


def _set(unit: Unit, account_id: bytes, password_hash: str) -> None:
    values = {"password_hash": password_hash, "password_changed_at": unit.at}
    unit.connection.execute(update(Account).where(Account.id == account_id).values(values))

