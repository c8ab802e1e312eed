"""What a person signs in with: password and address, the links that lead to them, and the language they are spoken to in."""

from dataclasses import dataclass
from typing import ClassVar

from portal.accounts.facts import ACCOUNT
from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class LinksForgotten(Fact):
    """Links that were used or ran out are deleted; ``count`` of them."""

    EVENT: ClassVar[str] = "account.links_forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"one_time_tokens"})


@dataclass(frozen=True, kw_only=True)
class ResetAsked(Fact):
    """A link to set a new password was sent."""

    EVENT: ClassVar[str] = "account.reset_asked"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT


@dataclass(frozen=True, kw_only=True)
class PasswordReset(Fact):
    """A new password was set through a link sent by mail. All sessions end."""

    EVENT: ClassVar[str] = "account.password_reset"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Fact):
    """The person chose a new password, knowing the old one, or by a second step alone (``reason``). Other sessions end."""

    EVENT: ClassVar[str] = "account.password_changed"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT


@dataclass(frozen=True, kw_only=True)
class AddressChangeAsked(Fact):
    """The person asked to sign in with another address, which is not proved yet."""

    EVENT: ClassVar[str] = "account.address_change_asked"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT


@dataclass(frozen=True, kw_only=True)
class AddressChanged(Fact):
    """The new address was proved and is the one to sign in with. The old one was told."""

    EVENT: ClassVar[str] = "account.address_changed"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class AddressChangeUndone(Fact):
    """The owner of the old address took it back; a new password is needed."""

    EVENT: ClassVar[str] = "account.address_change_undone"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT
    account: str


@dataclass(frozen=True, kw_only=True)
class FormerAddressReleased(Fact):
    """The time to undo an address change is over; the old address is free again."""

    EVENT: ClassVar[str] = "account.former_address_released"
    EXPLAINS: ClassVar[frozenset[str]] = ACCOUNT


@dataclass(frozen=True, kw_only=True)
class LanguageChosen(Fact):
    """The person chose the language of pages and mails."""

    EVENT: ClassVar[str] = "account.language_chosen"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"accounts"})
    language: str
