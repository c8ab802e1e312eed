"""The link by which somebody is asked to act for a company, and their answer."""

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.accounts.reads import email_of
from portal.audit.doors import do, see, writing
from portal.kernel.errors import Conflict, Gone
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.vendors import service
from portal.vendors.ranks import DUTIES
from portal.vendors.reads.invited import staff_invitation
from portal.vendors.routes import blueprint


@blueprint.get("/staff-invitations/<token>")
@see("staff:see")
def asked_to_join(unit: Unit, token: str) -> ResponseReturnValue:
    """To strangers: that there is an invitation, whatever the link. To whoever is signed in: from whom, for which company."""
    if unit.actor.customer_id is None or unit.actor.id is None:
        return render_template("vendors/join_stranger.html", token=token)
    asked = staff_invitation(unit, token)
    if asked is None:
        return _over()
    return render_template(
        "vendors/join.html", token=token, asked=asked, duty=DUTIES[asked.rank], address=email_of(unit, unit.actor.id)
    )


def _over() -> ResponseReturnValue:
    return render_template("vendors/join_over.html"), 410


@blueprint.post("/staff-invitations/<token>")
@do("staff:answer")
def join(token: str) -> ResponseReturnValue:
    """Says yes. Rights never grow within a session: whoever joins signs in anew."""
    try:
        with writing() as unit:
            asked = service.join_staff(unit, token=token)
    except Gone:
        return _over()
    except Conflict as problem:
        flash(_refused(problem.reason), "warning")
        return redirect("/", 303)
    flash(_("You act for %(company)s from now on. Sign in once more, and its console opens.", company=asked.vendor.name))
    return redirect("/sign-in?next=/console", 303)


def _refused(reason: str) -> str:
    if reason == "already-staff":
        return _("You act for this company already. Its owners change what you are there.")
    return _("You have asked for your account to be deleted. Take that back first, under Account and security.")


@blueprint.post("/staff-invitations/<token>/decline")
@do("staff:answer")
def decline_to_join(token: str) -> ResponseReturnValue:
    """Says no."""
    try:
        with writing() as unit:
            service.decline_staff(unit, token=token)
    except Gone:
        return _over()
    flash(_("You said no."))
    return redirect("/", 303)
