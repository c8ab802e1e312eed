"""What happens to accounts, sessions and roles. Addresses and devices stand in ``personal``, never in the entry."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_ACCOUNT = frozenset({"accounts", "one_time_tokens", "identifiers"})
_FACTORS = frozenset({"factors", "recovery_codes"})


@dataclass(frozen=True, kw_only=True)
class AccountRegistered(Fact):
    """Somebody asked for an account; the address is not proved yet."""

    EVENT: ClassVar[str] = "account.registered"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT
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
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class RegistrationLapsed(Fact):
    """The address was not proved in time; what was kept of the try is gone."""

    EVENT: ClassVar[str] = "account.registration_lapsed"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountClosed(Fact):
    """The person is erased: nobody signs in to the account any more."""

    EVENT: ClassVar[str] = "account.closed"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT | _FACTORS
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountsRestored(Fact):
    """The house was brought back from a backup of ``kept`` (microseconds): so many sessions, links and recovery codes ended.

    Of ``apps`` authenticator apps all codes shown so far are used up.
    """

    EVENT: ClassVar[str] = "account.restored"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"one_time_tokens"}) | _FACTORS
    kept: int
    sessions: int
    links: int
    codes: int
    apps: int


@dataclass(frozen=True, kw_only=True)
class SignedIn(Fact):
    """A browser was signed in; ``by`` says what proved it beside the password (``app``, ``recovery-code``), or
    that a ``passkey`` alone did; ``device`` is ``new`` where this account had signed in before, but not with this one."""

    EVENT: ClassVar[str] = "session.signed_in"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"accounts"}) | _FACTORS
    session: str
    by: str | None = None
    device: str | None = None


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Fact):
    """A sign-in was refused, for ``reason``; equal ones within a minute are counted."""

    EVENT: ClassVar[str] = "session.sign_in_refused"
    outcome: str = "refused"


@dataclass(frozen=True, kw_only=True)
class Proved(Fact):
    """Whoever is signed in proved anew, by ``by``, that they are the account's owner; the session got a new secret."""

    EVENT: ClassVar[str] = "session.proved"
    EXPLAINS: ClassVar[frozenset[str]] = _FACTORS
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


@dataclass(frozen=True, kw_only=True)
class LinksForgotten(Fact):
    """Links that were used or ran out are deleted; ``count`` of them."""

    EVENT: ClassVar[str] = "account.links_forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"one_time_tokens"})


@dataclass(frozen=True, kw_only=True)
class ResetAsked(Fact):
    """A link to set a new password was sent."""

    EVENT: ClassVar[str] = "account.reset_asked"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT


@dataclass(frozen=True, kw_only=True)
class PasswordReset(Fact):
    """A new password was set through a link sent by mail. All sessions end."""

    EVENT: ClassVar[str] = "account.password_reset"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Fact):
    """The person chose a new password, knowing the old one. Other sessions end."""

    EVENT: ClassVar[str] = "account.password_changed"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT


@dataclass(frozen=True, kw_only=True)
class AddressChangeAsked(Fact):
    """The person asked to sign in with another address, which is not proved yet."""

    EVENT: ClassVar[str] = "account.address_change_asked"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT


@dataclass(frozen=True, kw_only=True)
class AddressChanged(Fact):
    """The new address was proved and is the one to sign in with. The old one was told."""

    EVENT: ClassVar[str] = "account.address_changed"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class AddressChangeUndone(Fact):
    """The owner of the old address took it back; a new password is needed."""

    EVENT: ClassVar[str] = "account.address_change_undone"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class FormerAddressReleased(Fact):
    """The time to undo an address change is over; the old address is free again."""

    EVENT: ClassVar[str] = "account.former_address_released"
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT


@dataclass(frozen=True, kw_only=True)
class LanguageChosen(Fact):
    """The person chose the language of pages and mails."""

    EVENT: ClassVar[str] = "account.language_chosen"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"accounts"})
    language: str


@dataclass(frozen=True, kw_only=True)
class RoleGranted(Fact):
    """A person may act in a role from here on; sessions from before end."""

    EVENT: ClassVar[str] = "role.granted"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"roles"})
    account: str
    role: str


@dataclass(frozen=True, kw_only=True)
class RoleEnded(Fact):
    """A person may no longer act in a role; that person's sessions end."""

    EVENT: ClassVar[str] = "role.ended"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"roles"})
    account: str
    role: str


@dataclass(frozen=True, kw_only=True)
class FactorAdded(Fact):
    """Something more proves from here on who signs in: ``kind`` of it. Other sessions end."""

    EVENT: ClassVar[str] = "factor.added"
    EXPLAINS: ClassVar[frozenset[str]] = _FACTORS | _ACCOUNT
    factor: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class FactorNamed(Fact):
    """A factor got another name."""

    EVENT: ClassVar[str] = "factor.named"
    EXPLAINS: ClassVar[frozenset[str]] = _FACTORS
    factor: str


@dataclass(frozen=True, kw_only=True)
class FactorRemoved(Fact):
    """A factor proves nothing any more; with the last one its recovery codes went. Other sessions end."""

    EVENT: ClassVar[str] = "factor.removed"
    EXPLAINS: ClassVar[frozenset[str]] = _FACTORS | _ACCOUNT
    factor: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesMade(Fact):
    """Recovery codes were made, ``count`` of them; those from before are worthless."""

    EVENT: ClassVar[str] = "factor.codes_made"
    EXPLAINS: ClassVar[frozenset[str]] = _FACTORS | _ACCOUNT
