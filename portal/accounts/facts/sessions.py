"""What happens where somebody signs in. Addresses and devices stand in ``personal``, never in the entry."""

from dataclasses import dataclass
from typing import ClassVar

from portal.accounts.facts import FACTORS
from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SignedIn(Fact):
    """A browser was signed in; ``by`` says what proved it beside the password (``app``, ``recovery-code``), or
    that a ``passkey`` alone did; ``device`` is ``new`` where this account had signed in before, but not with this one."""

    EVENT: ClassVar[str] = "session.signed_in"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"accounts"}) | FACTORS
    session: str
    by: str | None = None
    device: str | None = None


@dataclass(frozen=True, kw_only=True)
class OwnerWarned(Fact):
    """The owner is told by mail that somebody tries to get in: ``of`` many wrong passwords ("passwords"), or wrong codes
    after the right password ("codes")."""

    EVENT: ClassVar[str] = "account.warned"
    of: str


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Fact):
    """A sign-in was refused, for ``reason``; equal ones within a minute are counted."""

    EVENT: ClassVar[str] = "session.sign_in_refused"
    outcome: str = "refused"


@dataclass(frozen=True, kw_only=True)
class Proved(Fact):
    """Whoever is signed in proved anew, by ``by``, that they are the account's owner; the session got a new secret."""

    EVENT: ClassVar[str] = "session.proved"
    EXPLAINS: ClassVar[frozenset[str]] = FACTORS
    session: str
    by: str


@dataclass(frozen=True, kw_only=True)
class SignedOut(Fact):
    """The person signed out of this browser."""

    EVENT: ClassVar[str] = "session.signed_out"
    session: str


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Fact):
    """Sessions were ended from another place; ``count`` says how many, ``reason`` why."""

    EVENT: ClassVar[str] = "session.ended"
