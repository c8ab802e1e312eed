"""Registering, signing in and out."""

import json
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from flask import abort, flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from portal.accounts import limits, passwords, service
from portal.accounts.facts.sessions import SignInRefused
from portal.accounts.forms import RegisterForm, SignInForm
from portal.accounts.loading import forget_session
from portal.accounts.passkeys import Site
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import (
    SECOND,
    agent,
    device_mark,
    landing,
    landing_of,
    network,
    next_path,
    remember_sent,
    sent_to,
    signed_in,
    too_many,
)
from portal.accounts.service import Candidate, Entered
from portal.accounts.waits import wait_sentence
from portal.audit.doors import current_actor, do, record_refusal, see, writing
from portal.kernel.errors import TooMany
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import new_secret
from portal.kernel.unit import Unit

REGISTRATION = "registration"


def browser_digest(secret: str) -> str:
    """What a registration keeps of the browser it came from."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@blueprint.get("/register")
@see("accounts:enter")
def register_page(unit: Unit) -> ResponseReturnValue:
    """The form for a new account."""
    target = next_path(request.args.get("next"))
    if g.account is not None:
        return redirect(target or "/", 303)
    return _register_page(RegisterForm(next=target or ""))


def _register_page(form: RegisterForm) -> str:
    return render_template("accounts/register.html", form=form, next=next_path(form.next.data))


@blueprint.post("/register")
@do("accounts:register")
def register() -> ResponseReturnValue:
    """Takes a registration in. The answer is the same whether the address has an account or not."""
    form = RegisterForm()
    if not form.validate():
        return _register_page(form), 422
    try:
        with writing() as unit:
            limits.charge(unit, limits.REGISTER_EMAIL, form.address)
            limits.charge(unit, limits.REGISTER_ADDRESS, network())
    except TooMany as problem:
        form.refuse({"": wait_sentence(problem)})
        return too_many(_register_page(form), problem)
    hashed = passwords.hash_password(form.password.data)
    browser = new_secret()
    with writing() as unit:
        service.ask_to_register(
            unit,
            email=form.address,
            password_hash=hashed,
            next_path=next_path(form.next.data),
            browser=browser_digest(browser),
            network=network(),
            agent=agent(),
        )
    session[REGISTRATION] = browser
    remember_sent(form.address)
    return redirect("/register/sent", 303)


@blueprint.get("/register/sent")
@see("accounts:enter")
def register_sent(unit: Unit) -> ResponseReturnValue:
    """Where to look next."""
    return render_template("accounts/sent.html", what="register", email=sent_to())


@blueprint.get("/sign-in")
@see("accounts:enter")
def sign_in_page(unit: Unit) -> ResponseReturnValue:
    """The form to sign in."""
    target = next_path(request.args.get("next"))
    if g.account is not None:
        return redirect(target or landing(g.account.roles), 303)
    return _sign_in_page(SignInForm(next=target or ""))


def _sign_in_page(form: SignInForm) -> str:
    usable = Site(current_house().settings.origin).usable
    return render_template(
        "accounts/sign_in.html",
        form=form,
        next=next_path(form.next.data),
        people=_demonstration_people(),
        passkeys=usable,
    )


def sign_in_again(sentence: str) -> ResponseReturnValue:
    """The form once more, with what went wrong on another way in."""
    form = SignInForm(formdata=None, next=next_path(request.form.get("next")) or "")
    form.refuse({"": sentence})
    return _sign_in_page(form), 422


def _demonstration_people() -> list[dict[str, Any]]:
    """Who can sign in to a demonstration; nobody elsewhere."""
    settings = current_house().settings
    if not settings.demo:
        return []
    try:
        told = json.loads((settings.instance / "demo.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    officers = ({**person, "officer": True} for person in told.get("officers", ()))
    return [*told.get("customers", ()), *officers, *told.get("staff", ())]


@blueprint.post("/sign-in")
@do("accounts:sign-in")
def sign_in() -> ResponseReturnValue:
    """Signs in, in three steps: the limits, the password outside any unit, the session or the second step."""
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form), 422
    try:
        with writing() as unit:
            found = service.begin_sign_in(unit, email=form.address, network=network(), device_of=device_mark)
    except TooMany as problem:
        record_refusal(SignInRefused(reason="too-many"))
        form.refuse({"": wait_sentence(problem)})
        return too_many(_sign_in_page(form), problem)
    if not passwords.matches(found.password_hash, form.password.data) or found.account_id is None:
        return _refused(form, found)
    entered = _enter(found, form.password.data)
    target = next_path(form.next.data)
    if entered.waits:
        session[SECOND] = entered.secret
        return redirect("/sign-in/second" + (f"?next={quote(target, safe='')}" if target else ""), 303)
    if not entered.lost:
        return signed_in(entered.secret, found.account_id, target or landing_of(found.account_id))
    response = signed_in(entered.secret, found.account_id, "/account/factors")
    flash(_("Your lost second step is removed: the password alone opens your account. Set up a new one here."))
    return response


def _enter(found: Candidate, password: str) -> Entered:
    if found.account_id is None or found.since is None:
        abort(403)
    fresh = passwords.hash_password(password) if passwords.outdated(found.password_hash) else None
    with writing() as unit:
        entered = service.enter(
            unit,
            account_id=found.account_id,
            password_hash=found.password_hash,
            agent=agent(),
            known=device_mark(found.account_id, found.since) is not None,
        )
        if fresh is not None:
            service.upgrade_hash(unit, account_id=found.account_id, old=found.password_hash, new=fresh)
        if not entered.waits:
            end_former(unit)
    return entered


def end_former(unit: Unit) -> None:
    """Whoever was signed in here before is signed out: one browser, one person."""
    if g.account is not None:
        service.sign_out(unit, session_id=g.account.session_id, account_id=g.account.account_id)


def _refused(form: SignInForm, found: Candidate) -> ResponseReturnValue:
    with writing() as unit:
        service.refuse_sign_in(unit, account_id=found.account_id, network=network(), agent=agent())
    sentence = _(
        "The e-mail address and the password do not belong together, or the address is not confirmed yet: "
        "check both, and look at your mail."
    )
    form.refuse({"": sentence})
    return _sign_in_page(form), 422


@blueprint.post("/sign-out")
@do("accounts:sign-out")
def sign_out() -> ResponseReturnValue:
    """Ends this session, here and in the house."""
    actor = current_actor()
    if g.account is not None and actor.session_id is not None:
        with writing() as unit:
            service.sign_out(unit, session_id=actor.session_id, account_id=g.account.account_id)
    forget_session()
    flash(_("You have signed out."))
    response = redirect("/", 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
