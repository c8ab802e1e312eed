"""Who acts for a company, for its owners."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.reads import require_proof
from portal.audit.doors import do, see, writing
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.vendors import service
from portal.vendors.ranks import LABELS, OWNER
from portal.vendors.reads import Colleague, Staff, colleagues_of, staff_of
from portal.vendors.routes import blueprint


@blueprint.get("/console/<slug>/staff")
@see("console:see")
def staff(unit: Unit, slug: str) -> ResponseReturnValue:
    """Everybody who acts for the company, and as what."""
    found = staff_of(unit, slug, OWNER)
    colleagues = colleagues_of(unit, found.vendor.id)
    return render_template(
        "vendors/staff.html", staff=found, colleagues=colleagues, labels=LABELS, me=unit.actor.id, text_of=text_of
    )


def _colleague(unit: Unit, found: Staff, role: str) -> Colleague:
    wanted = id_from(role)
    one = next((one for one in colleagues_of(unit, found.vendor.id) if one.role_id == wanted), None)
    if one is None:
        raise NotFound
    return one


@blueprint.get("/console/<slug>/staff/<role>/end")
@see("console:see")
def end_staff_page(unit: Unit, slug: str, role: str) -> ResponseReturnValue:
    """Asks before somebody acts for the company no more."""
    found = staff_of(unit, slug, OWNER)
    require_proof(unit)
    one = _colleague(unit, found, role)
    return render_template("vendors/staff_end.html", staff=found, one=one, role=role, is_me=one.account_id == unit.actor.id)


@blueprint.post("/console/<slug>/staff/<role>/end")
@do("console:change")
def end_staff(slug: str, role: str) -> ResponseReturnValue:
    """Ends it, at once. The last owner stays."""
    try:
        with writing() as unit:
            found = staff_of(unit, slug, OWNER)
            require_proof(unit)
            is_me = _colleague(unit, found, role).account_id == unit.actor.id
            service.end_staff(unit, vendor_id=found.vendor.id, role_id=id_from(role))
    except Conflict:
        flash(_("This is the only owner. Make somebody else an owner first."), "warning")
        return redirect(url_for("vendors.staff", slug=slug), 303)
    if is_me:
        return redirect("/", 303)
    flash(_("It is ended, and they are signed out."))
    return redirect(url_for("vendors.staff", slug=slug), 303)
