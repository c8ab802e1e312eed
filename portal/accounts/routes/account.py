"""One's own account: address, password, and the browsers that are signed in."""

from flask import flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts import limits, passwords, reads, service
from portal.accounts.devices import device_names
from portal.accounts.forms import ChangeAddressForm, ChangePasswordForm
from portal.accounts.loading import forget_session
from portal.accounts.reads import Person
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import agent, signed_in, too_many
from portal.accounts.routes.proving import is_password, require_second
from portal.accounts.waits import wait_sentence
from portal.audit.doors import do, reading, see, writing
from portal.customers.reads import erasure_of
from portal.kernel.errors import TooMany
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit


def _person() -> Person:
    person: Person = g.account
    return person


@blueprint.get("/account")
@see("account:see")
def account(unit: Unit) -> ResponseReturnValue:
    """The account at a glance."""
    view = reads.account_of(unit, _person().account_id)
    erasing = None if unit.actor.customer_id is None else erasure_of(unit, unit.actor.customer_id)
    contact = current_house().settings.contact
    return render_template("accounts/account.html", account=view, contact=contact, erasing=erasing)


@blueprint.get("/account/password")
@see("account:see")
def password_page(unit: Unit) -> ResponseReturnValue:
    """The form for another password."""
    require_second(unit)
    return _password_page(ChangePasswordForm(), reads.email_of(unit, _person().account_id))


def _password_page(form: ChangePasswordForm, email: str) -> str:
    return render_template("accounts/password.html", form=form, email=email)


@blueprint.post("/account/password")
@do("account:change")
def change_password() -> ResponseReturnValue:
    """Sets another password; every other browser is signed out, and this one gets a new session."""
    person, email, stored = _known()
    form = ChangePasswordForm(email)
    if not form.validate():
        return _password_page(form, email), 422
    try:
        right = is_password(person, form.current_password.data)
    except TooMany as problem:
        form.refuse({"current_password": wait_sentence(problem)})
        return too_many(_password_page(form, email), problem)
    if not right:
        form.refuse({"current_password": _("This is not your password.")})
        return _password_page(form, email), 422
    hashed = passwords.hash_password(form.password.data)
    with writing() as unit:
        secret = service.change_password(
            unit, account_id=person.account_id, old_hash=stored, password_hash=hashed, agent=agent()
        )
    response = signed_in(secret, person.account_id, "/account")
    flash(_("Your password is changed. All other browsers are signed out."))
    return response


def _known() -> tuple[Person, str, str]:
    person = _person()
    with reading() as unit:
        require_second(unit)
        return person, reads.email_of(unit, person.account_id), reads.password_hash_of(unit, person.account_id)


@blueprint.get("/account/address")
@see("account:see")
def address_page(unit: Unit) -> ResponseReturnValue:
    """The form for another address."""
    require_second(unit)
    return _address_page(ChangeAddressForm(), reads.email_of(unit, _person().account_id))


def _address_page(form: ChangeAddressForm, email: str) -> str:
    return render_template("accounts/address.html", form=form, email=email)


@blueprint.post("/account/address")
@do("account:change")
def change_address() -> ResponseReturnValue:
    """Sends a link to the new address; nothing changes before it is used."""
    person, email, _stored = _known()
    form = ChangeAddressForm()
    if not form.validate():
        return _address_page(form, email), 422
    if form.address == email:
        form.refuse({"email": _("This is the address you have now.")})
        return _address_page(form, email), 422
    try:
        right = is_password(person, form.current_password.data)
        if right:
            _ask_to_change(person, form.address)
    except TooMany as problem:
        form.refuse({"": wait_sentence(problem)})
        return too_many(_address_page(form, email), problem)
    if not right:
        form.refuse({"current_password": _("This is not your password.")})
        return _address_page(form, email), 422
    flash(_("We have sent a link to the new address. Open it to finish; until then nothing changes."))
    return redirect("/account", 303)


def _ask_to_change(person: Person, email: str) -> None:
    with writing() as unit:
        limits.charge(unit, limits.CHANGE_EMAIL, text_of(person.account_id))
        service.ask_to_change_address(
            unit, account_id=person.account_id, session_id=person.session_id, email=email
        )


@blueprint.get("/account/sessions")
@see("account:see")
def sessions(unit: Unit) -> ResponseReturnValue:
    """The browsers that are signed in."""
    rows = [(row, device_names(row.agent)) for row in reads.sessions_of(unit, _person().account_id)]
    return render_template("accounts/sessions.html", rows=rows, mine=_person().session_id, text_of=text_of)


@blueprint.post("/account/sessions/end")
@do("account:change")
def end_session() -> ResponseReturnValue:
    """Ends one session, all others, or all."""
    person, which = _person(), request.form.get("session", "")
    with writing() as unit:
        if which == "others":
            service.end_sessions(unit, account_id=person.account_id, reason="asked", keep=person.session_id)
        elif which == "all":
            service.end_sessions(unit, account_id=person.account_id, reason="asked")
        else:
            service.end_session(unit, account_id=person.account_id, session_id=id_from(which))
    if which == "all":
        forget_session()
        flash(_("All browsers are signed out, this one too."))
        return redirect("/sign-in", 303)
    flash(_("Signed out there."))
    return redirect("/account/sessions", 303)
