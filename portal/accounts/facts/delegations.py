"""Letting another person act for oneself, and acting for somebody."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DelegationInvited(Fact):
    """A customer asked somebody to see or do things for them: in which ``areas``, until when (``until``)."""

    EVENT: ClassVar[str] = "delegation.invited"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"delegations"})
    delegation: str
    areas: tuple[str, ...]
    until: int


@dataclass(frozen=True, kw_only=True)
class DelegationAccepted(Fact):
    """Who was asked said yes: the actor may act for the customer from here on."""

    EVENT: ClassVar[str] = "delegation.accepted"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"delegations"})
    delegation: str
    areas: tuple[str, ...]
    until: int


@dataclass(frozen=True, kw_only=True)
class DelegationDeclined(Fact):
    """Who was asked said no."""

    EVENT: ClassVar[str] = "delegation.declined"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"delegations"})
    delegation: str


@dataclass(frozen=True, kw_only=True)
class DelegationEnded(Fact):
    """A delegation, or its invitation, was ended.

    By the customer (``asked``), by the delegate (``given-back``), since one of the two is erased, or because a restore
    would have made an invitation good again (``restored``). ``delegate`` is the delegate's name in the log.
    """

    EVENT: ClassVar[str] = "delegation.ended"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"delegations"})
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
