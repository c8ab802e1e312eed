"""A prospect turns out to be a person: folded by their word, or by an invitation that they accept."""

from typing import Any

from sqlalchemy import insert, select, update

from portal.customers.service import join
from portal.kernel.errors import Conflict, Gone, NotFound
from portal.kernel.ids import digest, new_id, new_secret, text_of
from portal.kernel.mail import suppress_topic
from portal.kernel.parting import Belongings
from portal.kernel.unit import Unit
from portal.links.facts import InvitationAccepted, InvitationMade, LinkFolded
from portal.links.invited import LASTS, TOPIC
from portal.links.models import Fold, Invitation, Link, PairwiseId
from portal.links.reads import LinkView, invited, link_of, links_by_number, sub_of
from portal.links.service.making import ensure, holder_of
from portal.links.shapes import LINK


def fold(unit: Unit, *, prospect_link: bytes, into: bytes) -> LinkView:
    """The person says that a prospect is they: keys, ids and number become theirs. Gives the link that stays.

    ``into`` is the person's customer id. Both pairwise ids go on working. Conflict ``already-joined`` when it was
    somebody's already. The prospect's own link is kept, folded, for :func:`portal.links.service.part`.
    """
    return _fold(unit, prospect_link, into, can_part=True)


def take_over(unit: Unit, *, prospect_link: bytes, into: bytes) -> LinkView:
    """The same for good, of somebody who holds what only the prospect had: nothing is kept by which the two could be parted."""
    return _fold(unit, prospect_link, into, can_part=False)


def _fold(unit: Unit, prospect_link: bytes, into: bytes, *, can_part: bool) -> LinkView:
    source = link_of(unit, prospect_link)
    if source.state != "prospect":
        raise Conflict("already-joined")
    # Whoever has come is written to no more.
    suppress_topic(unit, holder_of(unit, source), TOPIC)
    joined = join(unit, prospect_id=source.customer_id, into=into)
    stays = ensure(unit, customer_id=into, vendor_id=source.vendor_id)
    _hold(unit, source.id, stays.id)
    if can_part:
        _remember(unit, source, stays, joined.belongings)
    _merge(unit, source, stays, into)
    unit.connection.execute(update(Invitation).where(Invitation.link_id == source.id).values(words=None, mail_at=None))
    holder_id, came = holder_of(unit, stays), text_of(source.id)
    unit.note(LinkFolded(holder=holder_id, vendor=stays.vendor_id, link=stays.id, source=came, joined=joined.pseudonym))
    return link_of(unit, stays.id)


def _hold(unit: Unit, *link_ids: bytes) -> None:
    # In the order in which everybody holds several links, so that two never wait for each other.
    unit.connection.execute(select(Link.id).where(Link.id.in_(link_ids)).order_by(Link.id).with_for_update())


def _remember(unit: Unit, source: LinkView, kept: LinkView, belongings: Belongings) -> None:
    unit.connection.execute(
        insert(Fold).values(
            id=new_id(),
            customer_id=kept.customer_id,
            link_id=kept.id,
            prospect_id=source.customer_id,
            source_id=source.id,
            number=source.number,
            sub=sub_of(unit, source.id),
            belongings=belongings.document(),
            folded_at=unit.at,
        )
    )


def _merge(unit: Unit, source: LinkView, kept: LinkView, into: bytes) -> None:
    # The number moves where the link that stays has none; else it goes on leading there from where it is.
    moves = kept.number is None and source.number is not None
    gone: dict[str, Any] = {"customer_id": into, "state": "ended", "ended_at": unit.at, "folded_into": kept.id}
    gone["number"] = None if moves else source.number
    unit.connection.execute(update(Link).where(Link.id == source.id).values(gone))
    if moves:
        unit.connection.execute(update(Link).where(Link.id == kept.id).values(number=source.number))
    unit.connection.execute(
        update(PairwiseId).where(PairwiseId.link_id == source.id).values(link_id=kept.id, own=False)
    )


def invite(unit: Unit, *, link_id: bytes) -> str:
    """A one-time secret with which the person behind a prospect can take it over; those made before stay good.

    Conflict ``already-joined`` for whoever has come, and ``declined`` for whoever does not want to be invited.
    """
    link = link_of(unit, link_id)
    if link.state != "prospect":
        raise Conflict("already-joined", "This customer is connected already.")
    mine = (Invitation.link_id == link_id, Invitation.is_current)
    if unit.connection.execute(select(Invitation.declined_at).where(*mine)).scalar() is not None:
        raise Conflict("declined", "This customer does not want to be invited again.")
    secret = new_secret()
    unit.connection.execute(update(Invitation).where(*mine).values(is_current=False, mail_at=None, words=None))
    unit.connection.execute(
        insert(Invitation).values(
            hash=digest(secret),
            link_id=link_id,
            vendor_id=link.vendor_id,
            is_current=True,
            deliver=LINK,
            locale=unit.locale,
            mails=0,
            created_at=unit.at,
            expires_at=unit.at + LASTS,
        )
    )
    unit.note(InvitationMade(holder=holder_of(unit, link), vendor=link.vendor_id, link=link_id))
    return secret


def invite_number(unit: Unit, *, vendor_id: bytes, number: str) -> str:
    """The same by the vendor's own customer number; NotFound for one that it never wrote about."""
    link = links_by_number(unit, vendor_id, [number]).get(number)
    if link is None:
        raise NotFound
    return invite(unit, link_id=link.id)


def accept_invitation(unit: Unit, *, secret: str, customer_id: bytes) -> LinkView:
    """Takes over what the invitation is about. Gone for one that was used, is over, or never was."""
    about = invited(unit, secret)
    claimed = unit.connection.execute(
        update(Invitation)
        .where(Invitation.hash == digest(secret), Invitation.used_at.is_(None), Invitation.expires_at > unit.at)
        .where(Invitation.declined_at.is_(None))
        .values(used_at=unit.at)
    )
    if claimed.rowcount != 1 or about is None:
        raise Gone("invitation-used")
    link = fold(unit, prospect_link=about.link_id, into=customer_id)
    unit.note(InvitationAccepted(holder=holder_of(unit, link), vendor=link.vendor_id, link=link.id))
    return link
