"""A new password for whoever can read the mail of an account."""

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.accounts import limits, passwords, service
from portal.accounts.forms import AddressForm, NewPasswordForm
from portal.accounts.loading import forget_session
from portal.accounts.reads import email_of
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import agent, network, remember_sent, sent_to, too_many
from portal.accounts.routes.links import gone
from portal.accounts.waits import wait_sentence
from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import Gone, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit


@blueprint.get("/reset")
@see("accounts:enter")
def reset_page(unit: Unit) -> ResponseReturnValue:
    """The form that asks for a link."""
    return render_template("accounts/reset.html", form=AddressForm())


@blueprint.post("/reset")
@do("accounts:recover")
def ask_for_reset() -> ResponseReturnValue:
    """Takes the wish in; the answer is the same whether there is such an account or not."""
    form = AddressForm()
    if not form.validate():
        return render_template("accounts/reset.html", form=form), 422
    try:
        with writing() as unit:
            limits.charge(unit, limits.RESET_EMAIL, form.address)
            limits.charge(unit, limits.RESET_ADDRESS, network())
            service.ask_for_reset(unit, email=form.address, network=network(), agent=agent())
    except TooMany as problem:
        form.refuse({"": wait_sentence(problem)})
        return too_many(render_template("accounts/reset.html", form=form), problem)
    remember_sent(form.address)
    return redirect("/reset/sent", 303)


@blueprint.get("/reset/sent")
@see("accounts:enter")
def reset_sent(unit: Unit) -> ResponseReturnValue:
    """Where to look next."""
    return render_template("accounts/sent.html", what="reset", email=sent_to())


@blueprint.get("/reset/<token>")
@see("accounts:enter")
def new_password_page(unit: Unit, token: str) -> ResponseReturnValue:
    """The form for a new password."""
    found = service.find_token(unit, secret=token, purposes=("reset",))
    if found is None:
        return gone("reset")
    email = email_of(unit, found.account_id)
    return render_template("accounts/new_password.html", form=NewPasswordForm(email), email=email)


@blueprint.post("/reset/<token>")
@do("accounts:recover")
def new_password(token: str) -> ResponseReturnValue:
    """Sets the new password; whoever was signed in with the old one no longer is."""
    with reading() as unit:
        found = service.find_token(unit, secret=token, purposes=("reset",))
        email = email_of(unit, found.account_id) if found else ""
    if found is None:
        return gone("reset")
    form = NewPasswordForm(email)
    if not form.validate():
        return render_template("accounts/new_password.html", form=form, email=email), 422
    hashed = passwords.hash_password(form.password.data)
    try:
        with writing() as unit:
            service.reset_password(unit, token=token, password_hash=hashed)
    except Gone:
        return gone("reset")
    forget_session()
    flash(_("Your new password is set. Sign in with it."))
    return redirect("/sign-in", 303)
