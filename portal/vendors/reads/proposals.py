"""What companies would like to ask for, while the operator has not answered."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.kernel.errors import NotFound
from portal.kernel.unit import Unit
from portal.vendors.models import PurposeProposal


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a company would like to ask for, for one purpose."""

    vendor_id: bytes
    purpose: str
    datatypes: list[str]
    may_require: list[str]
    text: dict[str, str]
    proposed_at: datetime

    @property
    def mark(self) -> str:
        """What tells it from any other that may take its place: 12 hex digits of what it says."""
        said = [self.purpose, self.datatypes, self.may_require, self.text]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


def proposals_of(unit: Unit, vendor_id: bytes | None = None) -> list[Proposal]:
    """All that waits, the oldest first; of one company, or of every one."""
    statement = select(*PurposeProposal.__table__.columns).order_by(PurposeProposal.proposed_at, PurposeProposal.purpose)
    if vendor_id is not None:
        statement = statement.where(PurposeProposal.vendor_id == vendor_id)
    return [Proposal(**row._mapping) for row in unit.connection.execute(statement)]


def proposal_of(unit: Unit, vendor_id: bytes, purpose: str) -> Proposal:
    """What a company proposed for one purpose; NotFound where nothing waits."""
    found = next((one for one in proposals_of(unit, vendor_id) if one.purpose == purpose), None)
    if found is None:
        raise NotFound
    return found
