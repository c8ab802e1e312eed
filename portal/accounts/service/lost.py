"""A lost second step: after the password and a mailed link it is removed in seven days, unless anybody stops it.

Whoever knows the password and reads the mail is not yet the owner: a thief may do both. So every known address is told
at once and again a day before the end, each with a link that stops it, and whoever uses a second step meanwhile stops it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from portal.accounts import limits
from portal.accounts.facts.factors import RecoveryAsked, RecoveryBegun, RecoveryDone, RecoveryNear, RecoveryStopped
from portal.accounts.models import Factor, Recovery, RecoveryCode
from portal.accounts.reads import has_factor, locale_of, other_officers, own_addresses, recovery_due
from portal.accounts.service.sessions import end_sessions, holder_of
from portal.accounts.service.telling import tell
from portal.accounts.service.tokens import claim_token, find_token, issue_token, void_tokens
from portal.kernel.clock import micros
from portal.kernel.errors import Gone
from portal.kernel.ids import text_of
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit

WAITS = timedelta(days=7)
TOLD_BEFORE = timedelta(days=1)
NEAR = TOLD_BEFORE + timedelta(hours=2)
"""When all are told again: so early that a worker who comes a little late moves no end that was already told."""
BEGIN, STOP = "lost", "factors"
"""What the two links are good for."""


def mail_lost_link(unit: Unit, *, account_id: bytes) -> str:
    """Mails the link that begins the wait, to somebody who has just given the right password; gives its secret."""
    limits.charge(unit, limits.LOST, text_of(account_id))
    holder_id = holder_of(unit, account_id)
    void_tokens(unit, account_id=account_id, purposes=(BEGIN,))
    token = issue_token(unit, account_id=account_id, holder_id=holder_id, purpose=BEGIN)
    unit.note(RecoveryAsked(holder=holder_id))
    tell(unit, account_id, holder_id, "accounts/lost", token=token)
    return token


def begin_recovery(unit: Unit, *, token: str) -> datetime:
    """Begins the seven days by the mailed link; gives their end. Begun again while they run, they stay as they were."""
    found = find_token(unit, secret=token, purposes=(BEGIN,))
    if found is None or not has_factor(unit, found.account_id):
        raise Gone("link-used-or-expired")
    holder_id = holder_of(unit, found.account_id, lock=True)
    waiting = recovery_due(unit, found.account_id)
    if waiting is not None:
        return waiting
    claim_token(unit, secret=token, purpose=BEGIN)
    return _begin(unit, found.account_id, holder_id)


def _begin(unit: Unit, account_id: bytes, holder_id: bytes) -> datetime:
    due = unit.at + WAITS
    forget_recovery(unit, account_id=account_id)
    unit.connection.execute(insert(Recovery).values(account_id=account_id, asked_at=unit.at, due_at=due))
    _let_wait(unit, account_id, holder_id, due)
    return due


def _let_wait(unit: Unit, account_id: bytes, holder_id: bytes, due: datetime) -> None:
    unit.note(RecoveryBegun(holder=holder_id, account=text_of(account_id), due=micros(due)))
    write_about(unit, account_id=account_id, template="accounts/lost_begun", addresses=own_addresses(unit, account_id))
    name = unit.box(holder_id).pseudonym
    for officer in other_officers(unit, account_id):
        tell(unit, officer, holder_of(unit, officer), "accounts/colleague", name=name, until=due)
    job = {"account": text_of(account_id)}
    unit.enqueue("accounts.remind-of-recovery", job, holder_id=holder_id, run_at=due - NEAR)


def write_about(unit: Unit, *, account_id: bytes, template: str, addresses: Iterable[str]) -> None:
    """A letter about it to each of these addresses; while it waits each bears a link of its own that stops it."""
    holder_id, due = holder_of(unit, account_id), recovery_due(unit, account_id)
    for address in dict.fromkeys(addresses):
        token = issue_token(unit, account_id=account_id, holder_id=holder_id, purpose=STOP) if due else ""
        queue_mail(
            unit,
            to=address,
            template=template,
            holder_id=holder_id,
            locale=locale_of(unit, account_id),
            at=unit.at,
            until=due,
            token=token,
        )


def remind_of_recovery(unit: Unit, *, account_id: bytes) -> bool:
    """A day before the end all are told again; where that comes late, the end does, too. False where it is not time."""
    row = _waiting(unit, account_id)
    if row is None or row.reminded_at is not None or row.due_at - unit.at > NEAR:
        return False
    holder_id, due = holder_of(unit, account_id), max(row.due_at, unit.at + TOLD_BEFORE)
    told = update(Recovery).where(Recovery.account_id == account_id)
    unit.connection.execute(told.values(reminded_at=unit.at, due_at=due))
    unit.note(RecoveryNear(holder=holder_id, account=text_of(account_id), due=micros(due)))
    write_about(unit, account_id=account_id, template="accounts/lost_soon", addresses=own_addresses(unit, account_id))
    job = {"account": text_of(account_id)}
    unit.enqueue("accounts.end-recovery", job, holder_id=holder_id, run_at=due)
    return True


def end_recovery(unit: Unit, *, account_id: bytes) -> bool:
    """The wait is over: second steps and codes are removed, every session and link ends. False where it is not time."""
    holder_id = holder_of(unit, account_id, lock=True)
    row = _waiting(unit, account_id)
    if row is None or row.reminded_at is None or row.due_at > unit.at:
        return False
    many = unit.connection.execute(delete(Factor).where(Factor.account_id == account_id)).rowcount
    unit.connection.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    unit.connection.execute(update(Recovery).where(Recovery.account_id == account_id).values(done_at=unit.at))
    void_tokens(unit, account_id=account_id, purposes=("reset", "address", BEGIN, STOP))
    unit.note(RecoveryDone(holder=holder_id, account=text_of(account_id), count=many))
    end_sessions(unit, account_id=account_id, reason="factors-lost")
    write_about(unit, account_id=account_id, template="accounts/lost_done", addresses=own_addresses(unit, account_id))
    return True


def _waiting(unit: Unit, account_id: bytes) -> Any:
    waits = (Recovery.account_id == account_id, Recovery.done_at.is_(None))
    return unit.connection.execute(select(Recovery.due_at, Recovery.reminded_at).where(*waits)).one_or_none()


def stop_recovery(unit: Unit, *, account_id: bytes, reason: str | None = None) -> bool:
    """The second steps stay; False where nothing waits."""
    holder_id = holder_of(unit, account_id, lock=True)
    waiting = delete(Recovery).where(Recovery.account_id == account_id, Recovery.done_at.is_(None))
    if unit.connection.execute(waiting).rowcount != 1:
        return False
    void_tokens(unit, account_id=account_id, purposes=(BEGIN, STOP))
    unit.note(RecoveryStopped(holder=holder_id, account=text_of(account_id), reason=reason))
    write_about(unit, account_id=account_id, template="accounts/lost_stopped", addresses=own_addresses(unit, account_id))
    return True


def stop_recovery_by_link(unit: Unit, *, token: str) -> None:
    """The same by a mailed link, for whoever reads the mail; Gone for one that does not work any more."""
    found = claim_token(unit, secret=token, purpose=STOP)
    if not stop_recovery(unit, account_id=found.account_id, reason="link"):
        raise Gone("link-used-or-expired")


def forget_recovery(unit: Unit, *, account_id: bytes) -> bool:
    """Whether a second step was removed since its owner was here last; said once, it is over."""
    over = delete(Recovery).where(Recovery.account_id == account_id, Recovery.done_at.is_not(None))
    return unit.connection.execute(over).rowcount == 1


def let_recoveries_wait_anew(unit: Unit) -> int:
    """After a restore each that waits has its week again: one that was stopped since is not known here."""
    waiting = unit.connection.execute(select(Recovery.account_id).where(Recovery.done_at.is_(None))).scalars().all()
    for account_id in waiting:
        unit.connection.execute(delete(Recovery).where(Recovery.account_id == account_id))
        _begin(unit, account_id, holder_of(unit, account_id))
    return len(waiting)
