"""After a restore: what was good once when the backup was made may have been used since, and is not good again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, delete, select, update

from portal.accounts import totp
from portal.accounts.facts.accounts import AccountsRestored
from portal.accounts.models import Account, Challenge, Factor, OneTimeToken, RecoveryCode, Session
from portal.accounts.service.delegations import end_asked
from portal.accounts.service.telling import tell
from portal.kernel import clock
from portal.kernel.mail import Mail, suppress
from portal.kernel.unit import Unit

# It gives an account back to the address before, whose owner may have used it since: without it the account would stay
# with whoever moved it away. Used again it does nothing else.
STAYS = "undo"
_CARRY_LINKS = (
    "accounts/address",
    "accounts/delegate_invited",
    "accounts/lost",
    "accounts/lost_begun",
    "accounts/lost_soon",
    "accounts/reset",
    "accounts/verify",
    "customers/erasure_asked",
)


def end_after_restore(unit: Unit, *, kept_at: int) -> None:
    """Ends sessions, proofs that were begun, mailed links, recovery codes, invitations of delegates, and every code that an
    app has shown so far.

    Whoever had recovery codes is told by mail to make new ones. ``kept_at`` is when the backup was made.
    """
    unit.connection.execute(delete(Challenge))
    of_once = OneTimeToken.purpose != STAYS
    unit.connection.execute(delete(OneTimeToken).where(of_once, OneTimeToken.used_at.is_not(None)))
    had_codes = _had_codes(unit)
    gone = AccountsRestored(
        kept=kept_at,
        sessions=_count(unit, update(Session).where(Session.ended_at.is_(None)).values(ended_at=unit.at)),
        links=_count(unit, delete(OneTimeToken).where(of_once)),
        codes=_count(unit, delete(RecoveryCode)),
        apps=_spend_codes_of_apps(unit),
    )
    _keep_from_going(unit)
    unit.note(gone)
    end_asked(unit)
    for account_id, holder_id in had_codes:
        tell(unit, account_id, holder_id, "accounts/restored", kept=clock.from_micros(kept_at))


def _had_codes(unit: Unit) -> Sequence[Any]:
    codes = select(RecoveryCode.account_id).distinct()
    theirs = select(Account.id, Account.holder_id).where(Account.id.in_(codes), Account.state == "active")
    found: Sequence[Any] = unit.connection.execute(theirs.order_by(Account.id)).all()
    return found


def _spend_codes_of_apps(unit: Unit) -> int:
    now = totp.step_of(unit.at)
    older = update(Factor).where(Factor.kind == "app", Factor.counter < now)
    return _count(unit, older.values(counter=now))


def _keep_from_going(unit: Unit) -> None:
    """Letters that still waited, and whose links lead nowhere now."""
    useless = select(Mail.id).where(Mail.template.in_(_CARRY_LINKS), Mail.given_up_at.is_(None))
    suppress(unit, unit.connection.execute(useless).scalars())


def _count(unit: Unit, statement: Executable) -> int:
    count: int = unit.connection.execute(statement).rowcount
    return count
