"""What the customer decides about a link: pause and resume, block and unblock, end."""

from typing import Any

from sqlalchemy import update

from portal.customers.service import raise_sharing_version
from portal.kernel.errors import NotFound
from portal.kernel.facts import Fact
from portal.kernel.unit import Unit
from portal.links.facts import LinkBlocked, LinkEnded, LinkPaused, LinkResumed, LinkUnblocked
from portal.links.models import Link
from portal.links.reads import LinkView, link_between, link_of, my_link
from portal.links.service.making import holder_of, make_once


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
    found = link_between(unit, customer_id, vendor_id) or make_once(unit, customer_id, vendor_id, "ended")
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
        unit.note(fact(holder=holder_of(unit, link), vendor=link.vendor_id, link=link_id))
    return link_of(unit, link_id)
