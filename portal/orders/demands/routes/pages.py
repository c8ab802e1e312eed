"""Pages on which a customer asks for something about an order, follows it, and takes it back."""

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.accounts.reads import email_of
from portal.audit.doors import do, reading, see, writing
from portal.customers.reads import values_of
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.demands.forms import ConfirmForm, DemandForm, pieces_in
from portal.orders.demands.machine import CHANGE, COUNTED, KINDS, REORDER, WITHDRAWAL
from portal.orders.demands.reads import demand_of, demands_of, offers_of, receipt_of
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.places import address_of, place_asked
from portal.orders.demands.service import Asked, ask, confirm_withdrawal, remind, start_withdrawal, take_back
from portal.orders.demands.words import EFFECTS, KIND_WORDS, NAMES, REASONS, STATE_WORDS, STEP_WORDS, TYPES, WHY_NOT
from portal.orders.reads import order_of
from portal.vendors.reads import vendor_of

WORDS: dict[str, Any] = {
    "kind_words": KIND_WORDS,
    "demand_names": NAMES,
    "demand_effects": EFFECTS,
    "demand_states": STATE_WORDS,
    "step_words": STEP_WORDS,
    "why_not": WHY_NOT,
    "type_words": TYPES,
    "reason_words": REASONS,
}


@blueprint.get("/orders/demands")
@see("demands:see")
def demands(unit: Unit) -> str:
    """All that the customer asked for, the newest first."""
    customer_id, here = customer_of_page(unit), "demands.demands"
    after = place_asked(unit, here, customer_id)
    found, following = demands_of(unit, customer_id, box_of_page(unit), after=after)
    older = address_of(unit, here, customer_id, following)
    newer = url_for(here) if after is not None else None
    return render_template("orders/demands.html", demands=found, newer=newer, older=older, **WORDS)


@blueprint.get("/orders/demands/<demand>")
@see("demands:see")
def demand(unit: Unit, demand: str) -> str:
    """One of them: how it stands, what was done, and what can be done next."""
    view = demand_of(unit, customer_of_page(unit), box_of_page(unit), id_from(demand))
    offers = offers_of(unit, order_of(unit, customer_of_page(unit), view.order_id))
    return render_template("orders/demand.html", demand=view, allowed=offers.allowed, **WORDS)


@blueprint.get("/orders/demands/<demand>/receipt.jwt")
@see("demands:ask")
def receipt(unit: Unit, demand: str) -> Response:
    """The signed receipt of a withdrawal. It bears the customer's name and address, and is lent to nobody."""
    signed = receipt_of(unit, customer_of_page(unit), box_of_page(unit), id_from(demand))
    response = make_response(signed)
    response.headers.update({"Content-Type": "application/jwt", "Cache-Control": "no-store"})
    response.headers["Content-Disposition"] = 'attachment; filename="receipt.jwt"'
    return response


@blueprint.get("/orders/<order>/ask/<kind>")
@see("demands:ask")
def asking(unit: Unit, order: str, kind: str) -> ResponseReturnValue:
    """The form for one kind; where it cannot be asked for, why not, and what can."""
    return _form(unit, order, _known(kind), None)


@blueprint.post("/orders/<order>/ask/<kind>")
@do("demands:make")
def asked(order: str, kind: str) -> ResponseReturnValue:
    """Asks the company; of a withdrawal it is the first of two steps."""
    kind, order_id = _known(kind), id_from(order)
    with reading() as unit:
        form = DemandForm().for_kind(kind, _changes(unit, order_of(unit, customer_of_page(unit), order_id).vendor_id))
    try:
        pieces = {id_from(line): quantity for line, quantity in pieces_in(request.form).items()}
    except Invalid:
        form.refuse({"pieces": _("Write how many as a whole number.")})
        return _again(order, kind, form)
    if not form.validate():
        return _again(order, kind, form)
    try:
        demand_id = _ask(order_id, kind, form, pieces)
    except Conflict as problem:
        return _not_now(order, problem)
    except Invalid:
        form.refuse({"pieces": _("Choose at least one piece.")})
        return _again(order, kind, form)
    if kind == WITHDRAWAL:
        return redirect(url_for("demands.confirming", demand=text_of(demand_id)), 303)
    flash(_("The company was asked. Here you see what it answers."))
    return redirect(url_for("demands.demand", demand=text_of(demand_id)), 303)


def _ask(order_id: bytes, kind: str, form: DemandForm, pieces: dict[bytes, int]) -> bytes:
    with writing() as unit:
        if kind == WITHDRAWAL:
            return start_withdrawal(unit, order_id=order_id, pieces=pieces)
        taken = pieces if kind in COUNTED or kind == REORDER else {}
        what = Asked(kind, taken, _data(form, "type"), _data(form, "reason"), _data(form, "words"))
        return ask(unit, order_id=order_id, asked=what, seen=form.turns)


def _data(form: DemandForm, name: str) -> str | None:
    return form[name].data or None if name in form else None


@blueprint.get("/orders/demands/<demand>/confirm")
@see("demands:ask")
def confirming(unit: Unit, demand: str) -> ResponseReturnValue:
    """The second step of a withdrawal: what is declared, by whom, and where the receipt goes."""
    view = demand_of(unit, customer_of_page(unit), box_of_page(unit), id_from(demand))
    if view.kind != WITHDRAWAL:
        raise NotFound
    if view.state != "started":
        return redirect(url_for("demands.demand", demand=demand), 303)
    form = ConfirmForm(data={**of_whoever(unit), "seen": str(len(view.steps))})
    return render_template("orders/withdraw.html", demand=view, form=form, **WORDS)


@blueprint.post("/orders/demands/<demand>/confirm")
@do("demands:make")
def confirm(demand: str) -> ResponseReturnValue:
    """Declares it, from this moment on."""
    form, demand_id = ConfirmForm(), id_from(demand)
    if not form.validate():
        with reading() as unit:
            view = demand_of(unit, customer_of_page(unit), box_of_page(unit), demand_id)
            return render_template("orders/withdraw.html", demand=view, form=form, **WORDS), 422
    try:
        with writing() as unit:
            said = {"name": form.name.data.strip(), "email": form.email.data.strip()}
            confirm_withdrawal(unit, demand_id=demand_id, **said, seen=form.steps)
    except Conflict as problem:
        with reading() as unit:
            order_id = demand_of(unit, customer_of_page(unit), box_of_page(unit), demand_id).order_id
        return _not_now(text_of(order_id), problem)
    flash(_("Declared. The receipt is on its way to you, and kept here."))
    return redirect(url_for("demands.demand", demand=demand), 303)


@blueprint.post("/orders/demands/<demand>/take-back")
@do("demands:make")
def take_it_back(demand: str) -> ResponseReturnValue:
    """Asks for it no longer."""
    return _done(demand, take_back, _("Taken back. The company is told."))


@blueprint.post("/orders/demands/<demand>/remind")
@do("demands:make")
def remind_them(demand: str) -> ResponseReturnValue:
    """Tells a company once more that did not answer by its day."""
    return _done(demand, remind, _("The company is told once more."))


def _done(demand: str, verb: Any, said: str) -> ResponseReturnValue:
    try:
        with writing() as unit:
            verb(unit, demand_id=id_from(demand))
    except Conflict as problem:
        with reading() as unit:
            order_id = demand_of(unit, customer_of_page(unit), box_of_page(unit), id_from(demand)).order_id
        return _not_now(text_of(order_id), problem)
    flash(said)
    return redirect(url_for("demands.demand", demand=demand), 303)


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


def _not_now(order: str, problem: Conflict) -> ResponseReturnValue:
    with reading() as unit:
        view = order_of(unit, customer_of_page(unit), id_from(order))
        offers = offers_of(unit, view)
    return _page_of_reason(view, None, str(problem.extra.get("why") or ""), offers.allowed)


def _page_of_reason(view: Any, kind: str | None, why: str, allowed: tuple[str, ...]) -> ResponseReturnValue:
    page = render_template("orders/not_now.html", order=view, kind=kind, why=WHY_NOT.get(why), allowed=allowed, **WORDS)
    # A link that leads here was good a moment ago; a press that comes too late is told so.
    return page, 200 if kind else 409


def of_whoever(unit: Unit) -> dict[str, str]:
    """Name and address, so that nobody writes here what is known."""
    assert unit.actor.id is not None
    known = values_of(unit, customer_of_page(unit), ["profile.name"])
    return {"name": str(known.get("profile.name") or ""), "email": email_of(unit, unit.actor.id)}


def customer_of_page(unit: Unit) -> bytes:
    """Whose pages these are."""
    assert unit.actor.customer_id is not None
    return unit.actor.customer_id


def box_of_page(unit: Unit) -> Box:
    """What opens their things."""
    assert unit.actor.holder_id is not None
    return unit.box(unit.actor.holder_id)
