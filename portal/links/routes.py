"""Invitations: the page behind a one-time link. Looking at it uses nothing up."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.audit.doors import current_actor, do, see, writing
from portal.kernel.errors import Gone
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.links.reads import invited, link_of
from portal.links.service import accept_invitation
from portal.vendors.reads import vendor_of

blueprint = Blueprint("links", __name__)


@blueprint.get("/invitations/<token>")
@see("invitations:see")
def invitation(unit: Unit, token: str) -> ResponseReturnValue:
    """To strangers: that there is an invitation, whatever the token. To whoever is signed in: from whom."""
    if unit.actor.customer_id is None:
        return render_template("links/invited.html", token=token)
    about = invited(unit, token)
    if about is None:
        return render_template("links/used.html"), 410
    return render_template("links/accept.html", token=token, about=about, vendor=vendor_of(unit, about.vendor_id))


@blueprint.post("/invitations/<token>")
@do("invitations:accept")
def accept(token: str) -> ResponseReturnValue:
    """Takes over what the invitation is about."""
    customer_id = current_actor().customer_id
    assert customer_id is not None
    try:
        with writing() as unit:
            link = accept_invitation(unit, secret=token, customer_id=customer_id)
            vendor = vendor_of(unit, link_of(unit, link.id).vendor_id)
    except Gone:
        return render_template("links/used.html"), 410
    flash(_("You are connected with %(company)s. Your earlier orders are here.", company=vendor.name), "done")
    return redirect("/orders", 303)


