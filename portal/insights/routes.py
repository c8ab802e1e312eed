"""What a company promised, and what it kept: the figures that `freehold report promises` writes, for it and its customers."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portal.audit.doors import see
from portal.insights.forms import ZoneForm
from portal.insights.reads import csv_of, kept_for, promises_kept
from portal.kernel.errors import NotFound
from portal.kernel.i18n import zone
from portal.kernel.unit import Unit
from portal.vendors.reads import staff_of

blueprint = Blueprint("insights", __name__)


@blueprint.get("/orders/promises")
@see("orders:see")
def kept(unit: Unit) -> str:
    """What companies kept of what they promised this customer."""
    assert unit.actor.customer_id is not None
    return render_template("insights/kept.html", kept=kept_for(unit, unit.actor.customer_id, zone()))


@blueprint.get("/console/<slug>/promises")
@see("console:see")
def promises(unit: Unit, slug: str) -> ResponseReturnValue:
    """A line for each month of purchase. Nobody is named in it, and no order."""
    staff = staff_of(unit, slug)
    form = _asked()
    valid = form.validate()
    months = promises_kept(unit, staff.vendor.id, ZoneInfo(form.zone.data)) if valid else []
    page = render_template("insights/promises.html", staff=staff, form=form, months=months)
    return page, 200 if valid else 422


@blueprint.get("/console/<slug>/promises.csv")
@see("console:see")
def promises_file(unit: Unit, slug: str) -> ResponseReturnValue:
    """The same as a file."""
    staff, form = staff_of(unit, slug), _asked()
    if not form.validate():
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="{staff.vendor.slug}-promises.csv"', "Cache-Control": "no-store"}
    text = csv_of(promises_kept(unit, staff.vendor.id, ZoneInfo(form.zone.data)))
    return Response(text, headers=headers, content_type="text/csv; charset=utf-8")


def _asked() -> ZoneForm:
    return ZoneForm(request.args, data={"zone": zone().key})
