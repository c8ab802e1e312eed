"""Where a company's staff see what customers ask of it, open one of them, and answer."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import Answer, Condition, disclose, do, reading, see, writing
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import BadRequest, Conflict, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.orders.demands.forms import AnswerForm, pieces_in
from portal.orders.demands.machine import COMPANY, WAITING, allowed_actions
from portal.orders.demands.reads import Place, asked_once, queue_of
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.pages import WORDS
from portal.orders.demands.service import Answered, answer
from portal.orders.demands.shared import demand_disclosed
from portal.orders.demands.words import ANSWER_WORDS, DESK_STATES, DESK_WORDS
from portal.vendors.ranks import AGENT, OWNER
from portal.vendors.reads import Staff, staff_of, stands_on

WHO = (OWNER, AGENT)
_HTML = "text/html; charset=utf-8"
_CURSOR = "demands.queue"
_WORDS = {**WORDS, "answer_words": ANSWER_WORDS, "desk_states": DESK_STATES, "desk_words": DESK_WORDS}


@blueprint.get("/console/<slug>/asked")
@see("console:see")
def asked_of_us(unit: Unit, slug: str) -> str:
    """What waits for the company, the oldest first. No word of a customer's stands here: it is no look at anybody's data."""
    staff = staff_of(unit, slug, *WHO)
    found, following = queue_of(unit, staff.vendor.id, after=_place(unit, staff))
    older = None
    if following is not None:
        where = {"t": micros(following.asked_at), "d": text_of(following.demand_id)}
        older = url_for("demands.asked_of_us", slug=slug, after=seal_cursor(unit.house, _CURSOR, _audience(staff), where))
    return render_template(
        "orders/asked_of_us.html", staff=staff, found=found, older=older, waiting=WAITING, now=unit.at, **_WORDS
    )


def _place(unit: Unit, staff: Staff) -> Place | None:
    after = request.args.get("after")
    if not after:
        return None
    value = open_cursor(unit.house, _CURSOR, _audience(staff), after)
    return Place(from_micros(value["t"]), id_from(value["d"]))


def _audience(staff: Staff) -> str:
    return text_of(staff.vendor.id)


@blueprint.get("/console/<slug>/asked/<demand>")
@disclose("console:see")
def asked_of_us_once(unit: Unit, slug: str, demand: str) -> Answer:
    """One of them; an entry for it in its customer's record, under the name of whoever looks."""
    staff = staff_of(unit, slug, *WHO)
    one = asked_once(unit, staff.vendor.id, id_from(demand))
    if one is None:
        raise NotFound
    actions = allowed_actions(one.view.kind, one.view.state, COMPANY)
    about = {"staff": staff, "demand": one.view, "actions": actions, "form": AnswerForm(formdata=None)}
    page = render_template("orders/answer.html", **about, **_WORDS)
    conditions = [*stands_on(unit, staff)]
    if one.needs_link:
        conditions.append(Condition("link_live", (one.link_id,)))
    looked = demand_disclosed(one, test=staff.vendor.mode == "test")
    headers = {"Cache-Control": "no-store"}
    return Answer(page.encode(), [looked], conditions, content_type=_HTML, headers=headers)


@blueprint.post("/console/<slug>/asked/<demand>")
@do("console:change")
def answer_it(slug: str, demand: str) -> ResponseReturnValue:
    """Answers one. Where that cannot be done, a page says so and keeps the words."""
    form, demand_id = AnswerForm(), id_from(demand)
    action = request.form.get("action", "")
    if action not in ANSWER_WORDS:
        raise BadRequest("unknown-action")
    try:
        said = Answered(action, _words(form), pieces_in(request.form) or None, seen=form.steps)
        with writing() as unit:
            staff = staff_of(unit, slug, *WHO)
            answer(unit, vendor_id=staff.vendor.id, order_number=None, demand_id=demand_id, answered=said)
    except (Conflict, Invalid) as problem:
        return _again(slug, demand, form, problem), problem.status
    flash(_("The customer is told."))
    return redirect(url_for("demands.asked_of_us_once", slug=slug, demand=demand), 303)


def _words(form: AnswerForm) -> str | None:
    if not form.validate():
        raise Invalid("invalid")
    return form.words.data or None


def _again(slug: str, demand: str, form: AnswerForm, problem: Conflict | Invalid) -> str:
    """The words that were not sent, and why: nothing else of it, which is opened anew by whoever goes back."""
    with reading() as unit:
        staff = staff_of(unit, slug, *WHO)
    if isinstance(problem, Conflict):
        why = _("Something has happened since you opened it. Look at it before you send this.")
    elif form.errors:
        why = _("Write less: 1,000 characters at most.")
    else:
        why = _("Say how many pieces came back: whole numbers, and no more than were to come.")
    return render_template("orders/answer_again.html", staff=staff, demand=demand, form=form, why=why)
