"""Signing in and out, and the table of sessions. Whoever calls has checked the password outside any unit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from portal.accounts import limits
from portal.accounts.facts.sessions import SessionEnded, SignedIn, SignedOut, SignInRefused
from portal.accounts.models import Account, Role, Session
from portal.accounts.reads import email_of
from portal.accounts.service.challenges import void_challenges
from portal.accounts.service.telling import warn
from portal.audit.refusals import note_refusal
from portal.kernel.blind_index import find_holder
from portal.kernel.errors import NotFound, Refused
from portal.kernel.ids import digest, new_id, new_secret, text_of
from portal.kernel.prepared import Prepared
from portal.kernel.unit import STRANGER, Unit

EMAIL = "account.email"
# How long a session lives at most, and how long it may lie still. Whoever sees other people's things gets a day's work.
CUSTOMER_LIFE = (timedelta(days=30), timedelta(days=14))
TRUSTED_LIFE = (timedelta(hours=12), timedelta(hours=1))
SEEN_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)


DeviceOf = Callable[[bytes, datetime], str | None]
"""A browser's mark for an account whose password is of that moment, if it has signed it in since."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who might be signing in. For an unknown address all is empty, and everything takes as long."""

    account_id: bytes | None = None
    holder_id: bytes | None = None
    password_hash: str = ""
    since: datetime | None = None


def begin_sign_in(
    unit: Unit, *, email: str, network: str, device_of: DeviceOf = lambda account, since: None
) -> Candidate:
    """Counts the try against the limits, then says whose password to compare; TooMany when one is full.

    ``device_of`` gives the mark of a browser that this account has signed in with its present password, or None. Such a
    browser has a limit of its own, so that an attack from elsewhere does not lock the owner out. Nor does one from many
    addresses lock anybody out for being many: while the house is tried too often, a network has fewer tries, but never none.
    """
    candidate = _candidate(unit, email)
    device = device_of(candidate.account_id, candidate.since) if candidate.account_id and candidate.since else None
    if device is not None:
        limits.charge(unit, limits.SIGN_IN_DEVICE, device)
    else:
        limits.charge(unit, limits.SIGN_IN_HERE, email, network)
        limits.charge(unit, limits.SIGN_IN_ACCOUNT, email)
        limits.charge(unit, limits.SIGN_IN_NETWORK, network)
        if limits.is_over(unit, limits.SIGN_IN_ALL):
            limits.charge(unit, limits.SIGN_IN_PRESSED, network)
    return candidate


def _candidate(unit: Unit, email: str) -> Candidate:
    holder = find_holder(unit, EMAIL, email)
    # Asked for an unknown address too, so that both take the same number of queries.
    row = unit.connection.execute(
        select(
            Account.id, Account.holder_id, Account.password_hash, Account.demonstration, Account.password_changed_at
        ).where(
            Account.holder_id == (holder or b""), Account.state == "active"
        )
    ).one_or_none()
    if row is None or (row.demonstration and not unit.house.settings.demo):
        return Candidate()
    return Candidate(row.id, row.holder_id, row.password_hash, row.password_changed_at)


def check_password_hash(unit: Unit, account_id: bytes, password_hash: str) -> bytes:
    """Refused where the hash that was compared changed meanwhile: the sign-in came too late. Gives the holder.

    Until the unit ends nobody else changes the account.
    """
    row = unit.connection.execute(
        select(Account.holder_id, Account.password_hash).where(
            Account.id == account_id, Account.state == "active"
        ).with_for_update()
    ).one_or_none()
    if row is None or row.password_hash != password_hash:
        raise Refused("sign-in-refused")
    holder_id: bytes = row.holder_id
    return holder_id


def start_session(
    unit: Unit, *, account_id: bytes, holder_id: bytes, agent: str = "", by: str | None = None, known: bool = True
) -> str:
    """A new session for somebody whose right to it was just proved, by ``by`` beside the password; gives its secret.

    ``known`` is whether this browser has signed the account in before.
    """
    id_, secret = new_id(), new_secret()
    # The first browser of all is new to everybody, and no news.
    device = "new" if not known and _has_signed_in(unit, account_id) else None
    life, idle = TRUSTED_LIFE if _is_trusted(unit, account_id) else CUSTOMER_LIFE
    unit.connection.execute(
        insert(Session).values(
            id=id_,
            secret_hash=digest(secret),
            account_id=account_id,
            created_at=unit.at,
            last_seen_at=unit.at,
            expires_at=unit.at + life,
            idle_seconds=int(idle.total_seconds()),
            proved_at=unit.at,
            device=unit.box(holder_id).seal("sessions", "device", id_, agent[:200]),
        )
    )
    unit.note(SignedIn(holder=holder_id, session=text_of(id_), by=by, device=device))
    return secret


def _has_signed_in(unit: Unit, account_id: bytes) -> bool:
    return unit.connection.execute(select(Session.id).where(Session.account_id == account_id).limit(1)).first() is not None


def _is_trusted(unit: Unit, account_id: bytes) -> bool:
    found = unit.connection.execute(
        select(Role.id).where(Role.account_id == account_id, Role.role != "customer", Role.ended_at.is_(None)).limit(1)
    )
    return found.first() is not None


def upgrade_hash(unit: Unit, *, account_id: bytes, old: str, new: str) -> None:
    """Keeps the same password under today's parameters; called in the unit that signs in."""
    changed = update(Account).where(Account.id == account_id, Account.password_hash == old)
    unit.connection.execute(changed.values(password_hash=new))


def refuse_sign_in(unit: Unit, *, account_id: bytes | None, network: str, agent: str) -> None:
    """Puts a refused try on record, a little later: the answer takes as long for a known address as for an unknown."""
    account = text_of(account_id) if account_id else ""
    unit.enqueue("accounts.note-refusal", {"account": account, "address": network, "agent": agent})


def note_refused_sign_in(unit: Unit, *, account_id: bytes | None, network: str, agent: str) -> None:
    """The record of a refused try: for the account's owner to see, if there is such an account."""
    holder = account_id and unit.connection.execute(
        select(Account.holder_id).where(Account.id == account_id)
    ).scalar_one_or_none()
    unit.personal(address=network, agent=agent)
    reason = "wrong-password" if holder else "unknown-account"
    note_refusal(unit, SignInRefused(holder=holder or None, reason=reason), STRANGER, network)
    if account_id and holder:
        _warn(unit, account_id, holder)


def _warn(unit: Unit, account_id: bytes, holder_id: bytes) -> None:
    """Tells the owner of many tries with wrong passwords: what was not usual about them is that they were many."""
    if limits.used(unit, limits.SIGN_IN_ACCOUNT, email_of(unit, account_id)) < limits.SIGN_IN_MANY:
        return
    if not limits.is_over(unit, limits.SIGN_IN_TOLD, text_of(account_id)):
        warn(unit, account_id, holder_id, of="passwords", template="accounts/many_tries")


def sign_out(unit: Unit, *, session_id: bytes, account_id: bytes) -> None:
    """Ends the session that asks."""
    if _end(unit, Session.id == session_id, Session.account_id == account_id):
        unit.note(SignedOut(holder=holder_of(unit, account_id), session=text_of(session_id)))


def end_session(unit: Unit, *, account_id: bytes, session_id: bytes) -> None:
    """Ends one of the account's sessions, wherever it is; one that has ended already is no error."""
    mine = select(Session.id).where(Session.id == session_id, Session.account_id == account_id)
    if unit.connection.execute(mine).first() is None:
        raise NotFound
    if _end(unit, Session.id == session_id, Session.account_id == account_id):
        unit.note(SessionEnded(holder=holder_of(unit, account_id), count=1, reason="asked"))


def end_sessions(unit: Unit, *, account_id: bytes, reason: str, keep: bytes | None = None) -> int:
    """Ends all of the account's sessions, but for ``keep``, and every sign-in that is under way; gives how many ended.

    Whatever would begin another one at this moment holds the account: it is through, and ends here, or comes after.
    """
    holder_id = holder_of(unit, account_id, lock=True)
    void_challenges(unit, account_id=account_id)
    others = () if keep is None else (Session.id != keep,)
    ended = _end(unit, Session.account_id == account_id, *others)
    if ended:
        unit.note(SessionEnded(holder=holder_id, count=ended, reason=reason))
    return ended


def _end(unit: Unit, *which: Any) -> int:
    ended = update(Session).where(Session.ended_at.is_(None), *which).values(ended_at=unit.at)
    return unit.connection.execute(ended).rowcount


def holder_of(unit: Unit, account_id: bytes, *, lock: bool = False) -> bytes:
    """Whose keys the account's things are sealed under; ``lock`` keeps new sign-ins out until the unit ends."""
    wanted = select(Account.holder_id).where(Account.id == account_id)
    found = unit.connection.execute(wanted.with_for_update() if lock else wanted).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def forget_sessions(unit: Unit) -> None:
    """Deletes sessions that ended or expired more than a month ago; that they were stands in the log."""
    before = unit.at - KEPT
    unit.connection.execute(delete(Session).where((Session.ended_at < before) | (Session.expires_at < before)))


def is_stale(last_seen_at: datetime, at: datetime) -> bool:
    """Whether it is time to write down again that this session is in use."""
    return at - last_seen_at >= SEEN_EVERY


def mark_seen(unit: Unit, *, session_id: bytes) -> None:
    """Writes down that the session is in use, at most once a minute."""
    _seen.run(unit.connection, {"session": session_id, "before": unit.at - SEEN_EVERY, "now": unit.at})


_seen = Prepared(
    update(Session)
    .where(Session.id == bindparam("session"), Session.ended_at.is_(None), Session.last_seen_at <= bindparam("before"))
    .values(last_seen_at=bindparam("now"))
)
