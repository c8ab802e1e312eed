"""Pages on which a customer follows what they asked for about an order, confirms a withdrawal, and takes things back."""

from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.accounts.reads import email_of
from portal.audit.doors import do, reading, see, writing
from portal.customers.reads import values_of
from portal.files.reads import files_of
from portal.kernel.errors import Conflict, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.orders.demands.forms import ConfirmForm
from portal.orders.demands.machine import WITHDRAWAL
from portal.orders.demands.reads import demand_of, demands_of, filed_with, offers_of, receipt_of
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.asking import not_now
from portal.orders.demands.routes.places import address_of, place_asked
from portal.orders.demands.routes.room import WORDS, box_of_page, customer_of_page
from portal.orders.demands.service import confirm_withdrawal, remind, take_back
from portal.orders.reads import order_of


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
    me = customer_of_page(unit)
    view = demand_of(unit, me, box_of_page(unit), id_from(demand))
    offers, files = offers_of(unit, order_of(unit, me, view.order_id)), files_of(unit, me, filed_with(view.id))
    return render_template("orders/demand.html", demand=view, files=files, allowed=offers.allowed, **WORDS)


@blueprint.get("/orders/demands/<demand>/receipt.jwt")
@see("demands:ask")
def receipt(unit: Unit, demand: str) -> Response:
    """The signed receipt of a withdrawal. It bears the customer's name and address, and is lent to nobody."""
    signed = receipt_of(unit, customer_of_page(unit), box_of_page(unit), id_from(demand))
    response = make_response(signed)
    response.headers.update({"Content-Type": "application/jwt", "Cache-Control": "no-store"})
    response.headers["Content-Disposition"] = 'attachment; filename="receipt.jwt"'
    return response


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
        return not_now(text_of(order_id), problem)
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
        return not_now(text_of(order_id), problem)
    flash(said)
    return redirect(url_for("demands.demand", demand=demand), 303)


def of_whoever(unit: Unit) -> dict[str, str]:
    """Name and address, so that nobody writes here what is known."""
    assert unit.actor.id is not None
    known = values_of(unit, customer_of_page(unit), ["profile.name"])
    return {"name": str(known.get("profile.name") or ""), "email": email_of(unit, unit.actor.id)}
