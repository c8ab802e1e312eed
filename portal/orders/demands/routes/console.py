"""Where a company's staff see what customers ask of it, and answer."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import Answer, disclose, do, writing
from portal.kernel.errors import BadRequest, Conflict, Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.orders.demands.forms import AnswerForm, pieces_in
from portal.orders.demands.machine import COMPANY, OPEN_STATES, allowed_actions
from portal.orders.demands.reads import asked_of
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.pages import WORDS
from portal.orders.demands.service import Answered, answer
from portal.orders.demands.words import ANSWER_WORDS
from portal.orders.facts import DemandsDisclosed
from portal.vendors.ranks import AGENT, OWNER
from portal.vendors.reads import staff_of, stands_on

WHO = (OWNER, AGENT)
_HTML = "text/html; charset=utf-8"


@blueprint.get("/console/<slug>/asked")
@disclose("console:see")
def asked_of_us(unit: Unit, slug: str) -> Answer:
    """What waits for the company, the oldest first; an entry for each of them, under the name of whoever looks."""
    staff = staff_of(unit, slug, *WHO)
    found = asked_of(unit, staff.vendor.id, states=OPEN_STATES)
    actions = {one.view.id: allowed_actions(one.view.kind, one.view.state, COMPANY) for one in found}
    page = render_template(
        "orders/asked_of_us.html",
        **{"staff": staff, "found": found, "actions": actions, "form": AnswerForm(), "answer_words": ANSWER_WORDS},
        **WORDS,
    )
    about = {"vendor": staff.vendor.id, "count": 1, "test": staff.vendor.mode == "test"}
    facts = [DemandsDisclosed(holder=one.holder_id, link=one.link_id, **about) for one in found]
    headers = {"Cache-Control": "no-store"}
    return Answer(page.encode(), facts, stands_on(unit, staff), content_type=_HTML, headers=headers)


@blueprint.post("/console/<slug>/asked/<demand>")
@do("console:change")
def answer_it(slug: str, demand: str) -> ResponseReturnValue:
    """Answers one."""
    form, action = AnswerForm(), request.form.get("action", "")
    try:
        received = pieces_in(request.form)
    except ValueError:
        raise BadRequest from None
    if not form.validate():
        raise BadRequest
    try:
        with writing() as unit:
            staff = staff_of(unit, slug, *WHO)
            said = Answered(action, form.words.data or None, received or None)
            answer(unit, vendor_id=staff.vendor.id, order_number=None, demand_id=id_from(demand), answered=said)
    except Conflict:
        flash(_("It stands otherwise by now: look again."), "warning")
    except Invalid:
        flash(_("Say how many pieces came back, and no more than were to come."), "warning")
    else:
        flash(_("The customer is told."))
    return redirect(url_for("demands.asked_of_us", slug=slug), 303)
