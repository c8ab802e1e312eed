"""Who asks to know who somebody is, who agrees, and who looked."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


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
