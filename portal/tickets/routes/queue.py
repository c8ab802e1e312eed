"""The console's queue: what waits for the company, by when it falls due; and all of its conversations, the newest first."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.tickets.forms import SavedForm
from portal.tickets.numbers import number_from
from portal.tickets.promise_forms import PromiseForm, unfilled
from portal.tickets.reads import newest_promise
from portal.tickets.reads.desk import ALL, WHOSE, Turn, late_of, newest_of, queue_of, replies_of
from portal.tickets.routes.room import blueprint, colleagues, words_of_company
from portal.tickets.service import promise, remove_reply, save_reply
from portal.vendors.ranks import AGENT, OWNER
from portal.vendors.reads import Staff, staff_of

PEOPLE = (OWNER, AGENT)
"""Whose work it is to answer customers."""
_QUEUE, _NEWEST = "tickets.queue", "tickets.newest"


@blueprint.get("/console/<slug>/conversations")
@see("console:see")
def queue(unit: Unit, slug: str) -> ResponseReturnValue:
    """What waits. No word of a customer's stands here, so that it is no look at anybody's data."""
    staff = staff_of(unit, slug, *PEOPLE)
    if request.args.get("number"):
        return _sought(staff, request.args["number"])
    whose = request.args.get("whose", ALL)
    if whose not in WHOSE:
        raise NotFound
    rows, following = queue_of(unit, staff.vendor.id, after=_turn(unit, staff), who=unit.actor.id, whose=whose)
    place = None if following is None else {"t": micros(following.queue_at), "i": text_of(following.id)}
    return _page(unit, staff, rows, _older(unit, staff, _QUEUE, place, "tickets.queue"), whose, late_of(unit, staff.vendor.id))


@blueprint.get("/console/<slug>/conversations/all")
@see("console:see")
def all_conversations(unit: Unit, slug: str) -> ResponseReturnValue:
    """All that the company may read, the newest first."""
    staff = staff_of(unit, slug, *PEOPLE)
    after = request.args.get("after")
    value = open_cursor(unit.house, _NEWEST, text_of(staff.vendor.id), after) if after else None
    before = None if value is None else (from_micros(value["t"]), id_from(value["i"]))
    rows, following = newest_of(unit, staff.vendor.id, before=before)
    place = None if following is None else {"t": micros(following[0]), "i": text_of(following[1])}
    return _page(unit, staff, rows, _older(unit, staff, _NEWEST, place, "tickets.all_conversations"), None, 0)


def _page(unit: Unit, staff: Staff, rows: Any, older: str | None, whose: str | None, late: int) -> str:
    return render_template(
        "tickets/queue.html",
        staff=staff,
        rows=rows,
        older=older,
        whose=whose,
        late=late,
        now=unit.at,
        me=unit.actor.id,
        people=colleagues(unit, staff),
        origin=unit.house.settings.origin,
        **words_of_company(),
    )


def _sought(staff: Staff, text: str) -> ResponseReturnValue:
    number = number_from(text)
    if number is None:
        flash(_("A number looks like Q-2345-ABCD."), "warning")
        return redirect(url_for("tickets.queue", slug=staff.vendor.slug), 303)
    return redirect(url_for("tickets.case", slug=staff.vendor.slug, number=number), 303)


def _turn(unit: Unit, staff: Staff) -> Turn | None:
    after = request.args.get("after")
    if not after:
        return None
    value = open_cursor(unit.house, _QUEUE, text_of(staff.vendor.id), after)
    return Turn(from_micros(value["t"]), id_from(value["i"]))


def _older(unit: Unit, staff: Staff, kind: str, place: dict[str, Any] | None, endpoint: str) -> str | None:
    if place is None:
        return None
    chosen: dict[str, Any] = {name: value for name, value in request.args.items() if name == "whose"}
    cursor = seal_cursor(unit.house, kind, text_of(staff.vendor.id), place)
    return url_for(endpoint, slug=staff.vendor.slug, after=cursor, **chosen)


# Saved words.


@blueprint.get("/console/<slug>/conversations/saved")
@see("console:see")
def saved(unit: Unit, slug: str) -> str:
    """The words that the company keeps for answers."""
    return _saved_page(unit, staff_of(unit, slug, *PEOPLE), SavedForm(formdata=None))


@blueprint.post("/console/<slug>/conversations/saved")
@do("console:change")
def change_saved(slug: str) -> ResponseReturnValue:
    """Keeps some more, or no longer some."""
    if "remove" in request.form:
        with writing() as unit:
            staff = staff_of(unit, slug, *PEOPLE)
            remove_reply(unit, vendor_id=staff.vendor.id, reply_id=id_from(request.form["remove"]))
        flash(_("Removed."))
        return redirect(url_for("tickets.saved", slug=slug), 303)
    form = SavedForm()
    if form.validate():
        try:
            with writing() as unit:
                staff = staff_of(unit, slug, *PEOPLE)
                save_reply(unit, vendor_id=staff.vendor.id, title=form.title.data or "", words=form.words.data or "")
        except Conflict:
            form.refuse({"title": _("There are words under this title already. Choose another.")})
        else:
            flash(_("Kept."))
            return redirect(url_for("tickets.saved", slug=slug), 303)
    with reading() as unit:
        return _saved_page(unit, staff_of(unit, slug, *PEOPLE), form), 422


def _saved_page(unit: Unit, staff: Staff, form: SavedForm) -> str:
    return render_template("tickets/saved.html", staff=staff, form=form, saved=replies_of(unit, staff.vendor.id))


# What is promised.


@blueprint.get("/console/<slug>/conversations/promises")
@see("console:see")
def promised(unit: Unit, slug: str) -> str:
    """What the company promises of conversations that begin from now on."""
    staff = staff_of(unit, slug, *PEOPLE)
    form = unfilled()
    form.show(newest_promise(unit, staff.vendor.id), zone().key)
    return _promise_page(staff, form)


@blueprint.post("/console/<slug>/conversations/promises")
@do("console:change")
def change_promised(slug: str) -> ResponseReturnValue:
    """Promises something else from now on."""
    form = PromiseForm()
    valid = form.validate()
    with writing() as unit:
        staff = staff_of(unit, slug, OWNER)
        if valid:
            promise(unit, vendor_id=staff.vendor.id, **form.promise())
    if not valid:
        return _promise_page(staff, form), 422
    flash(_("Saved. It holds for conversations that begin from now on; those under way keep what they were promised."))
    return redirect(url_for("tickets.promised", slug=slug), 303)


def _promise_page(staff: Staff, form: PromiseForm) -> str:
    return render_template("tickets/promises.html", staff=staff, form=form, may_change=staff.rank == OWNER)
