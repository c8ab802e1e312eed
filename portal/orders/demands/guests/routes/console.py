"""Where a company's staff see what was declared without an account, and where their own address for it stands."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import Answer, disclose, do, reading, see, writing
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import BadRequest, Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.orders.demands.guests.forms import GuestAnswerForm
from portal.orders.demands.guests.reads import GuestPlace, guest_of, guest_queue
from portal.orders.demands.guests.routes import blueprint
from portal.orders.demands.guests.service import GuestAnswer, answer_guest
from portal.orders.demands.guests.shared import withdrawal_disclosed
from portal.orders.demands.machine import COMPANY, MACHINES, WITHDRAWAL
from portal.orders.demands.words import ANSWER_WORDS, DESK_STATES, DESK_WORDS, NOT_SENT, STATE_WORDS
from portal.vendors.ranks import AGENT, OWNER
from portal.vendors.reads import staff_of, stands_on

WHO = (OWNER, AGENT)
_HTML = "text/html; charset=utf-8"
_KIND = "withdrawals.queue"
_WORDS = {"demand_states": STATE_WORDS, "answer_words": ANSWER_WORDS, "desk_states": DESK_STATES, "desk_words": DESK_WORDS}
_ACTIONS = {action for moves in MACHINES[WITHDRAWAL].values() for action, move in moves.items() if move.who == COMPANY}


@blueprint.get("/console/<slug>/asked/withdrawals")
@see("console:see")
def queue(unit: Unit, slug: str) -> str:
    """What waits, the oldest first, and the address to put on the company's own site. No word of anybody's stands here."""
    staff = staff_of(unit, slug, *WHO)
    audience = text_of(staff.vendor.id)
    after = None
    if text := request.args.get("after"):
        place = open_cursor(unit.house, _KIND, audience, text)
        after = GuestPlace(from_micros(place["t"]), id_from(place["w"]))
    found, following = guest_queue(unit, staff.vendor.id, after=after)
    older = None
    if following is not None:
        value = {"t": micros(following.declared_at), "w": text_of(following.id)}
        older = url_for("withdrawals.queue", slug=slug, after=seal_cursor(unit.house, _KIND, audience, value))
    address = None if staff.vendor.mode != "live" else f"{unit.house.settings.origin}/withdraw/{staff.vendor.slug}"
    page = {"staff": staff, "found": found, "older": older, "now": unit.at, "address": address}
    return render_template("orders/withdraw_queue.html", **page, **_WORDS)


@blueprint.get("/console/<slug>/asked/withdrawals/<withdrawal>")
@disclose("console:see")
def one_of_them(unit: Unit, slug: str, withdrawal: str) -> Answer:
    """One of them; an entry for it in the record, under the name of whoever looks."""
    staff = staff_of(unit, slug, *WHO)
    found = guest_of(unit, staff.vendor.id, id_from(withdrawal))
    if found is None:
        raise NotFound
    form = GuestAnswerForm(formdata=None, data={"seen": found.state})
    page = render_template("orders/withdraw_answer.html", staff=staff, found=found, form=form, **_WORDS)
    looked = withdrawal_disclosed(found, test=staff.vendor.mode == "test")
    headers = {"Cache-Control": "no-store"}
    return Answer(page.encode(), [looked], [*stands_on(unit, staff)], content_type=_HTML, headers=headers)


@blueprint.post("/console/<slug>/asked/withdrawals/<withdrawal>")
@do("console:change")
def answer(slug: str, withdrawal: str) -> ResponseReturnValue:
    """Answers one. Where that cannot be done, a page says so and keeps the words."""
    form, action = GuestAnswerForm(), request.form.get("action", "")
    if action not in _ACTIONS:
        raise BadRequest("unknown-action")
    if not form.validate():
        return _again(slug, withdrawal, form, _("Write less: 1,000 characters at most.")), 422
    said = GuestAnswer(action, form.words.data or None, seen=form.seen.data or "")
    try:
        with writing() as unit:
            vendor_id = staff_of(unit, slug, *WHO).vendor.id
            answer_guest(unit, vendor_id=vendor_id, withdrawal_id=id_from(withdrawal), answered=said)
    except Conflict:
        return _again(slug, withdrawal, form, NOT_SENT["changed"]), 409
    flash(_("They are told by mail."))
    return redirect(url_for("withdrawals.one_of_them", slug=slug, withdrawal=withdrawal), 303)


def _again(slug: str, withdrawal: str, form: GuestAnswerForm, why: str) -> str:
    """The words that were not sent, and why: nothing else of it, which is opened anew by whoever goes back."""
    with reading() as unit:
        staff = staff_of(unit, slug, *WHO)
    here = url_for("withdrawals.one_of_them", slug=slug, withdrawal=withdrawal)
    return render_template("orders/withdraw_again.html", staff=staff, here=here, form=form, why=why)
