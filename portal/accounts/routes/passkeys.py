"""Passkeys: made for one's account, and used to sign in. The browser's part is ``static/js/passkeys.js``."""

from flask import flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from portal.accounts import passkeys, reads, service
from portal.accounts.devices import device_names
from portal.accounts.facts.sessions import SignInRefused
from portal.accounts.forms import NameForm
from portal.accounts.reads import Person
from portal.accounts.routes import blueprint
from portal.accounts.routes.begun import begun_here, too_late
from portal.accounts.routes.common import (
    agent,
    answer_of,
    device_mark,
    landing_of,
    network,
    next_path,
    options_answer,
    signed_in,
    too_many,
)
from portal.accounts.routes.entering import end_former, sign_in_again
from portal.accounts.routes.factors import changed_page
from portal.accounts.waits import wait_sentence
from portal.audit.doors import do, reading, record_refusal, see, writing
from portal.kernel.errors import Conflict, Gone, Invalid, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.unit import Unit

_MAKE, _ENTER = "make", "enter"


def _person() -> Person:
    person: Person = g.account
    return person


@blueprint.post("/account/factors/passkey")
@do("account:change")
def begin_passkey() -> ResponseReturnValue:
    """A challenge for a new passkey."""
    with writing() as unit:
        reads.require_proof(unit)
        session[_MAKE] = service.begin_passkey(unit, account_id=_person().account_id)
    return redirect("/account/factors/passkey", 303)


@blueprint.get("/account/factors/passkey")
@see("account:see")
def passkey_page(unit: Unit) -> ResponseReturnValue:
    """The button that makes a passkey, and its name."""
    begun = begun_here(unit, _MAKE)
    if begun is None:
        return redirect("/account/factors", 303)
    reads.require_proof(unit)
    browser, system = device_names(agent())
    suggested = _("%(browser)s on %(system)s", browser=browser, system=system) if browser and system else ""
    return _passkey_page(unit, NameForm(name=suggested))


def _passkey_page(unit: Unit, form: NameForm) -> str:
    mine = _person().account_id
    options = passkeys.to_make(
        service.site_of(unit),
        session[_MAKE],
        user_id=mine,
        email=reads.email_of(unit, mine),
        there=[one.passkey.id for one in reads.passkeys_of(unit, mine)],
    )
    return render_template("accounts/passkey.html", form=form, options=options)


@blueprint.post("/account/factors/passkey/confirm")
@do("account:change")
def add_passkey() -> ResponseReturnValue:
    """Adds the passkey that the browser made."""
    form, person = NameForm(), _person()
    with reading() as unit:
        reads.require_proof(unit)
        begun = begun_here(unit, _MAKE)
        if begun is None:
            return too_late(_MAKE)
        if not form.validate():
            return _passkey_page(unit, form), 422
        site = service.site_of(unit)
    try:
        passkey = passkeys.made(site, session.pop(_MAKE), answer_of())
        with writing() as unit:
            changed = service.add_passkey(
                unit, begun=begun, session_id=person.session_id, passkey=passkey, name=form.name.data.strip()
            )
    except Invalid:
        return _not_made()
    except (Gone, Conflict):
        return too_late(_MAKE)
    return changed_page(changed, _("From now on this passkey signs you in by itself. All other browsers are signed out."))


def _not_made() -> ResponseReturnValue:
    flash(_("No passkey was made. Begin again; where this browser cannot make one, add an authenticator app."), "error")
    return redirect("/account/factors", 303)


@blueprint.post("/sign-in/passkey/begin")
@do("accounts:sign-in")
def begin_sign_in() -> ResponseReturnValue:
    """A challenge for whoever it will be; asked for by the button's script."""
    try:
        with writing() as unit:
            mark = session[_ENTER] = service.begin_passkey_sign_in(unit, network=network())
    except TooMany as problem:
        record_refusal(SignInRefused(reason="too-many"))
        return too_many(wait_sentence(problem), problem)
    return options_answer(passkeys.to_use(service.site_of(unit), mark))


@blueprint.post("/sign-in/passkey")
@do("accounts:sign-in")
def sign_in_by_passkey() -> ResponseReturnValue:
    """Signs in by a passkey alone."""
    mark, answer = session.pop(_ENTER, None) or "", answer_of()
    try:
        with writing() as unit:
            secret, account_id = service.enter_by_passkey(
                unit, mark=mark, answer=answer, device_of=device_mark, agent=agent()
            )
            end_former(unit)
    except Gone:
        return sign_in_again(_("That took too long, or was finished in another window. Sign in again."))
    except Invalid:
        with writing() as unit:
            service.spend(unit, mark=mark, purpose="enter", network=network())
        return sign_in_again(_("This passkey opens no account here. Sign in with your password."))
    return signed_in(secret, account_id, next_path(request.form.get("next")) or landing_of(account_id))
