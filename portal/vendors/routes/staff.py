"""Who acts for a company, for its owners."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts import limits
from portal.accounts.reads import require_proof
from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import Conflict, Invalid, NotFound, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.vendors import service
from portal.vendors.forms import StaffForm
from portal.vendors.ranks import LABELS, OWNER
from portal.vendors.reads import Colleague, Staff, colleagues_of, staff_of_company
from portal.vendors.reads.invited import invited_of
from portal.vendors.routes import blueprint

INVITATIONS = limits.Rule("staff.invite", 20, 86_400)


@blueprint.get("/console/<slug>/staff")
@see("console:see")
def staff(unit: Unit, slug: str) -> ResponseReturnValue:
    """Everybody who acts for the company, and as what."""
    found = staff_of_company(unit, slug, OWNER)
    return render_template(
        "vendors/staff.html",
        staff=found,
        colleagues=colleagues_of(unit, found.vendor.id),
        invited=invited_of(unit, found.vendor.id),
        labels=LABELS,
        me=unit.actor.id,
        text_of=text_of,
    )


@blueprint.get("/console/<slug>/staff/new")
@see("console:see")
def new_staff(unit: Unit, slug: str) -> ResponseReturnValue:
    """The form that asks somebody."""
    found = staff_of_company(unit, slug, OWNER)
    require_proof(unit)
    return _new_page(found, StaffForm())


def _new_page(found: Staff, form: StaffForm) -> str:
    return render_template("vendors/staff_new.html", staff=found, form=form)


@blueprint.post("/console/<slug>/staff/new")
@do("console:change")
def invite_staff(slug: str) -> ResponseReturnValue:
    """Sends the invitation, for an owner who has just proved to be one."""
    with reading() as unit:
        found = staff_of_company(unit, slug, OWNER)
        require_proof(unit)
    form = StaffForm()
    if not form.validate():
        return _new_page(found, form), 422
    try:
        with writing() as unit:
            limits.charge(unit, INVITATIONS, text_of(found.vendor.id))
            vendor = staff_of_company(unit, slug, OWNER).vendor
            service.invite_staff(unit, vendor=vendor, email=form.address, rank=form.rank.data)
    except TooMany as problem:
        form.refuse({"": _("Your company has asked many people today. Try again tomorrow.")})
        return _new_page(found, form), 429, {"Retry-After": str(problem.retry_after or 60)}
    except (Invalid, Conflict) as problem:
        form.refuse(_refused(problem.reason))
        return _new_page(found, form), 422
    flash(_("We have written to %(address)s. Nothing is open to them before they say yes.", address=form.address))
    return redirect(url_for("vendors.staff", slug=slug), 303)


def _refused(reason: str) -> dict[str, str]:
    if reason == "already-staff":
        return {"email": _("They act for your company already.")}
    return {"": _("So many people cannot act for one company at a time. End one of them first.")}


@blueprint.post("/console/<slug>/staff/invitations/<invitation>/end")
@do("console:change")
def end_staff_invitation(slug: str, invitation: str) -> ResponseReturnValue:
    """Takes an invitation back. Pressed twice it is no error."""
    with writing() as unit:
        found = staff_of_company(unit, slug, OWNER)
        service.take_back_invitation(unit, vendor_id=found.vendor.id, invitation_id=id_from(invitation))
    flash(_("The invitation is taken back: its link is good no more."))
    return redirect(url_for("vendors.staff", slug=slug), 303)


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
    found = staff_of_company(unit, slug, OWNER)
    require_proof(unit)
    one = _colleague(unit, found, role)
    return render_template("vendors/staff_end.html", staff=found, one=one, role=role, is_me=one.account_id == unit.actor.id)


@blueprint.post("/console/<slug>/staff/<role>/end")
@do("console:change")
def end_staff(slug: str, role: str) -> ResponseReturnValue:
    """Ends it, at once. The last owner stays."""
    try:
        with writing() as unit:
            found = staff_of_company(unit, slug, OWNER)
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
