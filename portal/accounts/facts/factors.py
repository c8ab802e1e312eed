"""Second steps: made, named, removed, lost and given up."""

from dataclasses import dataclass
from typing import ClassVar

from portal.accounts.facts import ACCOUNT, FACTORS
from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class FactorAdded(Fact):
    """Something more proves from here on who signs in: ``kind`` of it. Other sessions end."""

    EVENT: ClassVar[str] = "factor.added"
    EXPLAINS: ClassVar[frozenset[str]] = FACTORS | ACCOUNT
    factor: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class FactorNamed(Fact):
    """A factor got another name."""

    EVENT: ClassVar[str] = "factor.named"
    EXPLAINS: ClassVar[frozenset[str]] = FACTORS
    factor: str


@dataclass(frozen=True, kw_only=True)
class FactorRemoved(Fact):
    """A factor proves nothing any more; with the last one its recovery codes went. Other sessions end."""

    EVENT: ClassVar[str] = "factor.removed"
    EXPLAINS: ClassVar[frozenset[str]] = FACTORS | ACCOUNT
    factor: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesMade(Fact):
    """Recovery codes were made, ``count`` of them; those from before are worthless."""

    EVENT: ClassVar[str] = "factor.codes_made"
    EXPLAINS: ClassVar[frozenset[str]] = FACTORS | ACCOUNT


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
    EXPLAINS: ClassVar[frozenset[str]] = FACTORS | ACCOUNT
    account: str
