"""Where a company's staff see what customers ask of it, open one of them, and answer."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import Answer, Condition, disclose, do, reading, see, writing
from portal.kernel.errors import BadRequest, Conflict, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.orders.amounts import amount_of
from portal.orders.demands.forms import AnswerForm, pieces_in
from portal.orders.demands.guests.reads import guests_waiting
from portal.orders.demands.machine import COMPANY, WAITING, allowed_actions, pays_back
from portal.orders.demands.reads import ForCompany, asked_once, currency_of, queue_of
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.places import address_of, place_asked
from portal.orders.demands.routes.room import WORDS
from portal.orders.demands.service import Answered, answer
from portal.orders.demands.shared import demand_disclosed
from portal.orders.demands.words import ANSWER_WORDS, DESK_STATES, DESK_WORDS, NOT_SENT
from portal.vendors.ranks import AGENT, OWNER
from portal.vendors.reads import Staff, staff_of, stands_on

WHO = (OWNER, AGENT)
_HTML = "text/html; charset=utf-8"
_WORDS = {**WORDS, "answer_words": ANSWER_WORDS, "desk_states": DESK_STATES, "desk_words": DESK_WORDS}


@blueprint.get("/console/<slug>/asked")
@see("console:see")
def asked_of_us(unit: Unit, slug: str) -> str:
    """What waits for the company, the oldest first. No word of a customer's stands here: it is no look at anybody's data."""
    staff = staff_of(unit, slug, *WHO)
    here, company = "demands.asked_of_us", staff.vendor.id
    found, following = queue_of(unit, company, after=place_asked(unit, here, company))
    older, guests = address_of(unit, here, company, following, slug=slug), guests_waiting(unit, company)
    page = {"staff": staff, "found": found, "older": older, "guests": guests, "waiting": WAITING, "now": unit.at}
    return render_template("orders/asked_of_us.html", **page, **_WORDS)


@blueprint.get("/console/<slug>/asked/<demand>")
@disclose("console:see")
def asked_of_us_once(unit: Unit, slug: str, demand: str) -> Answer:
    """One of them; an entry for it in its customer's record, under the name of whoever looks."""
    staff = staff_of(unit, slug, *WHO)
    one = asked_once(unit, staff.vendor.id, id_from(demand))
    if one is None:
        raise NotFound
    actions = allowed_actions(one.view.kind, one.view.state, COMPANY)
    pays = any(pays_back(one.view.kind, action) for action in actions)
    about = {"staff": staff, "demand": one.view, "files": one.files, "actions": actions, "pays": pays}
    page = render_template("orders/answer.html", form=AnswerForm(formdata=None), **about, **_WORDS)
    looked = demand_disclosed(one, test=staff.vendor.mode == "test")
    headers = {"Cache-Control": "no-store"}
    return Answer(page.encode(), [looked], conditions_of(unit, staff, one), content_type=_HTML, headers=headers)


def conditions_of(unit: Unit, staff: Staff, one: ForCompany) -> list[Condition]:
    """What a look of a company's people at one of them stands on."""
    return [*stands_on(unit, staff), *([Condition("link_live", (one.link_id,))] if one.needs_link else [])]


@blueprint.post("/console/<slug>/asked/<demand>")
@do("console:change")
def answer_it(slug: str, demand: str) -> ResponseReturnValue:
    """Answers one. Where that cannot be done, a page says so and keeps the words."""
    form, demand_id = AnswerForm(), id_from(demand)
    action = request.form.get("action", "")
    if action not in ANSWER_WORDS:
        raise BadRequest("unknown-action")
    try:
        pieces, words = pieces_in(request.form) or None, _words(form)
        with writing() as unit:
            staff = staff_of(unit, slug, *WHO)
            refund = _refund(form, currency_of(unit, staff.vendor.id, demand_id))
            said = Answered(action, words, pieces, refund, seen=form.steps)
            answer(unit, vendor_id=staff.vendor.id, order_number=None, demand_id=demand_id, answered=said)
    except (Conflict, Invalid) as problem:
        return _again(slug, demand, form, problem), problem.status
    flash(_("The customer is told."))
    return redirect(url_for("demands.asked_of_us_once", slug=slug, demand=demand), 303)


def _words(form: AnswerForm) -> str | None:
    if not form.validate():
        raise Invalid("invalid")
    return form.words.data or None


def _refund(form: AnswerForm, currency: str | None) -> int | None:
    """Minor units of what was typed; nothing typed is None."""
    if not (form.refund.data or "").strip():
        return None
    minor = amount_of(form.refund.data, currency or "")
    if minor is None:
        raise Invalid("no-amount", fields={"refund": "no amount"})
    return minor


def _again(slug: str, demand: str, form: AnswerForm, problem: Conflict | Invalid) -> str:
    """The words that were not sent, and why: nothing else of it, which is opened anew by whoever goes back."""
    with reading() as unit:
        staff = staff_of(unit, slug, *WHO)
    return render_template("orders/answer_again.html", staff=staff, demand=demand, form=form, why=_why(form, problem))


def _why(form: AnswerForm, problem: Conflict | Invalid) -> str:
    if form.errors:
        return _("Write less: 1,000 characters at most.")
    return NOT_SENT["changed" if isinstance(problem, Conflict) else problem.reason]
