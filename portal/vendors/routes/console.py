"""The door of the console: which company, and how it is set up."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import see
from portal.kernel.errors import Refused
from portal.kernel.unit import Unit
from portal.vendors.reads import companies_of, staff_at
from portal.vendors.reads.setting_up import steps_of
from portal.vendors.routes import blueprint


@blueprint.get("/console")
@see("console:see")
def console(unit: Unit) -> ResponseReturnValue:
    """Whoever acts for one company goes straight to it; whoever acts for several chooses."""
    assert unit.actor.id is not None
    companies = companies_of(unit, unit.actor.id)
    if not companies:
        raise Refused("ended")
    if len(companies) == 1:
        return redirect(url_for("vendors.overview", slug=companies[0].vendor.slug), 303)
    return render_template("vendors/companies.html", companies=companies)


@blueprint.get("/console/<slug>")
@see("console:see")
def overview(unit: Unit, slug: str) -> ResponseReturnValue:
    """What is set up, what is missing, and what comes next; that the company is shut out, where it is."""
    staff = staff_at(unit, slug)
    return render_template("vendors/overview.html", staff=staff, steps=steps_of(unit, staff))
