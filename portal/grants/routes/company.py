"""One company: what it has for which reason, what it sees now, its history; pause, block."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, see, writing
from portal.audit.reads import last_read_of
from portal.grants import reads
from portal.grants.details import Detail
from portal.grants.lease import Lease, resources_of
from portal.grants.leases import NoLease, open_lease
from portal.grants.models import Grant
from portal.grants.reads.connected import comes_by_at, is_connected
from portal.grants.reads.used import last_used, unfinished
from portal.grants.routes.ended import how_it_ended, kind_of
from portal.grants.routes.preview import seen_under
from portal.grants.routes.room import blueprint, me, my_holder
from portal.grants.routes.sharing import Company, company_of
from portal.grants.words import REASON_WORDS, given_on, until, until_of
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import moment
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links import service as links
from portal.links.reads import LinkView, folds_into, link_between, my_link
from portal.links.reads.orders import open_orders_of, orders_of
from portal.oauth.redirects import origin_of
from portal.vendors.reads import VendorView, vendor_of


def shown_company(unit: Unit, link: LinkView) -> Company:
    """A company with all its permissions."""
    statuses = reads.statuses_of(unit, reads.grants_of(unit, link_id=link.id), {link.id: link})
    last = last_read_of(unit, my_holder(unit), link.vendor_id)
    used = last_used(unit, {status.grant.id: status.details for status in statuses})
    return company_of(link, vendor_of(unit, link.vendor_id), statuses, used, last)


@blueprint.get("/sharing/<link>")
@see("sharing:see")
def company(unit: Unit, link: str) -> str:
    """Everything between the customer and one company that is about sharing."""
    mine = my_link(unit, id_from(link))
    shown, records = shown_company(unit, mine), reads.records_of(unit, vendor_id=mine.vendor_id)
    return render_template(
        "grants/company.html",
        company=shown,
        who=reads.who_of(shown.vendor, unit.locale),
        records=records,
        records_of_minute=Counter(moment(one.made_at) for one in records),
        kind_of=partial(kind_of, grants={one.id: one for one in reads.grants_of(unit, link_id=mine.id)}, link=mine),
        earlier=folds_into(unit, mine.id),
        how_it_ended=partial(how_it_ended, link=mine),
        until=until,
        unfinished=unfinished(unit, [one.grant.id for one in shown.live]),
        on_their_way=open_orders_of(unit, mine.id),
        orders=orders_of(unit, mine.id),
        given_on=given_on({one.id: one.created_at for one in all_of(shown)}),
        unconnected=unconnected_site(unit, shown),
        # What a newer permission stands for is changed there, not shared again.
        purposes_now={detail.purpose for one in shown.live for detail in one.details},
    )


def all_of(shown: Company) -> list[Grant]:
    """What is shared with a company, and what has ended."""
    return [*(one.grant for one in shown.live), *(one.grant for one in shown.ended)]


def unconnected_site(unit: Unit, shown: Company) -> str | None:
    """The site of a program that customers come by in a browser, and that has nothing to read with what is shared now."""
    live = [one.grant for one in shown.live if not one.used]
    for client in sorted({one.client_id for one in live if one.client_id is not None}):
        address = comes_by_at(unit, client)
        if address is not None and not is_connected(unit, client, [one.id for one in live]):
            return origin_of(address)
    return None


@blueprint.get("/sharing/grants/<grant>/preview")
@see("sharing:see")
def preview(unit: Unit, grant: str) -> str:
    """What the company gets at this moment: opened with the decision that its own reads meet."""
    mine = reads.grant_of(unit, id_from(grant))
    seen, refused = [], []
    for detail in reads.details_of(unit, mine):
        opened, reasons = _opened(unit, mine, detail)
        refused += [(detail.purpose, REASON_WORDS[reason]) for reason in reasons]
        if opened is not None:
            seen += seen_under(unit, [(opened, until_of(detail, mine.created_at))])
    return render_template(
        "grants/preview.html",
        seen=seen,
        refused=refused,
        orders=orders_of(unit, mine.link_id),
        unconnected=unconnected_site(unit, shown_company(unit, my_link(unit, mine.link_id))),
        vendor=vendor_of(unit, mine.vendor_id),
        link_id=text_of(mine.link_id),
    )


def _opened(unit: Unit, mine: Grant, detail: Detail) -> tuple[Lease | None, list[str]]:
    """What the company could read for one reason, its resources together, and why it could not read the others."""
    opened: list[Lease] = []
    reasons: list[str] = []
    for resource in sorted(resources_of(detail.datatypes)):
        try:
            opened.append(open_lease(unit, token=_View(mine), purpose=detail.purpose, resource=resource))
        except NoLease as problem:
            reasons.append(problem.reason)
    if not opened:
        return None, reasons[:1]
    there = {lease.resource for lease in opened}
    shown = frozenset(name for name in opened[0].datatypes if resources_of([name]) <= there)
    return opened[0]._replace(datatypes=shown), reasons


class _View:
    """The company's side of a permission, without a token."""

    def __init__(self, grant: Grant) -> None:
        self.vendor_id = grant.vendor_id
        self.grant_id: bytes | None = grant.id


def _change(link: str, verb: Callable[..., Any], sentence: str) -> ResponseReturnValue:
    with writing() as unit:
        vendor = vendor_of(unit, verb(unit, link_id=id_from(link)).vendor_id)
    flash(sentence % {"company": vendor.name}, "done")
    return redirect(url_for("grants.company", link=link), 303)


@blueprint.post("/sharing/<link>/pause")
@do("sharing:pause")
def pause(link: str) -> ResponseReturnValue:
    """Nothing is ended, and nothing can be read."""
    return _change(link, links.pause, _("Paused. %(company)s sees nothing of what you share until you go on."))


@blueprint.post("/sharing/<link>/resume")
@do("sharing:pause")
def resume(link: str) -> ResponseReturnValue:
    """Goes on as before."""
    return _change(link, links.resume, _("%(company)s sees again what you share."))


@blueprint.get("/sharing/<link>/block")
@see("sharing:see")
def ask_to_block_company(unit: Unit, link: str) -> str:
    """Asks before a company is blocked."""
    vendor = vendor_of(unit, my_link(unit, id_from(link)).vendor_id)
    return block_page(unit, vendor, url_for("grants.block", link=link), back=url_for("grants.company", link=link))


def block_page(unit: Unit, vendor: VendorView, action: str, *, back: str) -> str:
    """Says what a block of this company does, and what it does not: only what is true of it now."""
    link = link_between(unit, me(), vendor.id)
    live = [] if link is None else shown_company(unit, link).live
    on_their_way = 0 if link is None else open_orders_of(unit, link.id)
    return render_template(
        "grants/block.html", vendor=vendor, action=action, back=back, live=live, on_their_way=on_their_way
    )


@blueprint.post("/sharing/<link>/block")
@do("sharing:block")
def block(link: str) -> ResponseReturnValue:
    """The company can ask nothing and read nothing any more; what it had is ended."""
    return _change(link, links.block, _("%(company)s is blocked."))


@blueprint.post("/sharing/<link>/unblock")
@do("sharing:block")
def unblock(link: str) -> ResponseReturnValue:
    """It may ask again; what was ended stays ended."""
    return _change(link, links.unblock, _("%(company)s may ask you again. It sees nothing until you share something."))
