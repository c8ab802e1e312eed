"""Proving anew who is there: by a code of an app or of paper, at sign-in and before what matters.

Tries are counted before a code is looked at. A browser that the account knows has counters of its own, so that an
attack from elsewhere, even with the password, does not keep the owner out.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, update

from portal.accounts import limits, totp
from portal.accounts.codes import normal_code
from portal.accounts.facts.sessions import Proved, SignInRefused
from portal.accounts.models import Account, Factor, RecoveryCode, Session
from portal.accounts.reads import has_factor
from portal.accounts.service.challenges import Begun, begin_challenge, claim_challenge
from portal.accounts.service.lost import forget_recovery
from portal.accounts.service.sessions import check_password_hash, start_session
from portal.accounts.service.telling import tell, warn
from portal.audit.refusals import note_refusal
from portal.kernel.errors import NeedsSignIn
from portal.kernel.ids import digest, new_secret, text_of
from portal.kernel.unit import Unit

TOLD_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entered:
    """What a right password opened: a session, or the second step before one."""

    secret: str
    waits: bool
    # Whether a lost second step was removed since, and a new one is to be offered.
    lost: bool = False


def enter(unit: Unit, *, account_id: bytes, password_hash: str, agent: str = "", known: bool = True) -> Entered:
    """The password was right: a session begins, or, where the account has a second factor, the second step.

    ``known`` is whether this browser has signed the account in before.
    """
    holder_id = check_password_hash(unit, account_id, password_hash)
    if has_factor(unit, account_id):
        return Entered(begin_challenge(unit, purpose="second", account_id=account_id, holder_id=holder_id), True)
    secret = start_session(unit, account_id=account_id, holder_id=holder_id, agent=agent, known=known)
    return Entered(secret, False, lost=forget_recovery(unit, account_id=account_id))


def finish(unit: Unit, *, begun: Begun, code: str, network: str, device: str | None, agent: str = "") -> str | None:
    """The second step: gives the new session's secret, or None for a code that is none. TooMany when a limit is full."""
    lock_account(unit, begun.account_id)
    by = try_code(unit, account_id=begun.account_id, holder_id=begun.holder_id, code=code, network=network, device=device)
    if by is None:
        return None
    claim_challenge(unit, begun)
    known = device is not None
    return start_session(
        unit, account_id=begun.account_id, holder_id=begun.holder_id, agent=agent, by=by, known=known
    )


def try_code(
    unit: Unit, *, account_id: bytes, holder_id: bytes, code: str, network: str, device: str | None
) -> str | None:
    """Counts the try, then says by what the code proves its owner (``app``, ``recovery-code``), or None. Uses it up."""
    rules = limits.FACTOR_DEVICE if device else limits.FACTOR
    for rule in rules:
        limits.charge(unit, rule, device or text_of(account_id))
    by = _take(unit, account_id, holder_id, code)
    if by is None:
        note_refusal(unit, SignInRefused(holder=holder_id, reason="wrong-code"), unit.actor, network)
        _warn(unit, account_id, holder_id)
    return by


def _take(unit: Unit, account_id: bytes, holder_id: bytes, code: str) -> str | None:
    digits = "".join(code.split())
    if len(digits) == totp.DIGITS and digits.isascii() and digits.isdigit():
        return "app" if _take_app_code(unit, account_id, holder_id, digits) else None
    plain = normal_code(code)
    return "recovery-code" if plain and _take_recovery_code(unit, account_id, holder_id, plain) else None


def _take_app_code(unit: Unit, account_id: bytes, holder_id: bytes, code: str) -> bool:
    apps = unit.connection.execute(
        select(Factor.id, Factor.secret).where(Factor.account_id == account_id, Factor.kind == "app")
    ).all()
    box = unit.box(holder_id)
    for app in apps:
        step = totp.step_that_matches(box.open("factors", "secret", app.id, app.secret), code, unit.at)
        if step is not None and use_step(unit, app.id, step):
            return True
    return False


def use_step(unit: Unit, factor_id: bytes, step: int) -> bool:
    """Uses up a step, and all before it: each is good once, and of many who try at once one succeeds."""
    later = update(Factor).where(Factor.id == factor_id, Factor.counter < step)
    return unit.connection.execute(later.values(counter=step, last_used_at=unit.at)).rowcount == 1


def _take_recovery_code(unit: Unit, account_id: bytes, holder_id: bytes, plain: str) -> bool:
    mine = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    used = update(RecoveryCode).where(*mine, RecoveryCode.hash == digest(plain)).values(used_at=unit.at)
    if unit.connection.execute(used).rowcount != 1:
        return False
    left = unit.connection.execute(select(func.count()).select_from(RecoveryCode).where(*mine)).scalar_one()
    tell(unit, account_id, holder_id, "accounts/factors", what="code-used", left=left)
    return True


def _warn(unit: Unit, account_id: bytes, holder_id: bytes) -> None:
    # Whoever comes this far knows the password. A slip is no news; as many as a window holds are, once a day.
    if limits.used(unit, limits.FACTOR[-1], text_of(account_id)) < limits.FACTOR[0].most:
        return
    if not limits.is_over(unit, limits.FACTOR_TOLD, text_of(account_id)):
        warn(unit, account_id, holder_id, of="codes", template="accounts/wrong_codes")


def prove(unit: Unit, *, account_id: bytes, session_id: bytes, by: str) -> str:
    """Whoever is signed in has proved it anew: the session lives on under a new secret, which is given."""
    holder_id = lock_account(unit, account_id)
    secret = renew(unit, account_id=account_id, session_id=session_id)
    unit.note(Proved(holder=holder_id, session=text_of(session_id), by=by))
    return secret


def renew(unit: Unit, *, account_id: bytes, session_id: bytes) -> str:
    """Another secret for a live session of somebody who has just proved who they are; every copy of the old one is dead."""
    secret = new_secret()
    live = update(Session).where(
        Session.id == session_id, Session.account_id == account_id, Session.ended_at.is_(None)
    )
    if unit.connection.execute(live.values(secret_hash=digest(secret), proved_at=unit.at)).rowcount != 1:
        raise NeedsSignIn
    return secret


def renew_if_live(unit: Unit, *, account_id: bytes, session_id: bytes | None) -> str | None:
    """The same for a session that may have ended meanwhile, or that there is none of."""
    try:
        return None if session_id is None else renew(unit, account_id=account_id, session_id=session_id)
    except NeedsSignIn:
        return None


def lock_account(unit: Unit, account_id: bytes) -> bytes:
    """Until the unit ends nobody else changes the account; gives its holder, NeedsSignIn where there is none."""
    held = select(Account.holder_id).where(Account.id == account_id, Account.state == "active").with_for_update()
    found = unit.connection.execute(held).scalar_one_or_none()
    if found is None:
        raise NeedsSignIn
    return found
