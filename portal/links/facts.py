"""What happens between a customer and a vendor."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_LINK = frozenset({"links"})
_MADE = frozenset({"links", "pairwise_ids"})
_FOLDS = _MADE | {"folds"}
_INVITATIONS = frozenset({"invitations"})
# An address may lead to a prospect from then on.
_PLACES = _INVITATIONS | {"identifiers"}
# What raises the customer's sharing version, so that every read decided before is decided again.
_SHARING = frozenset({"links", "customers"})


@dataclass(frozen=True, kw_only=True)
class LinkMade(Fact):
    """A customer and a vendor are connected; ``again`` when an ended link was opened once more."""

    EVENT: ClassVar[str] = "link.made"
    EXPLAINS: ClassVar[frozenset[str]] = _MADE
    again: int = 0


@dataclass(frozen=True, kw_only=True)
class ProspectMade(Fact):
    """A vendor wrote about a customer of its own who has not come yet: held, unseen by others."""

    EVENT: ClassVar[str] = "link.prospect_made"
    EXPLAINS: ClassVar[frozenset[str]] = _MADE | {"customers", "identifiers"}


@dataclass(frozen=True, kw_only=True)
class LinkFolded(Fact):
    """A prospect's link became part of a person's: ``link`` is the one that stays, ``source`` the one that led here.

    ``joined`` is the prospect's log pseudonym; the entry's own customer is the person's. Rooms that hang rows on
    links move those of ``source`` to ``link`` and its customer.
    """

    EVENT: ClassVar[str] = "link.folded"
    EXPLAINS: ClassVar[frozenset[str]] = _FOLDS | {"invitations"}
    source: str
    joined: str


@dataclass(frozen=True, kw_only=True)
class LinkParted(Fact):
    """The person took back that a prospect was they: ``source`` is its own link again, ``link`` the one they keep.

    ``parted`` is the prospect's log pseudonym. Rooms that hang rows on links move back what came with ``source``.
    """

    EVENT: ClassVar[str] = "link.parted"
    EXPLAINS: ClassVar[frozenset[str]] = _FOLDS
    source: str
    parted: str


@dataclass(frozen=True, kw_only=True)
class LinkNumbered(Fact):
    """A vendor told its own number for a customer who is linked already."""

    EVENT: ClassVar[str] = "link.numbered"
    EXPLAINS: ClassVar[frozenset[str]] = _LINK


@dataclass(frozen=True, kw_only=True)
class InvitationMade(Fact):
    """A one-time way to take over a prospect was made; ``deliver`` says how it is to reach them."""

    EVENT: ClassVar[str] = "invitation.made"
    EXPLAINS: ClassVar[frozenset[str]] = _PLACES
    deliver: str = "link"


@dataclass(frozen=True, kw_only=True)
class InvitationMailed(Fact):
    """An invitation was mailed: the ``count``-th letter of it."""

    EVENT: ClassVar[str] = "invitation.mailed"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS


@dataclass(frozen=True, kw_only=True)
class InvitationHeldBack(Fact):
    """A letter that was due did not go: it was not wanted any more, or there had been as many as there may be."""

    EVENT: ClassVar[str] = "invitation.held_back"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS


@dataclass(frozen=True, kw_only=True)
class InvitationDeclined(Fact):
    """The company is not to invite this person again: said in a mail or on a page (``by``)."""

    EVENT: ClassVar[str] = "invitation.declined"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS
    by: str


@dataclass(frozen=True, kw_only=True)
class InvitationWithdrawn(Fact):
    """The company took an invitation back."""

    EVENT: ClassVar[str] = "invitation.withdrawn"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS


@dataclass(frozen=True, kw_only=True)
class InvitationsListed(Fact):
    """A company was told how its invitation of this customer stands."""

    EVENT: ClassVar[str] = "invitation.listed"


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(Fact):
    """The person behind a prospect took it over."""

    EVENT: ClassVar[str] = "invitation.accepted"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS


@dataclass(frozen=True, kw_only=True)
class InvitationsEnded(Fact):
    """``count`` invitations that nobody had used ended, for ``reason``."""

    EVENT: ClassVar[str] = "invitation.ended"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS


@dataclass(frozen=True, kw_only=True)
class LinkPaused(Fact):
    """The customer paused: reads under permissions are refused, nothing is ended."""

    EVENT: ClassVar[str] = "link.paused"
    EXPLAINS: ClassVar[frozenset[str]] = _SHARING


@dataclass(frozen=True, kw_only=True)
class LinkResumed(Fact):
    """The customer goes on after a pause."""

    EVENT: ClassVar[str] = "link.resumed"
    EXPLAINS: ClassVar[frozenset[str]] = _SHARING


@dataclass(frozen=True, kw_only=True)
class LinkBlocked(Fact):
    """The customer wants no more from this vendor: it can ask nothing and read nothing."""

    EVENT: ClassVar[str] = "link.blocked"
    EXPLAINS: ClassVar[frozenset[str]] = _SHARING | {"pairwise_ids"}


@dataclass(frozen=True, kw_only=True)
class LinkUnblocked(Fact):
    """The customer lets this vendor ask again. What the block ended stays ended."""

    EVENT: ClassVar[str] = "link.unblocked"
    EXPLAINS: ClassVar[frozenset[str]] = _SHARING


@dataclass(frozen=True, kw_only=True)
class LinksForgotten(Fact):
    """Of an erased customer's connections nothing is kept but that they were: ``count`` of them."""

    EVENT: ClassVar[str] = "link.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"links", "folds"})


@dataclass(frozen=True, kw_only=True)
class LinkEnded(Fact):
    """The customer ended the connection as a whole, or was erased (``reason``)."""

    EVENT: ClassVar[str] = "link.ended"
    EXPLAINS: ClassVar[frozenset[str]] = _SHARING
