"""What happens to the house's keys. A key is named by its keyset and number."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class KeyMade(Fact):
    """A key was added, which opens what it made and makes nothing yet."""

    EVENT: ClassVar[str] = "key.made"
    keyset: str
    number: int


@dataclass(frozen=True, kw_only=True)
class KeyRotated(Fact):
    """A key became the primary one of its keyset: from here on it makes what is new."""

    EVENT: ClassVar[str] = "key.rotated"
    keyset: str
    number: int


@dataclass(frozen=True, kw_only=True)
class RewrapBegun(Fact):
    """What older keys of a keyset made is being brought under its primary key; ``count`` is how much there is."""

    EVENT: ClassVar[str] = "key.rewrap_begun"
    keyset: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Rewrapped(Fact):
    """Nothing of a keyset is under an older key any more; ``count`` says how much was brought over since the begin."""

    EVENT: ClassVar[str] = "key.rewrapped"
    keyset: str
    number: int


@dataclass(frozen=True, kw_only=True)
class KeyRetired(Fact):
    """An older key opens and finds nothing any more."""

    EVENT: ClassVar[str] = "key.retired"
    keyset: str
    number: int
