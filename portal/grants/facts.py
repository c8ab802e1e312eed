"""What happens in this room, in the past tense. Lists of names and ids alone, never a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_CHOICE = frozenset({"records", "notices"})
_VERSION = frozenset({"grants", "grant_versions", "grant_details"})


@dataclass(frozen=True, kw_only=True)
class GrantRequested(Fact):
    """A company asked, or the customer prepared to share again."""

    EVENT: ClassVar[str] = "grant.requested"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests"})

    request: str
    source: str
    purposes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class RequestOpened(Fact):
    """Somebody who is signed in opened a request, which is theirs from now on."""

    EVENT: ClassVar[str] = "request.opened"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests"})

    request: str
    purposes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class RequestReplaced(Fact):
    """A waiting request needs no answer any more: ``by`` asks the same, or was answered and settles it."""

    EVENT: ClassVar[str] = "request.replaced"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests"})

    request: str
    by: str


@dataclass(frozen=True, kw_only=True)
class RequestWithdrawn(Fact):
    """The company took a request back that nobody had answered."""

    EVENT: ClassVar[str] = "request.withdrawn"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests"})

    request: str


@dataclass(frozen=True, kw_only=True)
class OfferTakenBack(Fact):
    """The customer took back what they had offered to share instead."""

    EVENT: ClassVar[str] = "request.offer_taken_back"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests"})

    request: str


@dataclass(frozen=True, kw_only=True)
class RequestTold(Fact):
    """A company was told how a request of its own stands, and what the customer chose to tell it. No data."""

    EVENT: ClassVar[str] = "request.told"

    request: str


@dataclass(frozen=True, kw_only=True)
class RequestTurnedAway(Fact):
    """A request asks nobody anything: its permission is not its reader's or has ended, or it wants a proof that they have not."""

    EVENT: ClassVar[str] = "request.turned-away"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests"})

    request: str


@dataclass(frozen=True, kw_only=True)
class RequestsForgotten(Fact):
    """Requests that nobody opened were deleted, long after their time; ``count`` of them."""

    EVENT: ClassVar[str] = "request.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests"})


@dataclass(frozen=True, kw_only=True)
class GrantGiven(Fact):
    """The customer said yes, to all or to part of it; or the company took up what they had ``offered`` it (a request)."""

    EVENT: ClassVar[str] = "grant.given"
    EXPLAINS: ClassVar[frozenset[str]] = _CHOICE | _VERSION | {"requests"}

    request: str
    record: str
    purposes: Sequence[str]
    ends: int
    offered: str | None = None


@dataclass(frozen=True, kw_only=True)
class GrantAmended(Fact):
    """A program's request was merged into its permission, or took the place of what that allowed (``action``).

    ``change`` is what it allows now to what it did: wider, narrower or the same. Only of what is wider the customer was
    asked, and of that alone there is a ``record``.
    """

    EVENT: ClassVar[str] = "grant.amended"
    EXPLAINS: ClassVar[frozenset[str]] = _CHOICE | _VERSION | {"requests"}

    request: str
    action: str
    change: str
    record: str | None = None
    purposes: Sequence[str]
    ends: int


@dataclass(frozen=True, kw_only=True)
class GrantRefused(Fact):
    """The customer said no; ``offered`` is what they had the company told that they would share instead."""

    EVENT: ClassVar[str] = "grant.refused"
    EXPLAINS: ClassVar[frozenset[str]] = _CHOICE | {"requests"}

    request: str
    record: str
    purposes: Sequence[str]
    offered: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class GrantNarrowed(Fact):
    """A permission goes on with less: fewer attributes, fewer purposes or an earlier end."""

    EVENT: ClassVar[str] = "grant.narrowed"
    EXPLAINS: ClassVar[frozenset[str]] = _CHOICE | _VERSION

    record: str
    purposes: Sequence[str]
    ends: int


@dataclass(frozen=True, kw_only=True)
class GrantRevoked(Fact):
    """A permission was ended before its time: by the customer, by a newer one, with its link, or by the company itself.

    Of an erased customer's no ``record`` is kept, since nobody could open it; of the company's giving up none is made.
    """

    EVENT: ClassVar[str] = "grant.revoked"
    EXPLAINS: ClassVar[frozenset[str]] = _CHOICE | {"grants"}

    record: str | None = None
    ended_by: str


@dataclass(frozen=True, kw_only=True)
class GrantExpired(Fact):
    """The time of a permission, for one ``purpose``, was over. Reads were refused from that moment on, told or not."""

    EVENT: ClassVar[str] = "grant.expired"


@dataclass(frozen=True, kw_only=True)
class GrantsAged(Fact):
    """The test clock of a sandbox was moved: ``count`` permissions and requests there end so many ``seconds`` earlier."""

    EVENT: ClassVar[str] = "grant.aged"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"grants", "grant_details", "requests"})

    seconds: int


@dataclass(frozen=True, kw_only=True)
class ChoicesForgotten(Fact):
    """An erased customer's requests are closed and emptied, and the records of their choices deleted."""

    EVENT: ClassVar[str] = "request.choices_forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"requests", "records"})


@dataclass(frozen=True, kw_only=True)
class ReadRefused(Fact):
    """A company tried to read and got nothing. Written after the rollback; changes no table."""

    EVENT: ClassVar[str] = "read.refused"

    outcome: str = "refused"


@dataclass(frozen=True, kw_only=True)
class GrantsListed(Fact):
    """A company listed its permissions, ``count`` of this customer among them: states and dates, no data."""

    EVENT: ClassVar[str] = "grant.listed"

    outcome: str = "given"
