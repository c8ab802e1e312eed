"""The end of an account: asked for with the password, taken back within a week, here or by the mailed link."""

from flask import flash, g, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.accounts import service
from portal.accounts.forms import ErasingForm
from portal.accounts.reads import Person
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import too_many
from portal.accounts.routes.links import gone
from portal.accounts.routes.proving import is_password, require_second
from portal.accounts.waits import wait_sentence
from portal.audit.doors import current_actor, do, reading, see, writing
from portal.customers import service as customers
from portal.customers.reads import customer_of_account, erasure_of
from portal.kernel.errors import Gone, NotFound, Refused, TooMany
from portal.kernel.i18n import day
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit


def _me() -> bytes:
    customer_id = current_actor().customer_id
    if customer_id is None:
        raise NotFound
    return customer_id


def _acts_for_others(person: Person) -> bool:
    return bool(person.roles - {"customer"})


@blueprint.get("/account/erasing")
@see("account:see")
def erasing_page(unit: Unit) -> ResponseReturnValue:
    """What deleting an account does and does not do; or, once it was asked for, until when it can be kept."""
    waiting = erasure_of(unit, _me())
    if waiting is not None:
        return render_template("accounts/erasing_waits.html", due=waiting.due_at)
    require_second(unit)
    return _page(ErasingForm())


def _page(form: ErasingForm) -> str:
    return render_template("accounts/erasing.html", form=form, acts_for_others=_acts_for_others(g.account))


@blueprint.post("/account/erasing")
@do("account:erase")
def ask_to_erase() -> ResponseReturnValue:
    """Begins the week, for whoever knows the password and, with a second factor, has just proved that, too."""
    person: Person = g.account
    with reading() as unit:
        require_second(unit)
    if _acts_for_others(person):
        raise Refused("role-held")
    form = ErasingForm()
    if not form.validate():
        return _page(form), 422
    try:
        right = is_password(person, form.current_password.data)
    except TooMany as problem:
        form.refuse({"current_password": wait_sentence(problem)})
        return too_many(_page(form), problem)
    if not right:
        form.refuse({"current_password": _("This is not your password.")})
        return _page(form), 422
    with writing() as unit:
        due = customers.ask_to_erase(unit, customer_id=_me())
    flash(_("Your account will be deleted on %(day)s. We have written to you how to keep it.", day=day(due)))
    return redirect("/account/erasing", 303)


@blueprint.post("/account/erasing/keep")
@do("account:erase")
def keep() -> ResponseReturnValue:
    """The account stays. Pressed twice it is no error; after the week it is too late."""
    with writing() as unit:
        stays = customers.take_back(unit, customer_id=_me()) or erasure_of(unit, _me()) is None
    if not stays:
        return gone("keep")
    flash(_("Your account stays as it is."))
    return redirect("/account", 303)


@blueprint.get("/account/keep/<token>")
@see("accounts:enter")
def keep_page(unit: Unit, token: str) -> ResponseReturnValue:
    """The button that keeps an account, for whoever reads its mail."""
    found = service.find_token(unit, secret=token, purposes=("erasure",))
    customer = None if found is None else customer_of_account(unit, found.account_id)
    waiting = None if customer is None else erasure_of(unit, customer.id)
    return gone("keep") if waiting is None else render_template("accounts/keep.html", due=waiting.due_at)


@blueprint.post("/account/keep/<token>")
@do("accounts:prove")
def keep_by_link(token: str) -> ResponseReturnValue:
    """Keeps it."""
    try:
        with writing() as unit:
            customers.take_back_by_link(unit, token=token)
    except Gone:
        return gone("keep")
    return render_template("accounts/kept.html")
