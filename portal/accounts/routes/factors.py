"""One's second factors: what is asked for beside the password, added, named and removed."""

from flask import flash, g, redirect, render_template, session
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.access import WAITS
from portal.accounts import reads, service, totp
from portal.accounts.forms import AppForm, NameForm
from portal.accounts.loading import renew_session
from portal.accounts.reads import FactorView, Person
from portal.accounts.routes import blueprint
from portal.accounts.routes.begun import begun_here, too_late
from portal.accounts.routes.common import wrong_code
from portal.accounts.service import Begun, Changed
from portal.audit.doors import do, reading, see, writing
from portal.kernel.errors import Conflict, Gone, NeedsFactor
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit

_APP = "app"


def _person() -> Person:
    person: Person = g.account
    return person


@blueprint.get("/account/factors")
@see("account:see")
def factors(unit: Unit) -> ResponseReturnValue:
    """What is asked for at sign-in beside the password."""
    mine = _person().account_id
    return render_template(
        "accounts/factors.html",
        factors=reads.factors_of(unit, mine),
        codes_left=reads.codes_left(unit, mine),
        role_waits=any(role.startswith(WAITS) for role in unit.actor.roles),
        usable=service.site_of(unit).usable,
        text_of=text_of,
    )


@blueprint.app_errorhandler(NeedsFactor)
def ask_for_factor(_problem: NeedsFactor) -> ResponseReturnValue:
    """What a role opens was asked for without a second step: the page that sets one up says why."""
    return redirect("/account/factors", 303)


@blueprint.post("/account/factors/app")
@do("account:change")
def begin_app() -> ResponseReturnValue:
    """Makes a seed for an app."""
    with writing() as unit:
        reads.require_proof(unit)
        session[_APP] = service.begin_app(unit, account_id=_person().account_id)
    return redirect("/account/factors/app", 303)


@blueprint.get("/account/factors/app")
@see("account:see")
def app_page(unit: Unit) -> ResponseReturnValue:
    """The picture that the app reads, and the form for the code that it then shows."""
    begun = begun_here(unit, _APP)
    if begun is None:
        return redirect("/account/factors", 303)
    reads.require_proof(unit)
    return _app_page(unit, begun, AppForm())


def _app_page(unit: Unit, begun: Begun, form: AppForm) -> str:
    address = service.address_for_app(unit, begun)
    picture = totp.picture_of(address, _("QR code for your authenticator app"))
    return render_template(
        "accounts/app.html", form=form, address=address, picture=Markup(picture), seed=totp.spaced(begun.secret or "")
    )


@blueprint.post("/account/factors/app/confirm")
@do("account:change")
def add_app() -> ResponseReturnValue:
    """Adds the app for a code that it shows; with the first factor the recovery codes are shown."""
    form, person = AppForm(), _person()
    with reading() as unit:
        reads.require_proof(unit)
        begun = begun_here(unit, _APP)
        if begun is None:
            return too_late(_APP)
        if not form.validate():
            return _app_page(unit, begun, form), 422
    try:
        with writing() as unit:
            changed = service.add_app(
                unit, begun=begun, session_id=person.session_id, code=form.digits, name=form.name.data.strip()
            )
    except (Gone, Conflict):
        return too_late(_APP)
    if changed is None:
        form.refuse({"code": wrong_code()})
        with reading() as unit:
            return _app_page(unit, begun, form), 422
    session.pop(_APP, None)
    said = _("From now on a code of this app is asked for when you sign in. All other browsers are signed out.")
    return changed_page(changed, said)


def changed_page(changed: Changed, said: str) -> ResponseReturnValue:
    """After a change: this session goes on under its new secret; codes that were made are shown, this once."""
    renew_session(changed.secret)
    flash(said)
    if changed.codes:
        return render_template("accounts/codes.html", codes=changed.codes)
    return redirect("/account/factors", 303)


def _mine(unit: Unit, factor_id: str) -> FactorView:
    return reads.factor_of(unit, _person().account_id, id_from(factor_id))


@blueprint.get("/account/factors/<factor_id>")
@see("account:see")
def factor(unit: Unit, factor_id: str) -> ResponseReturnValue:
    """One factor: its name, and its end."""
    mine = _mine(unit, factor_id)
    return _factor_page(unit, mine, NameForm(name=mine.name))


def _factor_page(unit: Unit, mine: FactorView, form: NameForm) -> str:
    last = len(reads.factors_of(unit, _person().account_id)) == 1
    return render_template(
        "accounts/factor.html",
        factor=mine,
        form=form,
        last=last,
        kept=last and reads.must_keep_a_factor(unit, _person().account_id),
        sentence=kept_sentence(),
        text_of=text_of,
    )


@blueprint.post("/account/factors/<factor_id>")
@do("account:change")
def name_factor(factor_id: str) -> ResponseReturnValue:
    """Gives a factor another name."""
    form = NameForm()
    with reading() as unit:
        reads.require_proof(unit)
        mine = _mine(unit, factor_id)
        if not form.validate():
            return _factor_page(unit, mine, form), 422
    with writing() as unit:
        service.name_factor(unit, account_id=_person().account_id, factor_id=mine.id, name=form.name.data.strip())
    flash(_("The name is changed."))
    return redirect("/account/factors", 303)


@blueprint.post("/account/factors/<factor_id>/remove")
@do("account:change")
def remove_factor(factor_id: str) -> ResponseReturnValue:
    """Removes a factor."""
    person = _person()
    try:
        with writing() as unit:
            reads.require_proof(unit)
            changed = service.remove_factor(
                unit, account_id=person.account_id, session_id=person.session_id, factor_id=id_from(factor_id)
            )
    except Conflict:
        flash(kept_sentence(), "error")
        return redirect("/account/factors", 303)
    return changed_page(changed, _("Removed. All other browsers are signed out."))


def kept_sentence() -> str:
    """Why the last factor of somebody who acts for others stays."""
    return _("You act for others here, so your account always has a second step. Add another one, then remove this one.")


@blueprint.post("/account/factors/codes")
@do("account:change")
def make_codes() -> ResponseReturnValue:
    """Makes new recovery codes, and shows them this once."""
    person = _person()
    with writing() as unit:
        reads.require_proof(unit)
        changed = service.make_codes(unit, account_id=person.account_id, session_id=person.session_id)
    return changed_page(changed, _("These are your new codes. Those from before no longer work."))
