"""What becomes of an invitation: the person connects, or says no to any further one; the company takes it back."""

from sqlalchemy import select, update

from portal.kernel.errors import Conflict, Gone, NotFound
from portal.kernel.mail import suppress_topic
from portal.kernel.unit import Unit
from portal.links.facts import InvitationDeclined, InvitationWithdrawn
from portal.links.invited import TOPIC
from portal.links.models import Invitation
from portal.links.reads import LinkView, invited, link_of, links_by_number
from portal.links.reads.invitations import prospects_of_holder, question_of
from portal.links.service.folding import fold
from portal.links.service.making import holder_of, is_number


def connect(unit: Unit, *, link_id: bytes) -> LinkView:
    """Says yes to a company that knows the actor by a proven address; NotFound for what nobody asked them."""
    assert unit.actor.customer_id is not None
    return fold(unit, prospect_link=question_of(unit, link_id).link_id, into=unit.actor.customer_id)


def say_no(unit: Unit, *, link_id: bytes) -> None:
    """Says no to it, for good: the company does not invite this person again, and the question is not asked again."""
    _decline(unit, question_of(unit, link_id).link_id, by="page")


def say_no_to_invitation(unit: Unit, *, secret: str) -> None:
    """The same by the link of an invitation, of whoever has it; Gone for one that was used, is over, or never was."""
    about = invited(unit, secret)
    if about is None:
        raise Gone("invitation-used")
    _decline(unit, about.link_id, by="link")


def say_no_by_mail(unit: Unit, *, holder_id: bytes) -> None:
    """The same by the address in a letter, which knows its reader alone. Said again, or once connected, it changes nothing."""
    for link_id in prospects_of_holder(unit, holder_id):
        _decline(unit, link_id, by="mail")


def _decline(unit: Unit, link_id: bytes, *, by: str) -> None:
    link = link_of(unit, link_id)
    holder_id = holder_of(unit, link)
    standing = (Invitation.link_id == link_id, Invitation.declined_at.is_(None))
    gone = {"declined_at": unit.at, "words": None, "mail_at": None}
    if unit.connection.execute(update(Invitation).where(*standing).values(gone)).rowcount:
        suppress_topic(unit, holder_id, TOPIC)
        unit.note(InvitationDeclined(holder=holder_id, vendor=link.vendor_id, link=link_id, by=by))


def withdraw(unit: Unit, *, vendor_id: bytes, number: str) -> None:
    """The company takes back what it sent a customer, who is asked nothing any more; the prospect stays.

    NotFound for a number that it never invited; Conflict ``already-joined`` where the customer has come. Said again it
    changes nothing; a no that was said stays.
    """
    link = links_by_number(unit, vendor_id, [number]).get(number) if is_number(number) else None
    if link is None:
        raise NotFound
    if link.state != "prospect":
        raise Conflict("already-joined", "This customer is connected already. Only they can end that.")
    mine = Invitation.link_id == link.id
    if unit.connection.execute(select(Invitation.hash).where(mine).limit(1)).first() is None:
        raise NotFound
    taken_back = {"expires_at": unit.at, "is_current": False, "words": None, "mail_at": None}
    good = (mine, Invitation.is_current, Invitation.declined_at.is_(None))
    older = (mine, Invitation.is_current.is_(False), Invitation.expires_at > unit.at)
    ended = unit.connection.execute(update(Invitation).where(*older).values(expires_at=unit.at)).rowcount
    if unit.connection.execute(update(Invitation).where(*good).values(taken_back)).rowcount or ended:
        suppress_topic(unit, holder_of(unit, link), TOPIC)
        unit.note(InvitationWithdrawn(holder=holder_of(unit, link), vendor=vendor_id, link=link.id))
