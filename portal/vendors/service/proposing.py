"""What a company would like to ask for: it proposes, and the operator says yes or no. Less than it has asks nobody."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, insert

from portal.kernel.errors import Conflict, NotFound
from portal.kernel.unit import Unit
from portal.vendors.facts import VendorProposalEnded, VendorPurposeProposed
from portal.vendors.models import PurposeProposal
from portal.vendors.purposes import normal
from portal.vendors.reads import allowed_of
from portal.vendors.reads.proposals import Proposal, proposal_of
from portal.vendors.service.organisations import allow_purpose, checked_purpose
from portal.vendors.service.staff import hold

APPROVED, REFUSED, TAKEN_BACK, ANEW = "approved", "turned-down", "taken-back", "proposed-anew"


def propose_purpose(
    unit: Unit,
    *,
    vendor_id: bytes,
    purpose: str,
    datatypes: Iterable[str],
    may_require: Iterable[str] = (),
    text: Mapping[str, str] | None = None,
) -> bool:
    """Proposes what may be asked for, for one purpose, in the place of what was proposed before; Invalid where it cannot be.

    Gives whether it holds at once: that is so where nothing is added to what the company may ask for already, and what
    customers read of it stays.
    """
    hold(unit, vendor_id)
    wanted = checked_purpose(purpose, datatypes, may_require, text)
    _forget(unit, vendor_id, wanted.purpose, ANEW)
    now = allowed_of(unit, vendor_id, wanted.purpose)
    if now is not None and _is_less(wanted.datatypes, now.datatypes, wanted.may_require, now.may_require, wanted.text, now.text):
        if (wanted.datatypes, wanted.may_require) != (now.datatypes, now.may_require):
            allow_purpose(unit, vendor_id=vendor_id, **wanted._asdict())
        return True
    unit.connection.execute(insert(PurposeProposal).values(vendor_id=vendor_id, proposed_at=unit.at, **wanted._asdict()))
    unit.note(
        VendorPurposeProposed(
            vendor=vendor_id,
            purpose=wanted.purpose,
            datatypes=tuple(wanted.datatypes),
            may_require=tuple(wanted.may_require),
        )
    )
    return False


def _is_less(
    wanted: list[str], may: list[str], required: list[str], may_require: list[str], text: object, said: object
) -> bool:
    return set(wanted) <= set(may) and set(required) <= set(may_require) and text == said


def approve_purpose(
    unit: Unit, *, vendor_id: bytes, purpose: str, as_optional: bool = False, mark: str | None = None
) -> Proposal:
    """The company may ask for what it proposed; ``as_optional`` for none of it as required. NotFound where nothing waits.

    ``mark`` is that of the proposal which was looked at; Conflict ``proposed-anew`` where another took its place since.
    """
    hold(unit, vendor_id)
    found = proposal_of(unit, vendor_id, normal(purpose))
    if mark not in (None, found.mark):
        raise Conflict(ANEW)
    required = [] if as_optional else found.may_require
    allow_purpose(
        unit, vendor_id=vendor_id, purpose=found.purpose, datatypes=found.datatypes, may_require=required, text=found.text
    )
    _forget(unit, vendor_id, found.purpose, APPROVED)
    return found


def refuse_purpose(unit: Unit, *, vendor_id: bytes, purpose: str) -> Proposal:
    """The company may not; what it may already stays. NotFound where nothing waits."""
    hold(unit, vendor_id)
    found = proposal_of(unit, vendor_id, normal(purpose))
    _forget(unit, vendor_id, found.purpose, REFUSED)
    return found


def take_back_proposal(unit: Unit, *, vendor_id: bytes, purpose: str) -> None:
    """The company no longer proposes it; NotFound where nothing waits."""
    hold(unit, vendor_id)
    if not _forget(unit, vendor_id, normal(purpose), TAKEN_BACK):
        raise NotFound


def _forget(unit: Unit, vendor_id: bytes, purpose: str, reason: str) -> bool:
    mine = (PurposeProposal.vendor_id == vendor_id, PurposeProposal.purpose == purpose)
    gone = unit.connection.execute(delete(PurposeProposal).where(*mine)).rowcount == 1
    if gone:
        unit.note(VendorProposalEnded(vendor=vendor_id, purpose=purpose, reason=reason))
    return gone
