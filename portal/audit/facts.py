"""What happens at the log itself: the officers' own looks, and a customer's letter about a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DeskOpened(Fact):
    """An officer opened the desk's first page: figures of the log, nobody's entries."""

    EVENT: ClassVar[str] = "log.desk_opened"
    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class LogSearched(Fact):
    """An officer searched; ``by`` names what was searched by, the words lie in the personal part, ``count`` was shown.

    ``holder`` is whom they searched for by their name in the log: it is a look at that person's entries."""

    EVENT: ClassVar[str] = "log.searched"
    outcome: str = "given"
    by: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class EntryRead(Fact):
    """An officer opened one entry; its personal part stayed closed."""

    EVENT: ClassVar[str] = "log.entry_read"
    outcome: str = "given"
    entry: int


@dataclass(frozen=True, kw_only=True)
class LogExported(Fact):
    """An export begins: of entries below ``size``, at most ``count`` of them. Written before the first byte leaves."""

    EVENT: ClassVar[str] = "log.exported"
    outcome: str = "given"
    form: str
    by: Sequence[str]
    size: int


@dataclass(frozen=True, kw_only=True)
class LogExportEnded(Fact):
    """An export ended after ``count`` entries: whole, or broken off for ``reason``."""

    EVENT: ClassVar[str] = "log.export_ended"
    form: str


@dataclass(frozen=True, kw_only=True)
class LogVerified(Fact):
    """An officer had the log verified; ``count`` is what was found changed."""

    EVENT: ClassVar[str] = "log.verified"
    size: int
    root: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class DelegateLooked(Fact):
    """A delegate saw a page of the customer's, of one ``area``; which page is the entry's route."""

    EVENT: ClassVar[str] = "delegate.looked"
    outcome: str = "given"
    area: str
    delegation: str


@dataclass(frozen=True, kw_only=True)
class DelegateRefused(Fact):
    """A delegate tried what the customer had not lent to them: ``permission`` says what it would have taken."""

    EVENT: ClassVar[str] = "delegate.refused"
    outcome: str = "refused"
    permission: str
    delegation: str


@dataclass(frozen=True, kw_only=True)
class PrivacyContactWritten(Fact):
    """A customer wrote to a company's privacy contact about a line of theirs."""

    EVENT: ClassVar[str] = "privacy.written"
    entry: int
