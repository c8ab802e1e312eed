"""Delegates: whom one lets act, for whom one may act oneself, the link of an invitation, and acting in this browser."""

from flask import flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal import access
from portal.accounts import limits, service
from portal.accounts.delegation_words import areas_in_words, begin_in_words, only_sees
from portal.accounts.forms import DelegateForm
from portal.accounts.loading import forget_forms
from portal.accounts.reads import (
    Acting,
    Person,
    delegation_of,
    delegations_of,
    email_of,
    held_by,
    invitation_of,
    require_proof,
)
from portal.accounts.routes import blueprint
from portal.accounts.routes.common import next_path, too_many
from portal.accounts.waits import wait_sentence
from portal.audit.doors import current_actor, do, reading, see, writing
from portal.audit.leading import led
from portal.customers.reads import name_for_delegate
from portal.kernel.errors import Conflict, Gone, Invalid, NotFound, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit

INVITATIONS = limits.Rule("delegates.invite", 10, 86_400)


def _me() -> bytes:
    customer_id = current_actor().customer_id
    if customer_id is None:
        raise NotFound
    return customer_id


@blueprint.get("/account/delegates")
@led
@see("delegates:see")
def delegates(unit: Unit) -> ResponseReturnValue:
    """Whom one lets act for oneself, and for whom one may act."""
    assert unit.actor.id is not None
    mine = delegations_of(unit, _me())
    held = [(one, name_for_delegate(unit, one.customer_id, one.account_id)) for one in held_by(unit, unit.actor.id)]
    return render_template(
        "accounts/delegates.html",
        open=[one for one in mine if one.state in ("live", "invited")],
        over=[one for one in mine if one.state not in ("live", "invited")],
        held=held,
        areas_in_words=areas_in_words,
        begin_in_words=begin_in_words,
        only_sees=only_sees,
        text_of=text_of,
    )


@blueprint.get("/account/delegates/new")
@see("delegates:see")
def new_delegate(unit: Unit) -> ResponseReturnValue:
    """The form that asks somebody."""
    require_proof(unit)
    return _new_page(DelegateForm())


def _new_page(form: DelegateForm) -> str:
    return render_template("accounts/delegate_new.html", form=form)


@blueprint.post("/account/delegates/new")
@do("delegates:change")
def invite_delegate() -> ResponseReturnValue:
    """Sends the invitation, for whoever has just proved to be the account's owner."""
    with reading() as unit:
        require_proof(unit)
        at = unit.at
    form = DelegateForm()
    if not form.validate() or not form.check(at, zone()):
        return _new_page(form), 422
    try:
        with writing() as unit:
            limits.charge(unit, INVITATIONS, text_of(_me()))
            service.invite(
                unit, called=form.called.data, email=form.address, areas=form.areas(), until=form.end(unit.at, zone())
            )
    except TooMany as problem:
        form.refuse({"": wait_sentence(problem)})
        return too_many(_new_page(form), problem)
    except (Invalid, Conflict) as problem:
        form.refuse(_sentences(problem.reason))
        return _new_page(form), 422
    flash(_("We have written to %(address)s. Nothing is open to them before they say yes.", address=form.address))
    return redirect("/account/delegates", 303)


def _sentences(reason: str) -> dict[str, str]:
    return {
        "own-address": {"email": _("This is your own address.")},
        "until": {"day": _("Choose a day from today on, within a year.")},
        "too-many-delegates": {"": _("You have asked as many people as you can at a time. End one of them first.")},
    }.get(reason, {"": _("Choose at least one place.")})


@blueprint.get("/account/delegates/<delegation>/end")
@see("delegates:see")
def end_page(unit: Unit, delegation: str) -> ResponseReturnValue:
    """Asks before a delegation ends; the same page for both who can end it."""
    id_ = id_from(delegation)
    held = _held(unit, id_)
    if held is not None:
        name = name_for_delegate(unit, held.customer_id, held.account_id)
        return render_template("accounts/delegate_end.html", mine=None, name=name, id=delegation)
    mine = delegation_of(unit, _me(), id_)
    if mine.state not in ("live", "invited"):
        return redirect("/account/delegates", 303)
    return render_template("accounts/delegate_end.html", mine=mine, name=mine.called, id=delegation)


def _held(unit: Unit, delegation_id: bytes) -> Acting | None:
    assert unit.actor.id is not None
    return next((one for one in held_by(unit, unit.actor.id) if one.delegation_id == delegation_id), None)


@blueprint.post("/account/delegates/<delegation>/end")
@do("delegates:change")
def end_delegation(delegation: str) -> ResponseReturnValue:
    """Ends it, at once. Pressed twice it is no error."""
    with writing() as unit:
        service.end_delegation(unit, delegation_id=id_from(delegation))
    flash(_("It is ended. From now on nothing can be seen or done by it."))
    return redirect("/account/delegates", 303)


@blueprint.get("/delegations/<token>")
@see("delegations:see")
def invitation_page(unit: Unit, token: str) -> ResponseReturnValue:
    """To strangers: that there is an invitation, whatever the link. To whoever is signed in: from whom, and for what."""
    if unit.actor.customer_id is None:
        return render_template("accounts/delegation_stranger.html", token=token)
    asked = invitation_of(unit, token)
    if asked is None:
        return _over()
    return render_template(
        "accounts/delegation.html",
        token=token,
        asked=asked,
        own=asked.customer_id == unit.actor.customer_id,
        areas=areas_in_words(asked.areas),
        address=email_of(unit, unit.actor.id or b""),
    )


def _over() -> ResponseReturnValue:
    return render_template("accounts/delegation_over.html"), 410


@blueprint.post("/delegations/<token>")
@do("delegations:answer")
def accept_invitation(token: str) -> ResponseReturnValue:
    """Says yes."""
    try:
        with writing() as unit:
            service.accept(unit, token=token)
    except Gone:
        return _over()
    flash(_("You may act for them from now on. You find them here, and in the menu under your name."))
    return redirect("/account/delegates", 303)


@blueprint.post("/delegations/<token>/decline")
@do("delegations:answer")
def decline_invitation(token: str) -> ResponseReturnValue:
    """Says no."""
    try:
        with writing() as unit:
            service.decline(unit, token=token)
    except Gone:
        return _over()
    flash(_("You said no. Whoever asked you is told so."))
    return redirect("/", 303)


@blueprint.post("/acting/<delegation>")
@do("acting:begin")
def begin_acting(delegation: str) -> ResponseReturnValue:
    """From here on this browser shows the customer's places, as far as they are lent."""
    with writing() as unit:
        found = service.begin_acting(unit, delegation_id=id_from(delegation))
    forget_forms()
    return redirect(access.first_place(found.areas), 303)


@blueprint.post("/acting/stop")
@do("acting:stop")
def stop_acting() -> ResponseReturnValue:
    """This browser is its person's own again."""
    person: Person = g.account
    if person.acting_for is not None:
        with writing() as unit:
            service.stop_acting(unit, session_id=person.session_id, delegation_id=person.acting_for)
        forget_forms()
        flash(_("You are on your own pages again. What the other person allowed you stands as it was."))
    return redirect(next_path(request.form.get("next")) or "/", 303)
