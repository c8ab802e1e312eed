"""Links sent by mail. Looking at one changes nothing, so programs that fetch links ahead do no harm: a button acts."""

from flask import flash, g, redirect, render_template, session
from flask.typing import ResponseReturnValue

from portal.accounts import limits, passwords, service
from portal.accounts.forms import PasswordForm
from portal.accounts.loading import renew_session
from portal.accounts.reads import email_of, password_hash_of
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import agent, next_path, signed_in, too_many
from portal.accounts.routes.entering import REGISTRATION, browser_digest
from portal.accounts.service import TokenView
from portal.accounts.waits import wait_sentence
from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import Conflict, Gone, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit

_BY_MAIL = ("verify", "address")


def gone(what: str) -> ResponseReturnValue:
    """The page for a link that is used, too old, or never was one."""
    return render_template("accounts/gone.html", what=what), 410


def _same_browser(found: TokenView) -> bool:
    mine = session.get(REGISTRATION)
    return isinstance(mine, str) and browser_digest(mine) == found.payload.get("browser")


def _confirm_page(found: TokenView, form: PasswordForm) -> str:
    return render_template(
        "accounts/confirm.html",
        purpose=found.purpose,
        form=form,
        ask_password=not _same_browser(found),
        email=_address_of(found),
    )


def _address_of(found: TokenView) -> str:
    """The address that a link proves: the one of a registration, or the one to come."""
    with reading() as unit:
        return str(found.payload.get("email") or email_of(unit, found.account_id))


@blueprint.get("/verify/<token>")
@see("accounts:enter")
def verify_page(unit: Unit, token: str) -> ResponseReturnValue:
    """The button that confirms an address."""
    found = service.find_token(unit, secret=token, purposes=_BY_MAIL)
    return gone("verify") if found is None else _confirm_page(found, PasswordForm())


@blueprint.post("/verify/<token>")
@do("accounts:prove")
def verify(token: str) -> ResponseReturnValue:
    """Confirms an address: of a new account, or the new one of an account."""
    with reading() as unit:
        found = service.find_token(unit, secret=token, purposes=_BY_MAIL)
        stored = password_hash_of(unit, found.account_id) if found else ""
    if found is None:
        return gone("verify")
    if found.purpose == "address":
        return _take_address(token)
    form = PasswordForm()
    try:
        if not _same_browser(found) and not _knows_password(found, stored, form):
            return _confirm_page(found, form), 422
    except TooMany as problem:
        form.refuse({"password": wait_sentence(problem)})
        return too_many(_confirm_page(found, form), problem)
    return _come_in(token)


def _knows_password(found: TokenView, stored: str, form: PasswordForm) -> bool:
    """On another device the password shows that whoever reads the mail is whoever registered."""
    if not form.validate():
        return False
    with writing() as unit:
        limits.charge(unit, limits.CONFIRM_TOKEN, text_of(found.id))
    if passwords.matches(stored, form.password.data):
        return True
    form.refuse({"password": _("This is not the password chosen with this registration.")})
    return False


def _come_in(token: str) -> ResponseReturnValue:
    try:
        with writing() as unit:
            verified = service.verify_address(unit, token=token)
            secret = service.start_session(
                unit, account_id=verified.account_id, holder_id=verified.holder_id, agent=agent()
            )
    except Gone:
        return gone("verify")
    except Conflict:
        return render_template("accounts/taken.html", purpose="verify"), 409
    response = signed_in(secret, verified.account_id, next_path(verified.next_path) or "/")
    flash(_("Your address is confirmed. Welcome."))
    return response


def _take_address(token: str) -> ResponseReturnValue:
    try:
        with writing() as unit:
            mine = g.account.session_id if g.account is not None else None
            secret = service.change_address(unit, token=token, session_id=mine)
    except Gone:
        return gone("verify")
    except Conflict:
        return render_template("accounts/taken.html", purpose="address"), 409
    if secret is not None:
        renew_session(secret)
    flash(_("Your new address is confirmed. Sign in with it from now on."))
    return redirect("/account", 303)


@blueprint.get("/account/undo/<token>")
@see("accounts:enter")
def undo_page(unit: Unit, token: str) -> ResponseReturnValue:
    """The button that takes the old address back."""
    found = service.find_token(unit, secret=token, purposes=("undo",))
    return gone("undo") if found is None else render_template("accounts/undo.html", email=found.payload["email"])


@blueprint.post("/account/undo/<token>")
@do("accounts:prove")
def undo(token: str) -> ResponseReturnValue:
    """Takes the old address back."""
    try:
        with writing() as unit:
            service.undo_address_change(unit, token=token)
    except Gone:
        return gone("undo")
    return render_template("accounts/undone.html")
