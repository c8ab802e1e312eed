"""A customer begins a conversation: with which company, what it is about, and the words."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import current_actor, do, reading, see, whose, writing
from portal.files.checking import MOST_OF_A_FORM
from portal.files.service import Brought, tell_gone
from portal.kernel.errors import Conflict, Gone, NotFound, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.kernel.uploads import takes
from portal.tickets.forms import StartForm, filled, fresh
from portal.tickets.hours import said_of_hours
from portal.tickets.machine import COMPLAINT, ENTRY, KINDS, QUESTION
from portal.tickets.reads import hours_of
from portal.tickets.reads.things import Partner, partner_of, partners_of, things_with
from portal.tickets.routes.attaching import attach, keep_with
from portal.tickets.routes.room import about_from, blueprint, customer_of, open_kinds, words
from portal.tickets.service import New, Opened, in_turn, start


@blueprint.get("/messages/conversations/new")
@see("tickets:see")
def new(unit: Unit) -> ResponseReturnValue:
    """Which company; with one, the form."""
    company = request.args.get("company")
    if not company:
        return render_template("tickets/companies.html", partners=partners_of(unit, customer_of(unit)))
    partner = partner_of(unit, customer_of(unit), id_from(company))
    about = request.args.get("about", "")
    asked = request.args.get("kind", COMPLAINT if about.startswith(ENTRY) else QUESTION)
    kind = asked if asked in KINDS else QUESTION
    form = fresh(StartForm, about=about, kind=kind)
    return _page(unit, partner, form, about)


@blueprint.post("/messages/conversations/new")
@do("tickets:write")
@takes(MOST_OF_A_FORM)
def begin() -> ResponseReturnValue:
    """Begins it. What is wrong is said beside its field, and no word is lost."""
    vendor_id, form = id_from(request.form.get("company", "")), filled(StartForm, request.form)
    sent = request.form.get("about", "")
    with reading() as unit:
        partner = partner_of(unit, customer_of(unit), vendor_id)
        form.offer(_things(unit, partner, sent))
    form.validate()
    brought = attach(form, **whose())
    if form.errors:
        with reading() as unit:
            return _page(unit, partner, form, sent), 422
    try:
        made = _begun(vendor_id, form, brought)
    except Gone as problem:
        tell_gone(form, reading, brought, customer_id=whose()["customer_id"])
        with reading() as unit:
            return _page(unit, partner, form, sent), problem.status
    except (NotFound, Conflict, TooMany) as problem:
        form.refuse({"about": _said(problem)})
        with reading() as unit:
            return _page(unit, partner, form, sent), problem.status
    flash(_("Sent to %(company)s. Its number is %(number)s.", company=partner.name, number=made.number))
    return redirect(url_for("tickets.conversation", ticket=made.text), 303)


def _begun(vendor_id: bytes, form: StartForm, brought: list[Brought]) -> Opened:
    wanted = New(
        kind=form.kind.data,
        impact=form.impact.data,
        words=form.words.data or "",
        about=about_from(form.about.data or "", current_actor()),
        once=form.made(),
    )

    def work(unit: Unit) -> Opened:
        made = start(unit, vendor_id=vendor_id, new=wanted)
        keep_with(unit, made.message, brought, **whose())
        return made

    return in_turn(writing, work)


def _said(problem: NotFound | Conflict | TooMany) -> str:
    if isinstance(problem, TooMany):
        return _("You have begun very many conversations today. Go on with one of them, or begin another tomorrow.")
    if isinstance(problem, Conflict):
        return _("This company cannot be written to from here now.")
    return _("This has nothing to do with this company. Choose something else.")


def _things(unit: Unit, partner: Partner, about: str) -> list[tuple[str, str]]:
    kind, _dot, which = about.partition(":")
    entry = int(which) if kind == ENTRY and which.isascii() and which.isdigit() and len(which) <= 18 else None
    found = things_with(unit, customer_of(unit), partner.vendor_id, open_kinds(unit.actor), entry)
    return _with_chosen(unit, found, about)


def _with_chosen(unit: Unit, found: list[tuple[str, str]], about: str) -> list[tuple[str, str]]:
    """An order from further back is not among the newest; whoever comes from its page is offered it all the same."""
    from_further = about.startswith("order:") and about not in dict(found) and "order" in open_kinds(unit.actor)
    return [(about, _("The order from whose page you come")), *found] if from_further else found


def _page(unit: Unit, partner: Partner, form: Any, about: str) -> str:
    form.offer(_things(unit, partner, about))
    hours = said_of_hours(hours_of(unit, partner.vendor_id), unit.at)
    return render_template("tickets/new.html", partner=partner, form=form, hours=hours, **words())
