"""Invitations: which companies say that they know somebody, whose turn it is to be written to, and whose they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from portal.customers.models import Customer
from portal.customers.reads import verified_addresses_of
from portal.kernel.errors import NotFound
from portal.kernel.index_of_many import find_holders
from portal.kernel.mail import Mail, MailView, newest_mails
from portal.kernel.unit import Unit
from portal.links.matching import ADDRESS, scoped
from portal.links.models import Fold, Invitation, Link
from portal.links.reads import Earlier, LinkView
from portal.links.reads.orders import orders_of
from portal.links.shapes import NONE
from portal.vendors.models import Vendor
from portal.vendors.reads import can_meet

LETTER = "links/invitation"
"""The letter that invites somebody."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A company says that whoever proved an address is its customer ``number``."""

    link_id: bytes
    vendor_id: bytes
    number: str


def questions_of(unit: Unit) -> list[Question]:
    """What companies say of the customer who acts here, the oldest first; never to a delegate: who one is, one says oneself."""
    me = unit.actor.customer_id
    if me is None or unit.actor.delegation is not None:
        return []
    found = _asking(unit, me, _addressees(unit, me))
    return sorted(found, key=lambda one: one.link_id)


def question_of(unit: Unit, link_id: bytes) -> Question:
    """One of them; NotFound for what nobody says of this customer."""
    for one in questions_of(unit):
        if one.link_id == link_id:
            return one
    raise NotFound


def about(unit: Unit, question: Question) -> Earlier:
    """The earlier orders that hang on what a question is about."""
    return Earlier(question.link_id, question.vendor_id, orders_of(unit, question.link_id), number=question.number)


def _addressees(unit: Unit, me: bytes) -> set[bytes]:
    """To whom the customer's proven addresses lead, at each company that has invited somebody."""
    mine = verified_addresses_of(unit, me)
    values = {scoped(vendor_id, address) for vendor_id in _inviting(unit, me) for address in mine}
    # One address may stand for two customers of a company. Of whoever was joined, the place in the index is the person's.
    joined = select(Customer.holder_id).join(Fold, Fold.prospect_id == Customer.id).where(Fold.customer_id == me)
    return {*find_holders(unit, ADDRESS, values).values(), *unit.connection.execute(joined).scalars()}


def _inviting(unit: Unit, me: bytes) -> Iterator[bytes]:
    some = select(Invitation.hash).where(Invitation.vendor_id == Vendor.id, Invitation.is_current)
    # A sandbox says nothing to a real person, whatever addresses it was told.
    theirs = select(Vendor.id).where(Vendor.blocked_at.is_(None), can_meet(unit, me), some.exists())
    yield from unit.connection.execute(theirs).scalars()


def _asking(unit: Unit, me: bytes, addressees: set[bytes]) -> list[Question]:
    if not addressees:
        return []
    blocked = select(Link.vendor_id).where(Link.customer_id == me, Link.blocked_at.is_not(None))
    rows = unit.connection.execute(
        select(Link.id, Link.vendor_id, Link.number)
        .join(Invitation, Invitation.link_id == Link.id)
        .where(Invitation.addressee_id.in_(addressees), Invitation.is_current, Invitation.declined_at.is_(None))
        .where(or_(Invitation.deliver == NONE, Invitation.expires_at > unit.at))
        .where(Link.state == "prospect", Link.vendor_id.not_in(blocked))
    )
    return [Question(row.id, row.vendor_id, row.number or "") for row in rows]


def trial_letters(unit: Unit, vendor_id: bytes) -> list[MailView]:
    """The newest letters that a company of the mode ``test`` had written to those who have not come: nobody was sent one."""
    theirs = (
        select(Customer.holder_id).join(Link, Link.customer_id == Customer.id).where(Link.vendor_id == vendor_id)
    ).where(Link.state == "prospect")
    return newest_mails(unit, _SHOWN, Mail.holder_id.in_(theirs), Mail.template == LETTER, Mail.state == "suppressed")


_due = (
    select(
        Invitation.hash,
        Invitation.link_id,
        Invitation.vendor_id,
        Invitation.locale,
        Invitation.words,
        Invitation.addressee_id,
        Invitation.mails,
        Invitation.created_at,
        Invitation.expires_at,
        Customer.holder_id,
        Link.state.label("link_state"),
        Vendor.name.label("company"),
        Vendor.mode,
        Vendor.blocked_at,
    )
    .join(Link, Link.id == Invitation.link_id)
    .join(Customer, Customer.id == Link.customer_id)
    .join(Vendor, Vendor.id == Invitation.vendor_id)
)


def due_letters(unit: Unit, most: int) -> Sequence[Any]:
    """Invitations of which a letter is due, the one that waits longest first, held; not those in another worker's hands."""
    at_turn = _due.where(Invitation.mail_at <= unit.at).order_by(Invitation.mail_at).limit(most)
    return unit.connection.execute(at_turn.with_for_update(of=Invitation, skip_locked=True)).all()


def holders_of(unit: Unit, links: Sequence[LinkView]) -> dict[bytes, bytes]:
    """The key holders of these links' customers, by link."""
    wanted = select(Customer.id, Customer.holder_id).where(Customer.id.in_([link.customer_id for link in links]))
    found = {row.id: row.holder_id for row in unit.connection.execute(wanted)}
    return {link.id: found[link.customer_id] for link in links}


def prospects_of_holder(unit: Unit, holder_id: bytes) -> Sequence[bytes]:
    """The links of the prospect that a key holder stands for; none once somebody took it over."""
    theirs = select(Link.id).join(Customer, Customer.id == Link.customer_id).where(Customer.holder_id == holder_id)
    return unit.connection.execute(theirs.where(Link.state == "prospect")).scalars().all()
