"""Behind a mailed link: two steps, of which the second declares. To look at the link changes nothing, whoever looks."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import Gone
from portal.kernel.unit import Unit
from portal.orders.demands.guests.forms import DeclareForm
from portal.orders.demands.guests.reads import GuestLink, link_behind
from portal.orders.demands.guests.routes import blueprint
from portal.orders.demands.guests.service import Declaration, declare
from portal.vendors.reads import vendor_of


@blueprint.get("/withdrawals/<token>")
@see("withdrawals:see")
def first(unit: Unit, token: str) -> ResponseReturnValue:
    """The first step, or that it is done. Nothing of any order is shown, and nothing of whether there is one."""
    link = link_behind(unit, token)
    if link is not None:
        return _step(unit, token, link, DeclareForm(formdata=None))
    done = link_behind(unit, token, declared=True)
    return _gone() if done is None else render_template("orders/withdraw_done.html", at=done.declared_at)


def _step(unit: Unit, token: str, link: GuestLink, form: DeclareForm, page: str = "declare") -> str:
    company = vendor_of(unit, link.vendor_id)
    return render_template(f"orders/withdraw_{page}.html", token=token, email=link.email, form=form, company=company)


def _gone() -> ResponseReturnValue:
    return render_template("orders/withdraw_gone.html"), 410


@blueprint.post("/withdrawals/<token>")
@do("withdrawals:declare")
def second(token: str) -> ResponseReturnValue:
    """The second step: what would be declared, to be confirmed. It travels in the page, and nothing of it is kept yet."""
    form = DeclareForm()
    is_right = form.validate()
    with reading() as unit:
        link = link_behind(unit, token)
        if link is None:
            return redirect(url_for("withdrawals.first", token=token), 303)
        if "back" in request.form or not is_right:
            return _step(unit, token, link, form), 200 if is_right else 422
        return _step(unit, token, link, form, "confirm")


@blueprint.post("/withdrawals/<token>/confirm")
@do("withdrawals:declare")
def confirm(token: str) -> ResponseReturnValue:
    """Declares it, from this moment on."""
    form = DeclareForm()
    if not form.validate():
        with reading() as unit:
            link = link_behind(unit, token)
            return _gone() if link is None else (_step(unit, token, link, form), 422)
    said = Declaration(form.name.data.strip(), form.number.data.strip(), form.described)
    try:
        with writing() as unit:
            declare(unit, secret=token, said=said)
    except Gone:
        return _gone()
    return redirect(url_for("withdrawals.first", token=token), 303)
