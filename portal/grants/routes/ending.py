"""Less, and again: stop a permission, stop a part of it, share once more what has ended."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.customers.catalogue import label_of
from portal.grants import reads
from portal.grants.forms import ChoiceForm, choice_form
from portal.grants.models import Grant
from portal.grants.reads.looked import last_look_of
from portal.grants.routes.room import blueprint, my_holder
from portal.grants.service import narrow, revoke, share_again
from portal.grants.words import still_see_orders
from portal.kernel.errors import Conflict
from portal.kernel.i18n import day, listing, within
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links.reads.orders import open_orders_of, orders_of
from portal.vendors.purposes import label_of as purpose_label
from portal.vendors.purposes import sentence_of
from portal.vendors.reads import vendor_of


def _after(unit: Unit, grant: Grant) -> dict[str, Any]:
    """What stopping does not do, with its numbers: for the pages that ask before something ends."""
    details = reads.details_of(unit, grant)
    return {
        "vendor": vendor_of(unit, grant.vendor_id),
        "grant_id": text_of(grant.id),
        "link_id": text_of(grant.link_id),
        "labels": [label_of(name) for name in sorted({name for one in details for name in one.datatypes})],
        "reasons": [sentence_of(detail.purpose) for detail in details],
        "orders": orders_of(unit, grant.link_id),
        "on_their_way": open_orders_of(unit, grant.link_id),
        "last_look": last_look_of(unit, my_holder(unit), grant.vendor_id),
    }


@blueprint.get("/sharing/grants/<grant>/stop")
@see("sharing:see")
def ask_to_stop(unit: Unit, grant: str) -> ResponseReturnValue:
    """Asks before a permission is stopped, and says what that does not do."""
    mine = reads.grant_of(unit, id_from(grant))
    if mine.state != "live" or mine.ends_at <= unit.at:
        return redirect(url_for("grants.company", link=text_of(mine.link_id)), 303)
    return render_template("grants/stop.html", **_after(unit, mine))


@blueprint.post("/sharing/grants/<grant>/stop")
@do("sharing:stop")
def stop(grant: str) -> ResponseReturnValue:
    """Stops sharing: the next read is refused."""
    with writing() as unit:
        ended = revoke(unit, grant_id=id_from(grant))
        said = _stopped(unit, ended)
    flash(said, "done")
    return redirect(url_for("grants.company", link=text_of(ended.link_id)), 303)


@blueprint.get("/sharing/grants/<grant>/less")
@see("sharing:see")
def ask_for_less(unit: Unit, grant: str) -> ResponseReturnValue:
    """What is shared, to take ticks out of."""
    mine = reads.grant_of(unit, id_from(grant))
    if mine.state != "live" or mine.ends_at <= unit.at:
        return redirect(url_for("grants.company", link=text_of(mine.link_id)), 303)
    return _less_page(unit, mine, _form(unit, mine))


def _form(unit: Unit, grant: Grant) -> ChoiceForm:
    details, version = reads.details_of(unit, grant), str(grant.version)
    return choice_form(details, unit.at, ticked="all", since=grant.created_at, version=version)


def _less_page(unit: Unit, grant: Grant, form: ChoiceForm) -> str:
    details = [(purpose_label(detail.purpose), detail) for detail in form.details]
    form.renew()
    return render_template("grants/less.html", form=form, details=details, label_of=label_of, **_after(unit, grant))


@blueprint.post("/sharing/grants/<grant>/less")
@do("sharing:stop")
def less(grant: str) -> ResponseReturnValue:
    """Goes on with what is still ticked; with nothing ticked it is a stop."""
    with reading() as unit:
        mine = reads.grant_of(unit, id_from(grant))
        form = _form(unit, mine)
        if not (form.validate() and form.check_end(unit.at)):
            return _less_page(unit, mine, form), 422
    seen = form.version.data or ""
    with writing() as unit:
        before = reads.grant_of(unit, mine.id).version
        if seen != str(before):
            raise Conflict("moved-on")
        left = narrow(unit, grant_id=mine.id, keep=form.choices(unit.at), version=before)
        became = _became(unit, left, before)
    flash(became, "done")
    return redirect(url_for("grants.company", link=text_of(mine.link_id)), 303)


def _became(unit: Unit, grant: Grant, before: int) -> str:
    """What the press came to: it may have ended more than the ticks that were taken out."""
    if grant.state != "live":
        return _stopped(unit, grant)
    if grant.version == before:
        return _("Nothing was changed.")
    was, now = reads.details_of(unit, grant, before), reads.details_of(unit, grant)
    left = {one.purpose: one.ends_at for one in now}
    ended = [within(purpose_label(one.purpose)) for one in was if one.purpose not in left]
    said = [_("Saved.")]
    if ended:
        said.append(_("Ended: %(reasons)s.", reasons=listing(ended)))
    names = sorted({name for one in now for name in one.datatypes})
    said.append(_("They still see: %(what)s.", what=listing(within(label_of(name)) for name in names)))
    if orders := orders_of(unit, grant.link_id):
        said.append(still_see_orders(orders))
    if any(left.get(one.purpose, one.ends_at) < one.ends_at for one in was):
        said.append(_("They see it until %(day)s.", day=day(grant.ends_at)))
    return " ".join(said)


def _stopped(unit: Unit, grant: Grant) -> str:
    company = vendor_of(unit, grant.vendor_id).name
    return _("Stopped. %(company)s can read nothing more under this permission.", company=company)


@blueprint.post("/sharing/grants/<grant>/again")
@do("sharing:again")
def again(grant: str) -> ResponseReturnValue:
    """Prepares to share again what has ended; the same page as for any request asks for the yes."""
    with writing() as unit:
        prepared = share_again(unit, grant_id=id_from(grant))
    return redirect(url_for("grants.request_page", request_id=text_of(prepared.id)), 303)
