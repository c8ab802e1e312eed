"""How often something may be tried: exact sliding windows in the database, the same for all processes.

A window is counted in slices. What lies in the last whole window, its oldest slice included, is summed, so no window
of that length ever holds more than the limit. Refused tries are not counted: an attack does not lengthen the wait.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, select

from portal.accounts.models import Limit
from portal.kernel.clock import micros
from portal.kernel.db import dialect_insert
from portal.kernel.errors import TooMany
from portal.kernel.prepared import Prepared
from portal.kernel.quotas import Quota
from portal.kernel.unit import Unit

SLICES = 30
LOTS = 500


@dataclass(frozen=True)
class Rule:
    """At most ``most`` in any ``seconds``."""

    scope: str
    most: int
    seconds: int

    @property
    def slice_seconds(self) -> int:
        """The length of one slice."""
        return max(1, self.seconds // SLICES)


SIGN_IN_HERE = Rule("sign-in.account-address", 10, 300)
SIGN_IN_ACCOUNT = Rule("sign-in.account", 100, 3600)
SIGN_IN_DEVICE = Rule("sign-in.device", 10, 300)
SIGN_IN_NETWORK = Rule("sign-in.network", 60, 300)
# More than these tries in all shut nobody out: from then on each network has a few tries, and not sixty.
SIGN_IN_ALL = Rule("sign-in.all", 1000, 300)
SIGN_IN_PRESSED = Rule("sign-in.pressed", 3, 300)
REGISTER_EMAIL = Rule("register.email", 5, 86_400)
REGISTER_ADDRESS = Rule("register.address", 100, 3600)
RESET_EMAIL = Rule("reset.email", 5, 86_400)
RESET_ADDRESS = Rule("reset.address", 30, 3600)
# Withdrawals without an account, by address and company, by address in all, and by network. Of the first two nobody is told.
WITHDRAW_EMAIL = Rule("withdraw.email", 5, 86_400)
WITHDRAW_MAILBOX = Rule("withdraw.mailbox", 20, 86_400)
WITHDRAW_ADDRESS = Rule("withdraw.address", 30, 3600)
CHANGE_EMAIL = Rule("address.account", 5, 86_400)
CONFIRM_PASSWORD = (Rule("password.account", 10, 300), Rule("password.account.hour", 100, 3600))
# Codes of apps and of paper. Fifty tries a day at two codes that are good hit by luck once in ten thousand days.
FACTOR = (Rule("factor", 5, 300), Rule("factor.hour", 20, 3600), Rule("factor.day", 50, 86_400))
FACTOR_DEVICE = tuple(Rule(f"{rule.scope}.device", rule.most, rule.seconds) for rule in FACTOR)
PASSKEY_NETWORK = Rule("passkey.network", 60, 300)
# Whoever comes this far knows the password.
LOST = Rule("lost.account", 3, 86_400)
FACTOR_TOLD = Rule("factor.told", 1, 86_400)
# As many wrong passwords within an hour are no slip any more: the owner hears of them, once a day.
SIGN_IN_MANY = 20
SIGN_IN_TOLD = Rule("sign-in.told", 1, 86_400)
# An officer who is asked helps a few people an hour, and guesses no list of addresses.
DESK_FIND = Rule("desk.find", 20, 3600)
CONFIRM_TOKEN = Rule("verify.token", 10, 300)


_slices = Prepared(
    select(Limit.slice, Limit.count.label("tries"))
    .where(
        Limit.scope == bindparam("scope"),
        Limit.key == bindparam("key"),
        # What a clock counted that ran ahead and came back lies yet to come, and nobody waits for that. Clocks of several
        # machines differ by less than a slice.
        Limit.slice.between(bindparam("oldest"), bindparam("newest")),
    )
    .order_by(Limit.slice)
)


def key_of(unit: Unit, rule: Rule, parts: tuple[str, ...]) -> bytes:
    """The key of a counter: a keyed digest, so that the table tells no address to whoever guesses one."""
    return unit.house.keys.index_digest(f"limit.{rule.scope}", "\0".join(parts))


def charge(unit: Unit, rule: Rule, *parts: str) -> Quota:
    """Counts one try; gives what is left. TooMany, with the seconds to wait, if the window is full (the unit then rolls back)."""
    counted = _count(unit, rule, parts)
    over = sum(row.tries for row in counted) - rule.most
    if over > 0:
        raise TooMany("too-many", retry_after=_wait(unit.at, rule, counted, over))
    return _quota(unit, rule, counted, -over)


def is_over(unit: Unit, rule: Rule, *parts: str) -> bool:
    """Counts one try, and says whether the window holds more than its number; refuses nobody."""
    tries: int = sum(row.tries for row in _count(unit, rule, parts))
    return tries > rule.most


def charge_by_lot(unit: Unit, rule: Rule, *parts: str) -> Quota:
    """Counts one of thousands of tries a second, which must not wait for each other at one counter; gives what is left.

    Of a rule's number above ``LOTS``, one try in so many is drawn by lot, and is written down for all of them: the number
    holds but for a few in a hundred. A smaller one is counted one by one. Of what is left no more is told than is served.
    """
    key, weight = key_of(unit, rule, parts), max(1, rule.most // LOTS)
    counted = _counted(unit, rule, key)
    over = sum(row.tries for row in counted) + weight - rule.most
    if over > 0:
        raise TooMany("too-many", retry_after=_wait(unit.at, rule, counted, over))
    left = weight - over
    if secrets.randbelow(weight) == 0:
        _add(unit, rule, key, weight)
        left = -over
    return _quota(unit, rule, counted, left if left >= weight else 0)


def _count(unit: Unit, rule: Rule, parts: tuple[str, ...]) -> Any:
    key = key_of(unit, rule, parts)
    _add(unit, rule, key)
    return _counted(unit, rule, key)


def _counted(unit: Unit, rule: Rule, key: bytes) -> Any:
    """The slices of the window and what each holds, the oldest first."""
    current = _slice(unit, rule)
    oldest = current - rule.seconds // rule.slice_seconds
    return _slices.all(unit.connection, {"scope": rule.scope, "key": key, "oldest": oldest, "newest": current + 1})


def _slice(unit: Unit, rule: Rule) -> int:
    return micros(unit.at) // (rule.slice_seconds * 1_000_000)


def used(unit: Unit, rule: Rule, *parts: str) -> int:
    """How many tries the window holds now."""
    return sum(row.tries for row in _counted(unit, rule, key_of(unit, rule, parts)))


def forget_old(unit: Unit) -> None:
    """Deletes counters that no window reaches any more."""
    unit.connection.execute(delete(Limit).where(Limit.expires_at < unit.at))


def _add(unit: Unit, rule: Rule, key: bytes, many: int = 1) -> None:
    values = {
        "scope": rule.scope,
        "key": key,
        "slice": _slice(unit, rule),
        "count": many,
        "expires_at": unit.at + timedelta(seconds=2 * rule.seconds),
    }
    _adding(unit.connection.dialect.name).run(unit.connection, {**values, "more": many})


@cache
def _adding(dialect: str) -> Prepared:
    statement = dialect_insert(dialect, Limit).values({column.name: bindparam(column.name) for column in Limit.__table__.columns})
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=["scope", "key", "slice"], set_={"count": Limit.count + bindparam("more")}
        )
    )


def _quota(unit: Unit, rule: Rule, counted: Any, left: int) -> Quota:
    return Quota(rule.scope, rule.most, rule.seconds, left, _wait(unit.at, rule, counted, 1))


def _wait(at: datetime, rule: Rule, counted: Any, over: int) -> int:
    width = rule.slice_seconds
    for row in counted:
        over -= row.tries
        if over <= 0:
            leaves = datetime.fromtimestamp((row.slice + rule.seconds // width + 1) * width, UTC)
            return max(1, int((leaves - at).total_seconds()) + 1)
    return rule.seconds
