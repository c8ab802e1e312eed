"""For a company's staff: the page on which customers answer, as somebody sees it who is new here, in any language."""

import json
from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.audit.doors import see
from portal.customers.catalogue import fillable
from portal.customers.derive import sources_of
from portal.grants import reads
from portal.grants.details import MOST_DETAILS, TYPE_PATH, as_shown, parse
from portal.grants.forms import choice_form
from portal.grants.routes.asked import Asked, Said
from portal.grants.routes.gathering import gaps_of
from portal.grants.routes.room import blueprint
from portal.grants.service.asking import unkept
from portal.kernel.i18n import LOCALES, use_locale
from portal.kernel.unit import Unit
from portal.vendors.purposes import DPV
from portal.vendors.reads import Allowed, VendorView, purposes_of, staff_of


@blueprint.get("/console/<slug>/preview")
@see("console:see")
def as_customers_see_it(unit: Unit, slug: str) -> ResponseReturnValue:
    """A request for all that the company may ask for, or for one reason, which is kept nowhere and answered by nobody."""
    staff = staff_of(unit, slug)
    allowed = purposes_of(unit, staff.vendor.id)
    wanted = request.args.get("purpose", "")
    chosen = [one for iri, one in sorted(allowed.items()) if wanted in ("", iri.removeprefix(DPV))][:MOST_DETAILS]
    if not chosen:
        return render_template("grants/nothing_to_preview.html", staff=staff)
    locale = request.args.get("locale", "")
    unit.locale = locale if locale in LOCALES else unit.locale
    with use_locale(unit.locale):
        asked = _asked_of_nobody(unit, staff.vendor, chosen)
        return render_template(
            "grants/request.html",
            asked=asked,
            form=asked.form,
            vendor=asked.vendor,
            leads_back=True,
            tried_out=staff,
            terms=[iri.removeprefix(DPV) for iri in sorted(allowed)],
            term=wanted,
        )


def _asked_of_nobody(unit: Unit, vendor: VendorView, chosen: Sequence[Allowed]) -> Asked:
    """All that the page shows of a customer of whom nothing is known yet."""
    asks = {"type": unit.house.settings.origin + TYPE_PATH}
    documents = [
        {**asks, "purpose": one.purpose, "datatypes": one.datatypes, "necessity": dict.fromkeys(one.may_require, "required")}
        for one in chosen
    ]
    details = as_shown(parse(json.dumps(documents), origin=unit.house.settings.origin, at=unit.at))
    waiting = unkept(unit, vendor.id, details)
    names = sorted({name for detail in details for name in detail.datatypes})
    missing = sorted({*names, *(source for name in names if name.startswith("profile.") for source in sources_of(name))})
    lacking = gaps_of(details, {})
    fills = [fill for name in names for fill in fillable(name, {})]
    fills += [fill for parts in lacking.values() for fill in parts]
    return Asked(
        request=waiting,
        vendor=vendor,
        details=details,
        held={},
        missing=missing,
        gaps=lacking,
        earlier=None,
        standing=[],
        now={},
        connects=False,
        link=None,
        paused_at=None,
        form=choice_form(details, unit.at, missing=fills),
        said=Said(reads.compose(unit, waiting), values={}, orders={}),
    )
