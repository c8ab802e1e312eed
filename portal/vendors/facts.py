"""What happens to organisations."""

from dataclasses import dataclass
from typing import ClassVar

from portal.kernel.facts import Fact

_VENDORS = frozenset({"vendors"})
_PROPOSALS = frozenset({"purpose_proposals"})
_INVITATIONS = frozenset({"staff_invitations"})


@dataclass(frozen=True, kw_only=True)
class VendorAdmitted(Fact):
    """An operator let an organisation in."""

    EVENT: ClassVar[str] = "vendor.admitted"
    EXPLAINS: ClassVar[frozenset[str]] = _VENDORS
    slug: str


@dataclass(frozen=True, kw_only=True)
class VendorCardChanged(Fact):
    """What customers see of an organisation changed; ``members`` names the parts of the card."""

    EVENT: ClassVar[str] = "vendor.card_changed"
    EXPLAINS: ClassVar[frozenset[str]] = _VENDORS
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VendorPurposeAllowed(Fact):
    """An organisation may ask for ``datatypes`` for a purpose, and call ``may_require`` of them required."""

    EVENT: ClassVar[str] = "vendor.purpose_allowed"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"vendor_purposes"})
    datatypes: tuple[str, ...]
    may_require: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VendorPurposeProposed(Fact):
    """An organisation would like to ask for ``datatypes`` for a purpose, and call ``may_require`` of them required."""

    EVENT: ClassVar[str] = "vendor.purpose_proposed"
    EXPLAINS: ClassVar[frozenset[str]] = _PROPOSALS
    datatypes: tuple[str, ...]
    may_require: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VendorProposalEnded(Fact):
    """A proposal waits no more: the operator approved it or did not, or the organisation took it back."""

    EVENT: ClassVar[str] = "vendor.proposal_ended"
    EXPLAINS: ClassVar[frozenset[str]] = _PROPOSALS


@dataclass(frozen=True, kw_only=True)
class VendorBlocked(Fact):
    """An operator shut an organisation out: from now on it reads and asks nothing."""

    EVENT: ClassVar[str] = "vendor.blocked"
    EXPLAINS: ClassVar[frozenset[str]] = _VENDORS


@dataclass(frozen=True, kw_only=True)
class VendorUnblocked(Fact):
    """An operator let an organisation in again."""

    EVENT: ClassVar[str] = "vendor.unblocked"
    EXPLAINS: ClassVar[frozenset[str]] = _VENDORS


@dataclass(frozen=True, kw_only=True)
class StaffInvited(Fact):
    """An owner asked somebody to act for the organisation, by a mail; until when the link is good."""

    EVENT: ClassVar[str] = "staff.invited"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS
    invitation: str
    rank: str
    until: int


@dataclass(frozen=True, kw_only=True)
class StaffJoined(Fact):
    """Whoever was asked said yes; the role itself is an entry of its own."""

    EVENT: ClassVar[str] = "staff.joined"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS
    invitation: str
    rank: str


@dataclass(frozen=True, kw_only=True)
class StaffDeclined(Fact):
    """Whoever was asked said no."""

    EVENT: ClassVar[str] = "staff.declined"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS
    invitation: str


@dataclass(frozen=True, kw_only=True)
class StaffInvitationEnded(Fact):
    """An invitation is good no more: an owner took it back, or the portal was brought back from a backup."""

    EVENT: ClassVar[str] = "staff.invitation_ended"
    EXPLAINS: ClassVar[frozenset[str]] = _INVITATIONS
    invitation: str


@dataclass(frozen=True, kw_only=True)
class SandboxMade(Fact):
    """A company began its sandbox: a company of the mode ``test``, of the id ``of`` in the record."""

    EVENT: ClassVar[str] = "vendor.sandbox_made"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"sandboxes"})
    of: str


@dataclass(frozen=True, kw_only=True)
class SandboxCustomerMade(Fact):
    """Somebody was made up for a sandbox."""

    EVENT: ClassVar[str] = "vendor.sandbox_customer_made"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"sandbox_customers"})


@dataclass(frozen=True, kw_only=True)
class SandboxClockMoved(Fact):
    """So many ``seconds`` have passed in a sandbox."""

    EVENT: ClassVar[str] = "vendor.sandbox_clock_moved"
    EXPLAINS: ClassVar[frozenset[str]] = frozenset({"sandboxes"})
    seconds: int
