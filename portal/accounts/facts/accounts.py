"""How accounts begin and end. Addresses stand in ``personal``, never in the entry."""

from dataclasses import dataclass
from typing import ClassVar

from portal.accounts.facts import ACCOUNT, FACTORS
from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class AccountRegistered(Fact):
    """Somebody asked for an account; the address is not proved yet."""

    EVENT: ClassVar[str] = "account.registered"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class RegistrationRepeated(Fact):
    """Somebody asked for an account with an address that has one; its owner is told by mail."""

    EVENT: ClassVar[str] = "account.registration_repeated"
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountVerified(Fact):
    """The address is proved: the account lives from here on."""

    EVENT: ClassVar[str] = "account.verified"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class RegistrationLapsed(Fact):
    """The address was not proved in time; what was kept of the try is gone."""

    EVENT: ClassVar[str] = "account.registration_lapsed"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountClosed(Fact):
    """The person is erased: nobody signs in to the account any more."""

    EVENT: ClassVar[str] = "account.closed"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT | FACTORS | {"delegations", "cases"}
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountsRestored(Fact):
    """The house was brought back from a backup of ``kept`` (microseconds): so many sessions, links and recovery codes ended.

    Of ``apps`` authenticator apps all codes shown so far are used up.
    """

    EVENT: ClassVar[str] = "account.restored"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"one_time_tokens"}) | FACTORS
    kept: int
    sessions: int
    links: int
    codes: int
    apps: int
