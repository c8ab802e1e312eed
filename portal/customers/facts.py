"""What happens to profiles. Facts name paths and counts, never values."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_ATTRIBUTES = frozenset({"attributes"})
# A telephone number stands in the blind index, too.
_VALUES = _ATTRIBUTES | {"identifiers"}


@dataclass(frozen=True, kw_only=True)
class CustomerMade(Fact):
    """A person has a profile from here on."""

    EVENT: ClassVar[str] = "customer.made"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"customers"})


@dataclass(frozen=True, kw_only=True)
class CustomerJoined(Fact):
    """A prospect turned out to be this person: its keys, rows and log pseudonym are theirs now."""

    EVENT: ClassVar[str] = "customer.joined"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"customers", "identifiers", "attributes"})
    joined: str


@dataclass(frozen=True, kw_only=True)
class CustomerParted(Fact):
    """The person said that a prospect was not they: its keys, rows and log pseudonym are its own again."""

    EVENT: ClassVar[str] = "customer.parted"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"customers", "identifiers", "attributes"})
    parted: str


@dataclass(frozen=True, kw_only=True)
class ErasureAsked(Fact):
    """A customer asked to be erased, which is done at ``due`` unless they take it back."""

    EVENT: ClassVar[str] = "customer.erasure_asked"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"erasures", "one_time_tokens"})
    due: int


@dataclass(frozen=True, kw_only=True)
class ErasureTakenBack(Fact):
    """The customer stays: they took it back themselves, or got their account back from somebody else (``reason``)."""

    EVENT: ClassVar[str] = "customer.erasure_taken_back"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"erasures", "one_time_tokens"})


@dataclass(frozen=True, kw_only=True)
class CustomerErased(Fact):
    """A customer's keys are destroyed. ``pseudonyms`` are all names that the log has for them: it tells whose personal
    parts cannot be opened any more."""

    EVENT: ClassVar[str] = "customer.erased"
    EXPLAINS: ClassVar[frozenset[str]] = _ATTRIBUTES | {"customers", "identifiers", "erasures"}
    pseudonyms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AttributeChanged(Fact):
    """Values were given or changed: ``paths`` are all whose answer moved, derived ones included."""

    EVENT: ClassVar[str] = "attribute.changed"
    EXPLAINS: ClassVar[frozenset[str]] = _VALUES
    paths: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class AttributeRemoved(Fact):
    """Values were taken out, and with them the derived ``paths``."""

    EVENT: ClassVar[str] = "attribute.removed"
    EXPLAINS: ClassVar[frozenset[str]] = _VALUES
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AttributeConfirmed(Fact):
    """The person said that values are still right, or proved them; nothing that is read has changed."""

    EVENT: ClassVar[str] = "attribute.confirmed"
    EXPLAINS: ClassVar[frozenset[str]] = _ATTRIBUTES
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TelephonesIndexed(Fact):
    """People whose profile is older than the look-up by telephone are found by their numbers now, ``count`` of them."""

    EVENT: ClassVar[str] = "customer.telephones_indexed"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"identifiers"})


@dataclass(frozen=True, kw_only=True)
class ProfileDisclosed(Fact):
    """Somebody other than the customer read from the profile: ``asked`` and ``given`` name the paths."""

    EVENT: ClassVar[str] = "profile.disclosed"
    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class ProfileRefused(Fact):
    """Somebody asked to read from the profile and was refused, for ``reason``."""

    EVENT: ClassVar[str] = "profile.refused"
    outcome: str = "refused"
