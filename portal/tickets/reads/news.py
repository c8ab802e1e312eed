"""Whether something new stands in a conversation: one look at one row, and nothing sealed is opened for it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from portal.kernel.errors import NotFound
from portal.kernel.prepared import Prepared
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.tickets.clocks import CLOSED
from portal.tickets.machine import state_at
from portal.tickets.models import Ticket

_row = (Ticket.id, Ticket.version, Ticket.state, Ticket.resolved_at)
_mine = Prepared(select(*_row).where(Ticket.id == bindparam("ticket"), Ticket.customer_id == bindparam("customer")))
_theirs = Prepared(
    select(*_row, Link.state.label("link_state"), Link.blocked_at)
    .join(Link, Link.id == Ticket.link_id)
    .where(Ticket.number == bindparam("number"), Ticket.vendor_id == bindparam("vendor"))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a conversation is, and how it stands."""

    id: bytes
    version: int
    state: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be said in it."""
        return self.state == CLOSED


def standing_of_mine(unit: Unit, customer_id: bytes, ticket_id: bytes) -> Standing:
    """A customer's own conversation; anybody else's is NotFound."""
    return _standing(unit, _mine.first(unit.connection, {"ticket": ticket_id, "customer": customer_id}))


def standing_of_vendors(unit: Unit, vendor_id: bytes, number: str) -> Standing:
    """One of a company's, by its number; another's, and one that it may read no more, is NotFound."""
    row = _theirs.first(unit.connection, {"number": number, "vendor": vendor_id})
    found = _standing(unit, row)
    if found.is_over and (row.link_state == "ended" or row.blocked_at is not None):
        raise NotFound
    return found


def _standing(unit: Unit, row: Any) -> Standing:
    if row is None:
        raise NotFound
    return Standing(row.id, row.version, state_at(row.state, row.resolved_at, unit.at))
