"""What happens to accounts, sessions and roles. Addresses and devices stand in ``personal``, never in the entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_ACCOUNT = frozenset({"accounts", "one_time_tokens", "identifiers"})
_FACTORS = frozenset({"factors", "recovery_codes", "recoveries"})
_DELEGATIONS = frozenset({"delegations"})


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
    EXPLAINS: ClassVar[frozenset[str]] = _ACCOUNT | _FACTORS | _DELEGATIONS | {"cases"}
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
    """The person chose a new password, knowing the old one, or by a second step alone (``reason``). Other sessions end."""

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
    """A person may act in a role from here on, with which rank, until when, and over what; sessions from before end."""

    EVENT: ClassVar[str] = "role.granted"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"roles"})
    account: str
    role: str
    rank: str | None = None
    until: int | None = None
    companies: Sequence[str] | None = None
    since: int | None = None


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


@dataclass(frozen=True, kw_only=True)
class RecoveryAsked(Fact):
    """Whoever gave the right password says that the second step is lost; a link went to the account's address."""

    EVENT: ClassVar[str] = "factor.recovery_asked"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"one_time_tokens"})


@dataclass(frozen=True, kw_only=True)
class RecoveryBegun(Fact):
    """All second steps of the account will be removed at ``due``, unless somebody stops it."""

    EVENT: ClassVar[str] = "factor.recovery_begun"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"recoveries", "one_time_tokens"})
    account: str
    due: int


@dataclass(frozen=True, kw_only=True)
class RecoveryNear(Fact):
    """The same, told for the second time: a day is left."""

    EVENT: ClassVar[str] = "factor.recovery_near"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"recoveries", "one_time_tokens"})
    account: str
    due: int


@dataclass(frozen=True, kw_only=True)
class RecoveryStopped(Fact):
    """The second steps stay: their owner stopped the wait, or used one of them (``reason``)."""

    EVENT: ClassVar[str] = "factor.recovery_stopped"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"recoveries", "one_time_tokens"})
    account: str


@dataclass(frozen=True, kw_only=True)
class RecoveryDone(Fact):
    """The wait is over: ``count`` second steps and all recovery codes are removed. All sessions end."""

    EVENT: ClassVar[str] = "factor.recovery_done"
    EXPLAINS: ClassVar[frozenset[str]] = _FACTORS | _ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class DelegationInvited(Fact):
    """A customer asked somebody to see or do things for them: in which ``areas``, until when (``until``)."""

    EVENT: ClassVar[str] = "delegation.invited"
    EXPLAINS: ClassVar[frozenset[str]] = _DELEGATIONS
    delegation: str
    areas: tuple[str, ...]
    until: int


@dataclass(frozen=True, kw_only=True)
class DelegationAccepted(Fact):
    """Who was asked said yes: the actor may act for the customer from here on."""

    EVENT: ClassVar[str] = "delegation.accepted"
    EXPLAINS: ClassVar[frozenset[str]] = _DELEGATIONS
    delegation: str
    areas: tuple[str, ...]
    until: int


@dataclass(frozen=True, kw_only=True)
class DelegationDeclined(Fact):
    """Who was asked said no."""

    EVENT: ClassVar[str] = "delegation.declined"
    EXPLAINS: ClassVar[frozenset[str]] = _DELEGATIONS
    delegation: str


@dataclass(frozen=True, kw_only=True)
class DelegationEnded(Fact):
    """A delegation, or its invitation, was ended.

    By the customer (``asked``), by the delegate (``given-back``), since one of the two is erased, or because a restore
    would have made an invitation good again (``restored``). ``delegate`` is the delegate's name in the log.
    """

    EVENT: ClassVar[str] = "delegation.ended"
    EXPLAINS: ClassVar[frozenset[str]] = _DELEGATIONS
    delegation: str
    delegate: str | None = None


@dataclass(frozen=True, kw_only=True)
class ActingBegun(Fact):
    """In one browser the actor acts for the customer from here on."""

    EVENT: ClassVar[str] = "delegation.acting_begun"
    delegation: str


@dataclass(frozen=True, kw_only=True)
class ActingStopped(Fact):
    """In that browser the actor acts as themselves again; ``reason`` where they did not stop it by the press."""

    EVENT: ClassVar[str] = "delegation.acting_stopped"
    delegation: str


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Fact):
    """An officer says why somebody's identity is needed; the words are sealed. ``mode`` is ``two`` where another officer
    has to agree, ``alone`` where there is none, and the customer is told at once."""

    EVENT: ClassVar[str] = "case.opened"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"cases"})
    case: int
    kind: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class CaseConfirmed(Fact):
    """Another officer agreed: the one who asked may see, for a day, who it is."""

    EVENT: ClassVar[str] = "case.confirmed"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"cases"})
    case: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Fact):
    """A case is over: it opens nothing any more."""

    EVENT: ClassVar[str] = "case.closed"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"cases"})
    case: int


@dataclass(frozen=True, kw_only=True)
class CaseRefused(Fact):
    """An officer tried what four eyes do not allow, for ``reason``: a case of their own, or agreeing with themselves."""

    EVENT: ClassVar[str] = "case.refused"
    outcome: str = "refused"


@dataclass(frozen=True, kw_only=True)
class CasesListed(Fact):
    """An officer opened the list of cases; ``count`` were shown, by number, kind and name in the log."""

    EVENT: ClassVar[str] = "case.listed"
    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class CaseRead(Fact):
    """An officer read a case, its reason in words, too."""

    EVENT: ClassVar[str] = "case.read"
    outcome: str = "given"
    case: int


@dataclass(frozen=True, kw_only=True)
class IdentityRead(Fact):
    """An officer was shown who somebody is, under a case; who agreed stands as the second actor."""

    EVENT: ClassVar[str] = "identity.read"
    outcome: str = "given"
    case: int
    kind: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class IdentitySought(Fact):
    """An officer asked under which name somebody stands in the log, ``by`` an address ("email") or a number
    ("telephone"), for a kind of reason. The address or number lies in the personal part; ``count`` is how many have it,
    each with an entry of their own; 0 where nobody has it, and then the entry is no customer's."""

    EVENT: ClassVar[str] = "identity.sought"
    outcome: str = "given"
    kind: str
    by: str = "email"


@dataclass(frozen=True, kw_only=True)
class RolesListed(Fact):
    """An officer opened the page of everybody who has a role; ``count`` roles were shown."""

    EVENT: ClassVar[str] = "role.listed"
    outcome: str = "given"
