"""Whom a company's addresses lead to: what each was sent and said is kept with the address, whatever number it stands under."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select, update

from portal.kernel.blind_index import pass_identifiers, release_identifier
from portal.kernel.index_of_many import claim_identifiers, find_holders
from portal.kernel.mail import suppress_topic
from portal.kernel.sealing import create_holder
from portal.kernel.unit import Unit
from portal.links.invited import COUNTED, MOST_LETTERS, TOPIC
from portal.links.matching import ADDRESS, scoped
from portal.links.models import Invitation
from portal.links.shapes import MAIL, InvitationIn


class MovedError(Exception):
    """An address came to lead somewhere while its number's link was waited for: begin again."""


class Addressees:
    """Those of some invitations of one company, as they stand within its unit, and held until its commit.

    Made before the links are held: whoever takes a prospect over goes in that order, too. Then :meth:`look`.
    """

    def __init__(self, unit: Unit, vendor_id: bytes, items: Sequence[InvitationIn]) -> None:
        self._unit, self._vendor_id = unit, vendor_id
        self._values = {self._value(item) for item in items if item.email}
        self._owners = find_holders(unit, ADDRESS, self._values, hold=True)
        self._claims: dict[str, bytes] = {}
        # Of links whose customer has another address now: to whom it leads.
        self._corrected: dict[bytes, bytes] = {}

    def look(self, holders: Mapping[bytes, bytes]) -> None:
        """Looks at what they were sent and said; ``holders`` are the key holders of the prospects invited, by link.

        MovedError where an address leads elsewhere by now.
        """
        unit, self._holders = self._unit, holders
        # Whoever invited the same numbers a moment ago is through by now. Theirs are not held here: links are already.
        if find_holders(unit, ADDRESS, self._values) != self._owners:
            raise MovedError
        theirs = Invitation.addressee_id.in_({*self._owners.values(), *holders.values()})
        no = select(Invitation.addressee_id).where(theirs, Invitation.declined_at.is_not(None))
        self._said_no = frozenset(unit.connection.execute(no).scalars())
        sent = (
            select(Invitation.addressee_id, func.sum(Invitation.mails).label("letters"))
            .where(theirs, Invitation.created_at > unit.at - COUNTED)
            .group_by(Invitation.addressee_id)
        )
        self._letters: dict[bytes | None, int] = {row.addressee_id: row.letters for row in unit.connection.execute(sent)}

    def _value(self, item: InvitationIn) -> str:
        return scoped(self._vendor_id, item.email or "")

    def is_new(self, item: InvitationIn) -> bool:
        """Whether the company comes with this address for the first time."""
        return item.email is not None and self._value(item) not in self._owners

    def of(self, item: InvitationIn, link_id: bytes) -> bytes | None:
        """To whom the address leads: whoever of the company's customers came with it first."""
        if item.email is None:
            return None
        return self._owners.get(self._value(item), self._holders[link_id])

    def said_no(self, addressee: bytes | None) -> bool:
        """Whether they do not want to be invited by the company."""
        return addressee in self._said_no

    def is_written_often(self, item: InvitationIn, addressee: bytes | None) -> bool:
        """Whether they were written to as often as may be in a year."""
        return addressee is not None and not self.is_new(item) and self._letters.get(addressee, 0) >= MOST_LETTERS

    def take(self, item: InvitationIn, link_id: bytes, current: Any, waiting: Iterable[dict[str, Any]]) -> None:
        """Lets the address of an invitation lead to its customer, where it is nobody's; ``current`` is the one of before.

        ``waiting`` are the rows that are yet to be written.
        """
        addressee, is_new = self.of(item, link_id), self.is_new(item)
        if current is not None and addressee is not None and (is_new or current.addressee_id != addressee):
            self._corrected[link_id] = addressee
        if not is_new:
            return
        if current is not None:
            self._leave(link_id, waiting)
        self._claims[self._value(item)] = self._owners[self._value(item)] = self._holders[link_id]

    def _leave(self, link_id: bytes, waiting: Iterable[dict[str, Any]]) -> None:
        """The address before was another one: it leads to this customer no longer.

        What its reader was sent and said stays with it, and so does whatever else of the company's leads there.
        """
        holder_id = self._holders[link_id]
        others = or_(Invitation.deliver == MAIL, Invitation.link_id != link_id)
        told = select(Invitation.hash).where(Invitation.addressee_id == holder_id, others).limit(1)
        here = [row for row in waiting if row["addressee_id"] == holder_id]
        if not here and self._unit.connection.execute(told).first() is None:
            release_identifier(self._unit, ADDRESS, holder_id=holder_id)
            return
        keeper = create_holder(self._unit, "person")
        pass_identifiers(self._unit, ADDRESS, holder_id=holder_id, into=keeper)
        theirs = update(Invitation).where(Invitation.addressee_id == holder_id)
        self._unit.connection.execute(theirs.values(addressee_id=keeper))
        for row in here:
            row["addressee_id"] = keeper
        self._owners = {value: keeper if owner == holder_id else owner for value, owner in self._owners.items()}
        self._letters[keeper] = self._letters.pop(holder_id, 0)

    def write(self) -> None:
        """Puts new addresses into the index, and ends the letters that went to others."""
        claim_identifiers(self._unit, ADDRESS, self._claims)
        for link_id, addressee in self._corrected.items():
            # Whoever reads them there must not take the customer's place.
            elsewhere = (Invitation.link_id == link_id, Invitation.deliver == MAIL, Invitation.addressee_id != addressee)
            good = update(Invitation).where(*elsewhere, Invitation.expires_at > self._unit.at)
            if self._unit.connection.execute(good.values(expires_at=self._unit.at)).rowcount:
                suppress_topic(self._unit, self._holders[link_id], TOPIC)
