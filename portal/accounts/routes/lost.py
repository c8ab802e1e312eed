"""Whoever has lost something of what signs them in: the second step, or the mailbox."""

from flask import flash, g, redirect, render_template, session
from flask.typing import ResponseReturnValue

from portal.accounts import passwords, reads, service
from portal.accounts.forms import NewPasswordForm
from portal.accounts.reads import Person
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import SECOND, agent, signed_in, too_many
from portal.accounts.routes.links import gone
from portal.accounts.waits import wait_sentence
from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import Gone, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit


@blueprint.get("/sign-in/mailbox")
@see("accounts:enter")
def lost_mailbox(unit: Unit) -> ResponseReturnValue:
    """What there is to do for whoever no longer reads the mail of their address."""
    return render_template("accounts/mailbox.html")


@blueprint.get("/sign-in/lost")
@see("accounts:enter")
def lost_page(unit: Unit) -> ResponseReturnValue:
    """What happens where every second step is lost; for whoever has just given the password."""
    begun = service.find_challenge(unit, mark=session.get(SECOND), purpose="second")
    return redirect("/sign-in", 303) if begun is None else render_template("accounts/lost.html")


@blueprint.post("/sign-in/lost")
@do("accounts:recover")
def send_lost_link() -> ResponseReturnValue:
    """Mails the link that begins the wait."""
    with reading() as unit:
        begun = service.find_challenge(unit, mark=session.get(SECOND), purpose="second")
    if begun is None:
        return redirect("/sign-in", 303)
    try:
        with writing() as unit:
            service.mail_lost_link(unit, account_id=begun.account_id)
    except TooMany as problem:
        flash(wait_sentence(problem), "error")
        return too_many(render_template("accounts/lost.html"), problem)
    return redirect("/sign-in/lost/sent", 303)


@blueprint.get("/sign-in/lost/sent")
@see("accounts:enter")
def lost_sent(unit: Unit) -> ResponseReturnValue:
    """Where to look next."""
    return render_template("accounts/lost_sent.html")


@blueprint.get("/account/recovery/<token>")
@see("accounts:enter")
def begin_recovery_page(unit: Unit, token: str) -> ResponseReturnValue:
    """The button that begins the wait, for whoever reads the account's mail."""
    found = service.find_token(unit, secret=token, purposes=("lost",))
    return gone("lost") if found is None else render_template("accounts/lost_begin.html")


@blueprint.post("/account/recovery/<token>")
@do("accounts:prove")
def begin_recovery(token: str) -> ResponseReturnValue:
    """Begins it."""
    try:
        with writing() as unit:
            due = service.begin_recovery(unit, token=token)
    except Gone:
        return gone("lost")
    return render_template("accounts/lost_begun.html", due=due)


@blueprint.post("/account/recovery/stop")
@do("account:change")
def stop_recovery() -> ResponseReturnValue:
    """The owner, who sees it on every page, keeps the second step. Pressed twice it is no error."""
    person: Person = g.account
    with writing() as unit:
        service.stop_recovery(unit, account_id=person.account_id)
    flash(_("Your second step stays. If it was not you who said that it is lost, change your password now."))
    return redirect("/account", 303)


@blueprint.get("/account/recovery/stop/<token>")
@see("accounts:enter")
def stop_recovery_page(unit: Unit, token: str) -> ResponseReturnValue:
    """The button that keeps the second step, for whoever reads one of the person's addresses."""
    found = service.find_token(unit, secret=token, purposes=("factors",))
    due = None if found is None else reads.recovery_due(unit, found.account_id)
    return gone("factors") if due is None else render_template("accounts/lost_stop.html", due=due)


@blueprint.post("/account/recovery/stop/<token>")
@do("accounts:prove")
def stop_recovery_by_link(token: str) -> ResponseReturnValue:
    """Keeps it."""
    try:
        with writing() as unit:
            service.stop_recovery_by_link(unit, token=token)
    except Gone:
        return gone("factors")
    return render_template("accounts/lost_stopped.html")


@blueprint.get("/account/password/forgotten")
@see("account:see")
def replace_password_page(unit: Unit) -> ResponseReturnValue:
    """The form for a new password, for whoever has a second step and does not know the old one."""
    person: Person = g.account
    if not reads.has_factor(unit, person.account_id):
        return redirect("/reset", 303)
    reads.require_proof(unit)
    email = reads.email_of(unit, person.account_id)
    return _password_page(NewPasswordForm(email), email)


def _password_page(form: NewPasswordForm, email: str) -> str:
    return render_template("accounts/replace_password.html", form=form, email=email)


@blueprint.post("/account/password/forgotten")
@do("account:change")
def replace_password() -> ResponseReturnValue:
    """Sets it; every other browser is signed out, and this one gets a new session."""
    person: Person = g.account
    with reading() as unit:
        if not reads.has_factor(unit, person.account_id):
            return redirect("/reset", 303)
        reads.require_proof(unit)
        email = reads.email_of(unit, person.account_id)
    form = NewPasswordForm(email)
    if not form.validate():
        return _password_page(form, email), 422
    hashed = passwords.hash_password(form.password.data)
    with writing() as unit:
        secret = service.replace_password(unit, account_id=person.account_id, password_hash=hashed, agent=agent())
    response = signed_in(secret, person.account_id, "/account")
    flash(_("Your password is changed. All other browsers are signed out."))
    return response
