"""Who may act as more than a customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


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
class RolesListed(Fact):
    """An officer opened the page of everybody who has a role; ``count`` roles were shown."""

    EVENT: ClassVar[str] = "role.listed"
    outcome: str = "given"
