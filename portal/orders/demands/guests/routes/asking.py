"""Where somebody without an account begins: the company, and an address. Every address is answered alike."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.limits import WITHDRAW_ADDRESS, charge
from portal.accounts.waits import wait_sentence
from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import NotFound, TooMany
from portal.kernel.networks import network_of
from portal.kernel.unit import Unit
from portal.orders.demands.guests.forms import CompanyForm, MailForm
from portal.orders.demands.guests.reads import companies_named
from portal.orders.demands.guests.routes import blueprint
from portal.orders.demands.guests.service import ask_for_link
from portal.vendors.names import slug_of
from portal.vendors.reads import VendorView, find_vendor


@blueprint.get("/withdraw")
@see("withdrawals:see")
def find(unit: Unit) -> str:
    """From which company's contract: found by its name."""
    form = CompanyForm(request.args)
    slug = slug_of(form.company.data or "") if "company" in request.args and form.validate() else ""
    found = companies_named(unit, slug) if slug else None
    return render_template("orders/withdraw_find.html", form=form, found=found)


@blueprint.get("/withdraw/<slug>")
@see("withdrawals:see")
def begin(unit: Unit, slug: str) -> str:
    """Asks for an address alone."""
    return _page(_company(unit, slug), MailForm())


def _page(company: VendorView, form: MailForm) -> str:
    return render_template("orders/withdraw_begin.html", company=company, form=form)


def _company(unit: Unit, slug: str) -> VendorView:
    """The company of this address; a sandbox has no customers, and is none."""
    found = find_vendor(unit, slug)
    if found.mode != "live" or found.slug != slug:
        raise NotFound
    return found


@blueprint.post("/withdraw/<slug>")
@do("withdrawals:declare")
def ask(slug: str) -> ResponseReturnValue:
    """Takes the address in; a job mails the link. What is counted here is the sender's network, and nothing of the address."""
    with reading() as unit:
        company = _company(unit, slug)
    form = MailForm()
    if not form.validate():
        return _page(company, form), 422
    network = network_of(request.remote_addr or "")
    try:
        with writing() as unit:
            charge(unit, WITHDRAW_ADDRESS, network)
            agent = request.headers.get("User-Agent", "")[:200]
            ask_for_link(unit, vendor_id=company.id, email=form.address, network=network, agent=agent)
    except TooMany as problem:
        form.refuse({"": wait_sentence(problem)})
        response = current_app.make_response((_page(company, form), 429))
        response.headers["Retry-After"] = str(problem.retry_after or 60)
        return response
    return redirect(url_for("withdrawals.sent", slug=slug), 303)


@blueprint.get("/withdraw/<slug>/sent")
@see("withdrawals:see")
def sent(unit: Unit, slug: str) -> str:
    """Where to go on: the same for every address."""
    return render_template("orders/withdraw_sent.html", company=_company(unit, slug))
