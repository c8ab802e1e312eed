"""What happens to conversations. Numbers, kinds and states alone, never a word of what was said."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

CARE = "https://w3id.org/dpv#CustomerCare"
"""For what a company reads conversations."""
_SAID = frozenset({"tickets", "ticket_events"})
_INSIDE = frozenset({"tickets", "ticket_notes"})


@dataclass(frozen=True, kw_only=True)
class _OfTicket(Fact):
    """Something about one conversation: by the number that both know it by, and how it stands afterwards."""

    EXPLAINS: ClassVar[frozenset[str]] = _SAID
    number: str
    state: str


@dataclass(frozen=True, kw_only=True)
class TicketCreated(_OfTicket):
    """A conversation began; ``by`` says who began it, ``follows`` which closed one it goes on with, ``way`` that it came by
    mail."""

    EVENT: ClassVar[str] = "ticket.created"
    kind: str
    by: str
    follows: str | None = None
    way: str | None = None


@dataclass(frozen=True, kw_only=True)
class TicketReplied(_OfTicket):
    """The customer wrote; ``way`` says that it came by mail."""

    EVENT: ClassVar[str] = "ticket.replied"
    way: str | None = None


@dataclass(frozen=True, kw_only=True)
class TicketCallWanted(_OfTicket):
    """The customer asked to be called back."""

    EVENT: ClassVar[str] = "ticket.call-wanted"


@dataclass(frozen=True, kw_only=True)
class TicketClosed(_OfTicket):
    """The customer said that it is over."""

    EVENT: ClassVar[str] = "ticket.closed"


@dataclass(frozen=True, kw_only=True)
class TicketReopened(_OfTicket):
    """The customer opened again what the company had called solved; ``way`` says that it came by mail."""

    EVENT: ClassVar[str] = "ticket.reopened"
    way: str | None = None


@dataclass(frozen=True, kw_only=True)
class TicketMailRefused(Fact):
    """An answer came by mail and was not taken, for ``reason``; whoever the conversation is with was told by mail.

    It is no look of the company's, nor one that was blocked.
    """

    EVENT: ClassVar[str] = "ticket.mail-refused"


@dataclass(frozen=True, kw_only=True)
class TicketRated(_OfTicket):
    """The customer said how they found one ending; what they said stands in its row."""

    EVENT: ClassVar[str] = "ticket.rated"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"ticket_ratings"})


@dataclass(frozen=True, kw_only=True)
class TicketAnswered(_OfTicket):
    """The company wrote."""

    EVENT: ClassVar[str] = "ticket.answered"


@dataclass(frozen=True, kw_only=True)
class TicketMoved(_OfTicket):
    """The company took it up, waits for somebody else with it, or goes on with it."""

    EVENT: ClassVar[str] = "ticket.moved"


@dataclass(frozen=True, kw_only=True)
class TicketResolved(_OfTicket):
    """The company says that it is solved."""

    EVENT: ClassVar[str] = "ticket.resolved"


@dataclass(frozen=True, kw_only=True)
class TicketNoted(_OfTicket):
    """The company wrote something down for itself."""

    EVENT: ClassVar[str] = "ticket.noted"
    EXPLAINS: ClassVar[frozenset[str]] = _INSIDE


@dataclass(frozen=True, kw_only=True)
class TicketHandedOver(_OfTicket):
    """Somebody else of the company has it now, or nobody in particular."""

    EVENT: ClassVar[str] = "ticket.handed-over"
    EXPLAINS: ClassVar[frozenset[str]] = _INSIDE


@dataclass(frozen=True, kw_only=True)
class TicketWeighed(_OfTicket):
    """The company said how soon it is needed."""

    EVENT: ClassVar[str] = "ticket.weighed"
    EXPLAINS: ClassVar[frozenset[str]] = _INSIDE


@dataclass(frozen=True, kw_only=True)
class TicketsPromised(Fact):
    """A company promises something else from now on; ``clocks`` are those with a promise."""

    EVENT: ClassVar[str] = "ticket.promised"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"ticket_promises"})
    clocks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReplySaved(Fact):
    """A company keeps words that it answers with often."""

    EVENT: ClassVar[str] = "ticket.reply-saved"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"saved_replies"})


@dataclass(frozen=True, kw_only=True)
class ReplyRemoved(Fact):
    """A company keeps them no longer."""

    EVENT: ClassVar[str] = "ticket.reply-removed"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"saved_replies"})


@dataclass(frozen=True, kw_only=True)
class InteractionTold(Fact):
    """A company told of a call, a visit or the like that happened elsewhere."""

    EVENT: ClassVar[str] = "interaction.told"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"interactions"})
    channel: str


@dataclass(frozen=True, kw_only=True)
class TicketsDisclosed(Fact):
    """A company read conversations of one customer, ``count`` of them; ``about`` names it where it was one."""

    EVENT: ClassVar[str] = "ticket.disclosed"
    outcome: str = "given"


@dataclass(frozen=True, kw_only=True)
class TicketsForgotten(Fact):
    """An erased customer's conversations are deleted, ``count`` of them."""

    EVENT: ClassVar[str] = "ticket.forgotten"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset(
        {"tickets", "ticket_events", "ticket_notes", "ticket_ratings", "interactions", "ticket_guests"}
    )


@dataclass(frozen=True, kw_only=True)
class _OfGuest(Fact):
    """Something about the guest of one conversation, whom nobody knows."""

    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"ticket_guests"})


@dataclass(frozen=True, kw_only=True)
class GuestWelcomed(_OfGuest):
    """Somebody without an account began a conversation by a company's own link, and keeps a link to it."""

    EVENT: ClassVar[str] = "ticket.guest-welcomed"


@dataclass(frozen=True, kw_only=True)
class GuestMailAsked(_OfGuest):
    """A guest named an address for answers; a link went to it."""

    EVENT: ClassVar[str] = "ticket.guest-mail-asked"


@dataclass(frozen=True, kw_only=True)
class GuestMailConfirmed(_OfGuest):
    """Whoever reads that address said yes."""

    EVENT: ClassVar[str] = "ticket.guest-mail-confirmed"


@dataclass(frozen=True, kw_only=True)
class GuestMailed(_OfGuest):
    """A guest was written to: there is an answer."""

    EVENT: ClassVar[str] = "ticket.guest-mailed"


@dataclass(frozen=True, kw_only=True)
class GuestMailEnded(_OfGuest):
    """A guest wants no more by mail; the address is kept no longer."""

    EVENT: ClassVar[str] = "ticket.guest-mail-ended"


@dataclass(frozen=True, kw_only=True)
class GuestJoined(_OfGuest):
    """A customer said that a guest's conversation is theirs, and it is from then on."""

    EVENT: ClassVar[str] = "ticket.guest-joined"


@dataclass(frozen=True, kw_only=True)
class TicketsMoved(Fact):
    """Conversations came with a link that became part of another one, ``count`` of them."""

    EVENT: ClassVar[str] = "ticket.moved-along"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"tickets", "ticket_events", "ticket_notes", "ticket_ratings"})
