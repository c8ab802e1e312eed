"""What a company may ask for, and what its owners propose to the operator."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.customers.catalogue import CATALOGUE, label_of
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit
from portal.vendors import service
from portal.vendors.asking_forms import AskingForm
from portal.vendors.purposes import DPV, PURPOSES, Purpose
from portal.vendors.ranks import OWNER
from portal.vendors.reads import Staff, allowed_of, purposes_of, staff_of_company
from portal.vendors.reads.proposals import proposals_of
from portal.vendors.routes import blueprint


@blueprint.get("/console/<slug>/purposes")
@see("console:see")
def purposes(unit: Unit, slug: str) -> ResponseReturnValue:
    """What the operator approved, and what waits for that."""
    staff = staff_of_company(unit, slug)
    allowed = purposes_of(unit, staff.vendor.id)
    return render_template(
        "vendors/purposes.html",
        staff=staff,
        allowed=[(PURPOSES[iri], allowed[iri]) for iri in PURPOSES if iri in allowed],
        others=[purpose for iri, purpose in PURPOSES.items() if iri not in allowed],
        proposals=[(PURPOSES[one.purpose], one) for one in proposals_of(unit, staff.vendor.id)],
        may_change=staff.rank == OWNER,
        label_of=label_of,
        term_of=term_of,
    )


def term_of(purpose: Purpose) -> str:
    """A purpose as it stands in an address."""
    return purpose.iri.removeprefix(DPV)


def _known(term: str) -> Purpose:
    found = PURPOSES.get(DPV + term)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/console/<slug>/purposes/<term>")
@see("console:see")
def purpose(unit: Unit, slug: str, term: str) -> ResponseReturnValue:
    """The form in which an owner proposes what may be asked for, for one purpose; filled in with what stands there."""
    staff, wanted = staff_of_company(unit, slug, OWNER), _known(term)
    form = AskingForm()
    waiting = next((one for one in proposals_of(unit, staff.vendor.id) if one.purpose == wanted.iri), None)
    now = waiting or allowed_of(unit, staff.vendor.id, wanted.iri)
    if now is not None:
        form.show(now.datatypes, now.may_require, now.text)
    return _page(staff, wanted, form)


def _page(staff: Staff, wanted: Purpose, form: AskingForm) -> str:
    return render_template(
        "vendors/purpose.html", staff=staff, purpose=wanted, term=term_of(wanted), form=form, attributes=CATALOGUE.values()
    )


@blueprint.post("/console/<slug>/purposes/<term>")
@do("console:change")
def propose(slug: str, term: str) -> ResponseReturnValue:
    """Proposes it. What adds nothing to what may be asked for holds at once."""
    form, wanted = AskingForm(), _known(term)
    if not form.validate():
        return _again(slug, wanted, form)
    try:
        with writing() as unit:
            vendor = staff_of_company(unit, slug, OWNER).vendor
            holds = service.propose_purpose(
                unit,
                vendor_id=vendor.id,
                purpose=wanted.iri,
                datatypes=form.datatypes.data or (),
                may_require=form.may_require.data or (),
                text=form.text(),
            )
    except Invalid as problem:
        form.refuse_members(problem.fields)
        return _again(slug, wanted, form)
    flash(_("Saved: it asks for no more than before.") if holds else _("Proposed. It holds once the operator has approved it."))
    return redirect(url_for("vendors.purposes", slug=slug), 303)


def _again(slug: str, wanted: Purpose, form: AskingForm) -> ResponseReturnValue:
    with reading() as unit:
        return _page(staff_of_company(unit, slug, OWNER), wanted, form), 422


@blueprint.post("/console/<slug>/purposes/<term>/back")
@do("console:change")
def take_back_proposal(slug: str, term: str) -> ResponseReturnValue:
    """Takes a proposal back; what may be asked for stays as it is."""
    with writing() as unit:
        vendor = staff_of_company(unit, slug, OWNER).vendor
        service.take_back_proposal(unit, vendor_id=vendor.id, purpose=_known(term).iri)
    flash(_("The proposal is taken back."))
    return redirect(url_for("vendors.purposes", slug=slug), 303)
