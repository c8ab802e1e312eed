"""A company's sandbox: its program, its made-up customers, what they do at a press, and its test clock."""

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.reads import email_of
from portal.audit.doors import do, reading, see, writing
from portal.grants.service import age_grants
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads.invitations import trial_letters
from portal.oauth.reads.programs import programs_of_company
from portal.oauth.service import age_tokens
from portal.vendors.reads import customers_of_sandbox, sandbox_of_twin
from portal.vendors.routes import blueprint, made_up
from portal.vendors.routes.events_of_sandbox import NOTHING, SAMPLES, standing_of
from portal.vendors.routes.made_up import CALLBACK, Shown, ground_of, name_of, number_of, twin_of
from portal.vendors.service import ask_as, let_pass

SPANS = {"1": timedelta(days=1), "30": timedelta(days=30), "365": timedelta(days=365)}
"""How much time can pass at a press, by days."""


@blueprint.get("/console/<slug>/sandbox")
@see("console:see")
def sandbox(unit: Unit, slug: str) -> str:
    """What there is in the sandbox, and what can be done there; how to begin one, where there is none."""
    ground = ground_of(unit, slug)
    if ground.twin is None:
        return render_template("vendors/sandbox_none.html", staff=ground.staff)
    twin = ground.twin
    people = [
        (one, name_of(one), number_of(one), email_of(unit, one.account_id), standing_of(unit, twin, one))
        for one in customers_of_sandbox(unit, twin.id)
    ]
    return render_template(
        "vendors/sandbox.html",
        staff=ground.staff,
        twin=twin,
        people=people,
        programs=programs_of_company(unit, twin.id),
        passed=sandbox_of_twin(unit, twin.id).passed.days,
        samples=SAMPLES,
        spans=SPANS,
        callback=CALLBACK,
    )


@blueprint.post("/console/<slug>/sandbox/begin")
@do("console:change")
def begin_sandbox(slug: str) -> ResponseReturnValue:
    """Makes it, and shows once what its program and people prove themselves by."""
    try:
        shown = made_up.begin(slug)
    except Conflict:
        return redirect(url_for("vendors.sandbox", slug=slug), 303)
    return _once(slug, shown)


@blueprint.post("/console/<slug>/sandbox/purposes")
@do("console:change")
def take_over_purposes(slug: str) -> ResponseReturnValue:
    """The sandbox may ask from here on for what its company may ask for now."""
    with writing() as unit:
        ground = ground_of(unit, slug)
        if ground.twin is None:
            raise NotFound
        ask_as(unit, twin_id=ground.twin.id, vendor_id=ground.staff.company_id)
    flash(_("The sandbox may ask now for what your company may."))
    return redirect(url_for("vendors.sandbox", slug=slug), 303)


@blueprint.post("/console/<slug>/sandbox/passwords")
@do("console:change")
def new_passwords(slug: str) -> ResponseReturnValue:
    """Other passwords for the made-up customers, shown once."""
    return _once(slug, Shown("", "", made_up.new_passwords(slug)))


@blueprint.get("/console/<slug>/sandbox/letters")
@see("console:see")
def sandbox_letters(unit: Unit, slug: str) -> str:
    """The invitations that the sandbox had us write: with their links, for whoever plays the customer."""
    ground = ground_of(unit, slug)
    if ground.twin is None:
        raise NotFound
    letters = trial_letters(unit, ground.twin.id)
    return render_template("vendors/sandbox_letters.html", staff=ground.staff, letters=letters, text_of=text_of)


def _once(slug: str, shown: Shown) -> ResponseReturnValue:
    with reading() as unit:
        staff = ground_of(unit, slug).staff
    return render_template("vendors/sandbox_once.html", staff=staff, shown=shown)


@blueprint.post("/console/<slug>/sandbox/event")
@do("console:change")
def sample_event(slug: str) -> ResponseReturnValue:
    """Something happens to a made-up customer."""
    sample = SAMPLES.get(request.form.get("what", ""))
    if sample is None:
        raise NotFound
    with reading() as unit:
        twin = twin_of(unit, slug)
        person = made_up.find(unit, twin, request.form.get("who", ""))
    try:
        told = sample.happen(twin, person)
    except Conflict as problem:
        if problem.reason != NOTHING:
            raise
        flash(_("%(name)s shares too little for that. Try it first, and let them say yes.", name=name_of(person)), "warning")
    else:
        flash(told)
    return redirect(url_for("vendors.sandbox", slug=slug), 303)


@blueprint.post("/console/<slug>/sandbox/clock")
@do("console:change")
def move_clock(slug: str) -> ResponseReturnValue:
    """Lets time pass for what was given in the sandbox; it never goes back."""
    by = SPANS.get(request.form.get("days", ""))
    if by is None:
        raise NotFound
    with writing() as unit:
        twin = twin_of(unit, slug)
        let_pass(unit, twin_id=twin.id, by=by)
        age_grants(unit, vendor_id=twin.id, by=by)
        age_tokens(unit, vendor_id=twin.id, by=by)
    flash(_("It is as if so much time had passed since everything there was given."))
    return redirect(url_for("vendors.sandbox", slug=slug), 303)
