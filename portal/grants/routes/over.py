"""The page of a request that cannot be answered any more."""

from datetime import datetime

from flask import render_template

from portal.customers.catalogue import label_of
from portal.grants import reads
from portal.grants.models import ANSWERED, WITHDRAWN, Grant, Request
from portal.grants.routes.ended import how_it_ended
from portal.grants.routes.room import me
from portal.grants.routes.standing import is_shared
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, link_between
from portal.links.reads.orders import open_orders_of
from portal.vendors.reads import vendor_of


def over(unit: Unit, asked: Request) -> str | None:
    """The page of a request that cannot be answered any more."""
    vendor = vendor_of(unit, asked.vendor_id)
    link = link_between(unit, me(), vendor.id)
    goes_on, newer = False, None
    if asked.state == ANSWERED:
        grant = reads.grant_of_request(unit, asked.id)
        why = "refused" if grant is None else "given"
        if grant is None and (taken := reads.taken_up(unit, asked.id)) is not None:
            grant, why = reads.grant_of_request(unit, taken.id), "taken"
        goes_on = grant is None and is_shared(unit, asked)
    elif asked.state == WITHDRAWN and vendor.blocked_at is None:
        grant, why, newer = None, "replaced", reads.now_instead(unit, asked)
        if asked.withdrawn_by is not None:
            why = "withdrawn"
    elif not reads.is_waiting(asked, unit.at) or vendor.blocked_at is not None:
        grant, why = None, "over"
    elif link is not None and link.blocked_at is not None:
        grant, why = None, "blocked"
    else:
        return None
    link_id = None if link is None else text_of(link.id)
    return render_template(
        "grants/over.html",
        why=why,
        vendor=vendor,
        link_id=link_id,
        asked=asked,
        ended=_ended(unit, grant, link),
        goes_on=goes_on,
        newer=newer,
        on_their_way=0 if link is None else open_orders_of(unit, link.id),
        offered=_offered(asked, unit.at),
    )


def _offered(asked: Request, at: datetime) -> list[str]:
    """What the company may still take up in place of what it asked, in words."""
    if asked.offer_until is None or asked.offer_until <= at:
        return []
    return [label_of(name) for detail in reads.offer_of(asked) for name in detail.datatypes]


def _ended(unit: Unit, grant: Grant | None, link: LinkView | None) -> str | None:
    """How a permission that was given has ended; None while it lasts."""
    if grant is None or link is None:
        return None
    (status,) = reads.statuses_of(unit, [grant], {link.id: link})
    return None if status.live else how_it_ended(status, link)
