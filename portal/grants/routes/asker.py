"""Beside the answer: an offer that is taken back, and a company that may not ask any more."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, see, writing
from portal.grants import reads
from portal.grants.routes.company import block_page
from portal.grants.routes.room import blueprint
from portal.grants.routes.shown import what_became
from portal.grants.service import refuse, take_back_offer
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.links.service import block_vendor
from portal.vendors.reads import vendor_of


@blueprint.post("/requests/<request_id>/offer/take-back")
@do("requests:answer")
def take_offer_back(request_id: str) -> ResponseReturnValue:
    """What was offered in place of a request is offered no longer."""
    id_ = id_from(request_id)
    with writing() as unit:
        take_back_offer(unit, request_id=id_)
    flash(_("Taken back: nothing is offered any more."), "done")
    return what_became(id_)


@blueprint.get("/requests/<request_id>/block")
@see("requests:see")
def ask_to_block(unit: Unit, request_id: str) -> str:
    """Asks before a company that keeps asking is blocked."""
    vendor = vendor_of(unit, reads.request_of(unit, id_from(request_id)).vendor_id)
    action = url_for("grants.block_asker", request_id=request_id)
    return block_page(unit, vendor, action, back=url_for("grants.request_page", request_id=request_id))


@blueprint.post("/requests/<request_id>/block")
@do("requests:answer")
def block_asker(request_id: str) -> ResponseReturnValue:
    """Blocks the company of a request: it can ask nothing and read nothing any more."""
    with writing() as unit:
        asked = reads.request_of(unit, id_from(request_id))
        vendor = vendor_of(unit, asked.vendor_id)
        if reads.is_waiting(asked, unit.at):
            refuse(unit, request_id=asked.id)
        block_vendor(unit, vendor_id=vendor.id)
    flash(_("%(company)s is blocked.", company=vendor.name), "done")
    return redirect(url_for("grants.sharing"), 303)
