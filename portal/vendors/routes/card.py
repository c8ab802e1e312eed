"""A company's card: what its customers see of it, and what its owners write."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.grants.reads import who_of
from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.vendors import service
from portal.vendors.forms import CardForm
from portal.vendors.ranks import OWNER
from portal.vendors.reads import Staff, staff_of
from portal.vendors.routes import blueprint


@blueprint.get("/console/<slug>/card")
@see("console:see")
def card(unit: Unit, slug: str) -> ResponseReturnValue:
    """The form, for an owner, beside what customers see."""
    staff = staff_of(unit, slug)
    form = CardForm()
    form.show(staff.vendor.card)
    return _page(unit, staff, form)


def _page(unit: Unit, staff: Staff, form: CardForm) -> str:
    return render_template(
        "vendors/card.html", staff=staff, form=form, who=who_of(staff.vendor, unit.locale), may_change=staff.rank == OWNER
    )


@blueprint.post("/console/<slug>/card")
@do("console:change")
def change_card(slug: str) -> ResponseReturnValue:
    """Puts what was written in the place of what was there."""
    form = CardForm()
    if not form.validate():
        return _again(slug, form)
    try:
        with writing() as unit:
            vendor = staff_of(unit, slug, OWNER).vendor
            # Whether it is a company or another body is the operator's to say.
            kept = {"kind": vendor.card["kind"]} if "kind" in vendor.card else {}
            service.set_card(unit, vendor_id=vendor.id, card={**kept, **form.card()})
    except Invalid as problem:
        form.refuse_members(problem.fields)
        return _again(slug, form)
    flash(_("Saved. Customers see it from now on."))
    return redirect(url_for("vendors.card", slug=slug), 303)


def _again(slug: str, form: CardForm) -> ResponseReturnValue:
    with reading() as unit:
        return _page(unit, staff_of(unit, slug, OWNER), form), 422
