"""Links: made, found, folded, paused, blocked and ended. Every change of state is one conditional UPDATE."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from portal.customers.reads import customer_of
from portal.customers.service import join, make_prospects, raise_sharing_version
from portal.kernel.errors import Conflict, Gone, Invalid, NotFound
from portal.kernel.facts import Fact
from portal.kernel.ids import digest, new_id, new_secret, text_of
from portal.kernel.sealing import claim_identifier
from portal.kernel.unit import Unit
from portal.links.facts import (
    InvitationAccepted,
    InvitationMade,
    LinkBlocked,
    LinkEnded,
    LinkFolded,
    LinkMade,
    LinkNumbered,
    LinkPaused,
    LinkResumed,
    LinkUnblocked,
    ProspectMade,
)
from portal.links.matching import ADDRESS, scoped
from portal.links.models import Invitation, Link, PairwiseId
from portal.links.reads import LinkView, invited, link_between, link_of, links_by_number, my_link

INVITATION_LASTS = timedelta(days=90)
_NUMBER = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?\Z")


def ensure(unit: Unit, *, customer_id: bytes, vendor_id: bytes) -> LinkView:
    """The customer's live link with the vendor: found, opened again, or made.

    Conflict ``blocked`` when the customer wants nothing more from this vendor.
    """
    found = link_between(unit, customer_id, vendor_id) or _make_once(unit, customer_id, vendor_id, "active")
    if found.blocked_at is not None:
        raise Conflict("blocked")
    return _open_again(unit, found) if found.state == "ended" else found


def _make_once(unit: Unit, customer_id: bytes, vendor_id: bytes, state: str) -> LinkView:
    made = _new(unit, customer_id, vendor_id, state)
    try:
        with unit.connection.begin_nested():
            _insert(unit, [made])
    except IntegrityError:
        # Somebody was faster: one link for a customer and a vendor.
        return _or_raise(link_between(unit, customer_id, vendor_id))
    if state == "active":
        unit.note(LinkMade(holder=_holder(unit, made), vendor=vendor_id, link=made.id))
    return made


def _or_raise(found: LinkView | None) -> LinkView:
    if found is None:
        raise NotFound
    return found


def _holder(unit: Unit, link: LinkView) -> bytes:
    return customer_of(unit, link.customer_id).holder_id


def _new(unit: Unit, customer_id: bytes, vendor_id: bytes, state: str, number: str | None = None) -> LinkView:
    ended_at = unit.at if state == "ended" else None
    return LinkView(new_id(), customer_id, vendor_id, state, number, None, None, None, unit.at, ended_at)


def _insert(unit: Unit, links: Sequence[LinkView]) -> None:
    unit.connection.execute(insert(Link), list(map(_row, links)))
    unit.connection.execute(insert(PairwiseId), [_own_sub(link, unit.at) for link in links])


def _row(link: LinkView) -> dict[str, Any]:
    return {name: getattr(link, name) for name in LinkView.__slots__}


def _own_sub(link: LinkView, at: datetime) -> dict[str, Any]:
    return {"sub": str(uuid4()), "link_id": link.id, "vendor_id": link.vendor_id, "own": True, "created_at": at}


def _open_again(unit: Unit, link: LinkView) -> LinkView:
    ended = (Link.id == link.id, Link.state == "ended", Link.folded_into.is_(None), Link.blocked_at.is_(None))
    values = {"state": "active", "ended_at": None, "paused_at": None}
    if unit.connection.execute(update(Link).where(*ended).values(values)).rowcount == 1:
        unit.note(LinkMade(holder=_holder(unit, link), vendor=link.vendor_id, link=link.id, again=1))
    return link_of(unit, link.id)


def prospect(unit: Unit, *, vendor_id: bytes, number: str, email: str | None = None) -> LinkView:
    """The link behind one of a vendor's own customer numbers; see :func:`prospects`."""
    return prospects(unit, vendor_id=vendor_id, numbers={number: email})[number]


def prospects(unit: Unit, *, vendor_id: bytes, numbers: Mapping[str, str | None]) -> dict[str, LinkView]:
    """The links behind a vendor's own customer numbers: whoever's they are by now, or new prospects.

    With each number an address that the vendor has verified, or None; it is indexed for this vendor alone and kept
    nowhere else.
    """
    if not all(map(_NUMBER.match, numbers)):
        raise Invalid("invalid", fields={"number": "Use 1 to 64 printable ASCII characters."})
    found = links_by_number(unit, vendor_id, numbers)
    missing = [number for number in numbers if number not in found]
    try:
        with unit.connection.begin_nested():
            made = _insert_prospects(unit, vendor_id, missing)
    except IntegrityError:
        # Somebody else was writing about the same customers: now theirs can be seen.
        return prospects(unit, vendor_id=vendor_id, numbers=numbers)
    for link, holder_id in made:
        unit.note(ProspectMade(holder=holder_id, vendor=vendor_id, link=link.id))
        _index(unit, vendor_id, numbers[str(link.number)], holder_id)
    return found | {str(link.number): link for link, _ in made}


def _insert_prospects(unit: Unit, vendor_id: bytes, numbers: Sequence[str]) -> list[tuple[LinkView, bytes]]:
    if not numbers:
        return []
    people = make_prospects(unit, count=len(numbers))
    made = [
        _new(unit, person.id, vendor_id, "prospect", number) for person, number in zip(people, numbers, strict=True)
    ]
    _insert(unit, made)
    return [(link, person.holder_id) for link, person in zip(made, people, strict=True)]


def _index(unit: Unit, vendor_id: bytes, email: str | None, holder_id: bytes) -> None:
    # One address may stand under two numbers of a vendor: the first is the one it leads to.
    if email is not None:
        with suppress(Conflict):
            claim_identifier(unit, ADDRESS, scoped(vendor_id, email), holder_id)


def set_number(unit: Unit, *, link_id: bytes, number: str) -> LinkView:
    """The vendor's own number for a linked customer; Conflict ``taken`` when it is another's."""
    if not _NUMBER.match(number):
        raise Invalid("invalid", fields={"number": "Use 1 to 64 printable ASCII characters."})
    link = link_of(unit, link_id)
    if link.number == number:
        return link
    try:
        with unit.connection.begin_nested():
            unit.connection.execute(update(Link).where(Link.id == link_id).values(number=number))
    except IntegrityError:
        raise Conflict("taken") from None
    unit.note(LinkNumbered(holder=_holder(unit, link), vendor=link.vendor_id, link=link_id))
    return link_of(unit, link_id)


def fold(unit: Unit, *, prospect_link: bytes, into: bytes) -> LinkView:
    """The person says that a prospect is they: keys, ids and number become theirs. Gives the link that stays.

    ``into`` is the person's customer id. Both pairwise ids go on working. Conflict ``already-joined`` when it was
    somebody's already.
    """
    source = link_of(unit, prospect_link)
    if source.state != "prospect":
        raise Conflict("already-joined")
    joined = join(unit, prospect_id=source.customer_id, into=into)
    kept = link_between(unit, into, source.vendor_id) or _take_over(unit, source, into)
    if kept.id != source.id:
        _merge(unit, source, kept, into)
    stays = ensure(unit, customer_id=into, vendor_id=source.vendor_id)
    holder_id, came = _holder(unit, stays), text_of(source.id)
    unit.note(LinkFolded(holder=holder_id, vendor=stays.vendor_id, link=stays.id, source=came, joined=joined))
    return stays


def _take_over(unit: Unit, source: LinkView, into: bytes) -> LinkView:
    """The prospect's own link becomes the person's, where they have none with this vendor."""
    try:
        with unit.connection.begin_nested():
            values: dict[str, Any] = {"customer_id": into, "state": "active"}
            unit.connection.execute(update(Link).where(Link.id == source.id).values(values))
    except IntegrityError:
        return _or_raise(link_between(unit, into, source.vendor_id))
    return link_of(unit, source.id)


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
    """A one-time secret with which the person behind a prospect can take it over; good for 90 days."""
    link = link_of(unit, link_id)
    if link.state != "prospect":
        raise Conflict("already-joined", "This customer is connected already.")
    secret = new_secret()
    row = {"hash": digest(secret), "link_id": link_id, "created_at": unit.at}
    unit.connection.execute(insert(Invitation).values(**row, expires_at=unit.at + INVITATION_LASTS))
    unit.note(InvitationMade(holder=_holder(unit, link), vendor=link.vendor_id, link=link_id))
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
        .values(used_at=unit.at)
    )
    if claimed.rowcount != 1 or about is None:
        raise Gone("invitation-used")
    link = fold(unit, prospect_link=about.link_id, into=customer_id)
    unit.note(InvitationAccepted(holder=_holder(unit, link), vendor=link.vendor_id, link=link.id))
    return link


def pause(unit: Unit, *, link_id: bytes) -> LinkView:
    """All reads under permissions are refused as ``paused`` from now on; nothing is ended."""
    live = (Link.state != "ended", Link.paused_at.is_(None))
    return _change(unit, link_id, LinkPaused, live, {"paused_at": unit.at})


def resume(unit: Unit, *, link_id: bytes) -> LinkView:
    """Goes on after a pause."""
    return _change(unit, link_id, LinkResumed, (Link.paused_at.is_not(None),), {"paused_at": None})


def block(unit: Unit, *, link_id: bytes) -> LinkView:
    """The vendor can ask nothing and read nothing any more. Other rooms end what hangs on the link."""
    return _change(unit, link_id, LinkBlocked, (Link.blocked_at.is_(None),), {"blocked_at": unit.at})


def block_vendor(unit: Unit, *, vendor_id: bytes) -> LinkView:
    """Blocks a company that asks and was never given anything: an ended link keeps the customer's word."""
    customer_id = unit.actor.customer_id
    if customer_id is None:
        raise NotFound
    found = link_between(unit, customer_id, vendor_id) or _make_once(unit, customer_id, vendor_id, "ended")
    return block(unit, link_id=found.id)


def unblock(unit: Unit, *, link_id: bytes) -> LinkView:
    """Lets the vendor ask again; what was ended stays ended."""
    return _change(unit, link_id, LinkUnblocked, (Link.blocked_at.is_not(None),), {"blocked_at": None})


def end(unit: Unit, *, link_id: bytes) -> LinkView:
    """Ends the connection as a whole; the next permission opens it again."""
    values = {"state": "ended", "ended_at": unit.at, "paused_at": None}
    return _change(unit, link_id, LinkEnded, (Link.state != "ended",), values)


def _change(unit: Unit, link_id: bytes, fact: type[Fact], still: tuple[Any, ...], values: dict[str, Any]) -> LinkView:
    """One conditional UPDATE of the actor's own link; when it was so already, nothing is noted."""
    link = my_link(unit, link_id)
    mine = (Link.id == link_id, Link.customer_id == unit.actor.customer_id)
    if unit.connection.execute(update(Link).where(*mine, *still).values(values)).rowcount == 1:
        raise_sharing_version(unit, customer_id=link.customer_id)
        unit.note(fact(holder=_holder(unit, link), vendor=link.vendor_id, link=link_id))
    return link_of(unit, link_id)
