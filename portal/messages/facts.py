"""What happens in this room: somebody chooses what comes by mail, or is forgotten. To be told something is no fact."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact


@dataclass(frozen=True, kw_only=True)
class MailChosen(Fact):
    """A person chose how one kind of notice is told: on the page, or ``by`` the link in a mail."""

    EVENT: ClassVar[str] = "mail.chosen"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"mail_choices"})

    kind: str
    how: str
    by: str


@dataclass(frozen=True, kw_only=True)
class NoticesRead(Fact):
    """A delegate read notices in the customer's place, ``count`` that were new: they are new to the customer no more."""

    EVENT: ClassVar[str] = "notice.read"


@dataclass(frozen=True, kw_only=True)
class NoticesForgotten(Fact):
    """An erased customer's notices and choices of mail are deleted, ``count`` notices."""

    EVENT: ClassVar[str] = "mail.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"mail_choices"})
