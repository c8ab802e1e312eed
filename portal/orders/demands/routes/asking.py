"""The form on which a customer asks for something about an order, with the files that go with it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, whose, writing
from portal.files.checking import MOST_OF_A_FORM
from portal.files.service import Brought, attach, tell_gone
from portal.kernel.errors import Conflict, Gone, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.kernel.uploads import takes
from portal.orders.demands.forms import DemandForm, pieces_in
from portal.orders.demands.machine import CHANGE, COUNTED, KINDS, REORDER, WITHDRAWAL
from portal.orders.demands.reads import offers_of
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.room import WORDS, customer_of_page
from portal.orders.demands.service import Asked, ask, start_withdrawal
from portal.orders.demands.words import WHY_NOT
from portal.orders.reads import order_of
from portal.vendors.reads import vendor_of


@blueprint.get("/orders/<order>/ask/<kind>")
@see("demands:ask")
def asking(unit: Unit, order: str, kind: str) -> ResponseReturnValue:
    """The form for one kind; where it cannot be asked for, why not, and what can."""
    return _form(unit, order, _known(kind), None)


@blueprint.post("/orders/<order>/ask/<kind>")
@do("demands:make")
@takes(MOST_OF_A_FORM)
def asked(order: str, kind: str) -> ResponseReturnValue:
    """Asks the company; of a withdrawal it is the first of two steps. What is wrong is said, and no file has to come twice."""
    kind, order_id = _known(kind), id_from(order)
    with reading() as unit:
        form = DemandForm().for_kind(kind, _changes(unit, order_of(unit, customer_of_page(unit), order_id).vendor_id))
    form.validate()
    pieces, brought = _pieces(form), _brought(form)
    if form.errors or form.miscounted:
        return _again(order, kind, form)
    try:
        demand_id = _ask(order_id, kind, form, pieces, brought)
    except Conflict as problem:
        return not_now(order, problem)
    except Gone:
        tell_gone(form, reading, brought, customer_id=whose()["customer_id"])
        return _again(order, kind, form)
    except Invalid:
        form.miscounted = _("Choose at least one piece.")
        return _again(order, kind, form)
    if kind == WITHDRAWAL:
        return redirect(url_for("demands.confirming", demand=text_of(demand_id)), 303)
    flash(_("The company was asked. Here you see what it answers."))
    return redirect(url_for("demands.demand", demand=text_of(demand_id)), 303)


def _pieces(form: DemandForm) -> dict[bytes, int]:
    try:
        return {id_from(line): quantity for line, quantity in pieces_in(request.form).items()}
    except Invalid:
        form.miscounted = _("Write how many as a whole number.")
        return {}


def _brought(form: DemandForm) -> list[Brought]:
    """The files that go with it, where files go with its kind."""
    if "files" not in form:
        return []
    came: dict[str, Any] = {"kept": request.form.getlist("kept"), "sent": request.files.getlist("files"), **whose()}
    too_many = _("Five files at most go with it. Send more in a conversation with the company.")
    return attach(form, reading, writing, too_many=too_many, **came)


def _ask(order_id: bytes, kind: str, form: DemandForm, pieces: dict[bytes, int], brought: list[Brought]) -> bytes:
    with writing() as unit:
        if kind == WITHDRAWAL:
            return start_withdrawal(unit, order_id=order_id, pieces=pieces)
        taken = pieces if kind in COUNTED or kind == REORDER else {}
        what = Asked(kind, taken, _data(form, "type"), _data(form, "reason"), _data(form, "words"))
        return ask(unit, order_id=order_id, asked=what, seen=form.turns, brought=brought)


def _data(form: DemandForm, name: str) -> str | None:
    return form[name].data or None if name in form else None


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise NotFound
    return kind


def _changes(unit: Unit, vendor_id: bytes) -> tuple[str, ...]:
    return tuple(vendor_of(unit, vendor_id).card.get("changes", ()))


def _form(unit: Unit, order: str, kind: str, form: DemandForm | None) -> ResponseReturnValue:
    view = order_of(unit, customer_of_page(unit), id_from(order))
    offers = offers_of(unit, view)
    if offers.reasons[kind] is not None:
        return _page_of_reason(view, kind, offers.reasons[kind] or "", offers.allowed)
    shown = form or DemandForm(data={"seen": str(offers.turns)}).for_kind(kind, _changes(unit, view.vendor_id))
    lines = offers.lines[kind] if kind in COUNTED or kind == REORDER else []
    names = {line.id: line.name for line in view.lines}
    chosen = {name.removeprefix("piece-"): value for name, value in request.form.items() if name.startswith("piece-")}
    page = render_template(
        "orders/ask.html",
        **{"order": view, "kind": kind, "form": shown, "offers": lines, "names": names, "chosen": chosen},
        counted=kind in COUNTED,
        is_change=kind == CHANGE,
        **WORDS,
    )
    return page, 200 if form is None else 422


def _again(order: str, kind: str, form: DemandForm) -> ResponseReturnValue:
    with reading() as unit:
        return _form(unit, order, kind, form)


def not_now(order: str, problem: Conflict) -> ResponseReturnValue:
    """Why it cannot be done any more, and what can."""
    with reading() as unit:
        view = order_of(unit, customer_of_page(unit), id_from(order))
        offers = offers_of(unit, view)
    return _page_of_reason(view, None, str(problem.extra.get("why") or ""), offers.allowed)


def _page_of_reason(view: Any, kind: str | None, why: str, allowed: tuple[str, ...]) -> ResponseReturnValue:
    page = render_template("orders/not_now.html", order=view, kind=kind, why=WHY_NOT.get(why), allowed=allowed, **WORDS)
    # A link that leads here was good a moment ago; a press that comes too late is told so.
    return page, 200 if kind else 409
