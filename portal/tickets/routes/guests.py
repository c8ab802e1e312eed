"""Guests: somebody writes to a company by the link that it puts on its own site, and keeps a link to the conversation.

Whoever has that link goes on with it; it is nobody's in particular until somebody says, signed in, that it is theirs.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import context, do, reading, see, writing
from portal.files.shared import shared_file
from portal.kernel.errors import BadRequest, Conflict, Gone, TooMany
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.networks import network_of
from portal.kernel.polling import OVER, by_itself
from portal.kernel.unit import STRANGER, Actor, Unit
from portal.tickets.forms import AskForm, GuestForm, MailForm, filled, fresh
from portal.tickets.hours import said_of_hours
from portal.tickets.machine import CLOSE, REOPEN, REPLY
from portal.tickets.reads import hours_of, thread_of
from portal.tickets.reads.attached import files_said, message_of_file
from portal.tickets.reads.guests import GuestView, guest_by, host_of
from portal.tickets.reads.news import standing_of_mine
from portal.tickets.routes.asking import asks_of_guest, no_news, since_in
from portal.tickets.routes.room import blueprint, words
from portal.tickets.service import New, in_turn, say
from portal.tickets.service.guests import (
    ask_mail,
    begin_as_guest,
    charge_words,
    confirm_mail,
    end_mail,
    join,
    secret_for,
)
from portal.vendors.reads import VendorView

T = TypeVar("T")
_ACTIONS = (REPLY, REOPEN, CLOSE)


def _acting_as(actor: Actor, work: Callable[[Unit], T]) -> T:
    """Does something as a guest: whoever is signed in beside it is on no record of it."""

    def units() -> AbstractContextManager[Unit]:
        return current_house().writing(actor, **context())

    return in_turn(units, work)


def _network() -> str:
    return network_of(request.remote_addr or "")


# A conversation begins.


@blueprint.get("/ask/<slug>")
@see("talks:see")
def ask(unit: Unit, slug: str) -> str:
    """The form of a company's guests."""
    return _asking(unit, host_of(unit, slug), fresh(AskForm))


@blueprint.post("/ask/<slug>")
@do("talks:write")
def ask_company(slug: str) -> ResponseReturnValue:
    """Begins it, and leads to the link by which the guest finds it again. Pressed twice, it begins once."""
    form = filled(AskForm, request.form)
    form.offer()
    with reading() as unit:
        host = host_of(unit, slug)
    if form.validate():
        secret = secret_for(current_house(), form.made())
        try:
            _acting_as(STRANGER, lambda unit: _begun(unit, host, form, secret))
        except TooMany as problem:
            form.refuse({"words": _too_many()})
            with reading() as unit:
                return _asking(unit, host, form), problem.status
        return redirect(url_for("tickets.talk", secret=secret), 303)
    with reading() as unit:
        return _asking(unit, host, form), 422


def _begun(unit: Unit, host: VendorView, form: AskForm, secret: str) -> None:
    new = New(kind=form.kind.data, words=form.words.data or "")
    begin_as_guest(unit, vendor_id=host.id, new=new, name=form.name.data or "", secret=secret, network=_network())


def _too_many() -> str:
    return _("Very much was written from here in the last hour. Your words are kept in the form: send them a little later.")


def _asking(unit: Unit, host: VendorView, form: AskForm) -> str:
    form.offer()
    return render_template("tickets/ask.html", host=host, form=form, hours=said_of_hours(hours_of(unit, host.id), unit.at))


# It goes on.


@blueprint.get("/ask/talk/<secret>")
@see("talks:see")
def talk(unit: Unit, secret: str) -> ResponseReturnValue:
    """The conversation, for whoever has the link; once it is in an account, the way there."""
    guest = guest_by(unit, secret)
    if guest.joined_at is None:
        return _page(unit, guest, secret)
    if guest.customer_id == unit.actor.customer_id:
        return redirect(url_for("tickets.conversation", ticket=text_of(guest.ticket_id)), 303)
    return render_template("tickets/ask_joined.html", guest=guest, leads_to=text_of(guest.ticket_id)), 410


@blueprint.post("/ask/talk/<secret>")
@do("talks:write")
def say_as_guest(secret: str) -> ResponseReturnValue:
    """Something is said or done in it. Where it cannot be done any more, the page says so and keeps the words."""
    action, guest = request.form.get("action", ""), _guest(secret)
    if action not in _ACTIONS:
        raise BadRequest("unknown-action")
    form = None if action == CLOSE else filled(GuestForm, request.form)
    if form is not None and not form.validate():
        return _again(secret, form), 422
    said = {"seen": _seen()} if form is None else {"words": form.words.data, "once": form.made()}

    def work(unit: Unit) -> None:
        charge_words(unit, guest=guest)
        say(unit, ticket_id=guest.ticket_id, action=action, **said)

    try:
        _acting_as(guest.actor, work)
    except (Conflict, TooMany) as problem:
        flash(_too_many() if isinstance(problem, TooMany) else _changed(), "warning")
        return _again(secret, form), problem.status
    return redirect(url_for("tickets.talk", secret=secret, _anchor="latest"), 303)


def _changed() -> str:
    return _("It has changed meanwhile, and this can no longer be done. See how it stands now.")


def _guest(secret: str) -> GuestView:
    """A guest who is nobody else's yet."""
    with reading() as unit:
        guest = guest_by(unit, secret)
    if guest.joined_at is not None:
        raise Gone("joined")
    return guest


def _seen() -> int | None:
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _again(secret: str, form: Any = None, mail: Any = None) -> str:
    with reading() as unit:
        return _page(unit, guest_by(unit, secret), secret, form, mail)


def _page(unit: Unit, guest: GuestView, secret: str, form: Any = None, mail: Any = None) -> str:
    thread = thread_of(unit, guest.customer_id, guest.holder_id, guest.ticket_id)
    return render_template(
        "tickets/talk.html",
        guest=guest,
        thread=thread,
        ticket=thread.ticket,
        secret=secret,
        form=form or fresh(GuestForm),
        mail=mail or MailForm(formdata=None),
        files=files_said(unit, guest.customer_id, [one.id for one in thread.said]),
        file_at=_file_at(secret),
        asks=asks_of_guest(unit, thread.ticket, secret),
        hours="" if thread.ticket.is_over else said_of_hours(hours_of(unit, guest.vendor_id), unit.at),
        origin=unit.house.settings.origin,
        now=unit.at,
        **words(),
    )


def _file_at(secret: str) -> dict[str, Any]:
    return {"endpoint": "tickets.talk_file", "preview": None, "where": {"secret": secret}}


@blueprint.get("/ask/talk/<secret>/since")
@see("talks:see")
@by_itself
def talk_since(unit: Unit, secret: str) -> ResponseReturnValue:
    """What is new for a guest."""
    guest = guest_by(unit, secret)
    if guest.joined_at is not None:
        return Response(status=OVER)
    standing, after = standing_of_mine(unit, guest.customer_id, guest.ticket_id), since_in(unit, guest.ticket_id)
    quiet = no_news(standing, after)
    if quiet is not None:
        return Response(status=quiet)
    thread = thread_of(unit, guest.customer_id, guest.holder_id, guest.ticket_id)
    news = thread.said[after:]
    return render_template(
        "tickets/news.html",
        ticket=thread.ticket,
        news=news,
        files=files_said(unit, guest.customer_id, [one.id for one in news]),
        file_at=_file_at(secret),
        doing=thread.allowed,
        asks=asks_of_guest(unit, thread.ticket, secret),
        **words(),
    )


@blueprint.get("/ask/talk/<secret>/files/<file>")
@see("talks:see")
def talk_file(unit: Unit, secret: str, file: str) -> ResponseReturnValue:
    """A file that the company sent, to be saved."""
    guest, file_id = guest_by(unit, secret), id_from(file)
    if guest.joined_at is not None:
        raise Gone("joined")
    about = message_of_file(unit, guest.customer_id, guest.ticket_id, file_id)
    return shared_file(unit, guest.customer_id, about, file_id).response


# By mail, and into an account.


@blueprint.post("/ask/talk/<secret>/mail")
@do("talks:write")
def mail_to_guest(secret: str) -> ResponseReturnValue:
    """Answers by mail as well, once the address was confirmed; or no more of them."""
    guest = _guest(secret)
    if "end" in request.form:
        _acting_as(guest.actor, lambda unit: end_mail(unit, guest=guest))
        flash(_("No more mails come, and the address is kept no longer."))
        return redirect(url_for("tickets.talk", secret=secret), 303)
    form = filled(MailForm, request.form)
    if not form.validate():
        return _again(secret, mail=form), 422
    wanted: dict[str, Any] = {"guest": guest, "address": form.address(), "secret": secret, "network": _network()}
    try:
        _acting_as(guest.actor, lambda unit: ask_mail(unit, **wanted))
    except TooMany as problem:
        form.refuse({"email": _("Many addresses were named from here in the last hour. Try again later.")})
        return _again(secret, mail=form), problem.status
    flash(_("We have sent a link to that address. Once you press the button behind it, answers come there as well."))
    return redirect(url_for("tickets.talk", secret=secret), 303)


@blueprint.get("/ask/mail/<token>")
@see("talks:see")
def guest_mail(unit: Unit, token: str) -> str:
    """The button that confirms an address. Looking at it tells nothing, and changes nothing."""
    return render_template("tickets/ask_mail.html", token=token)


@blueprint.post("/ask/mail/<token>")
@do("talks:write")
def confirm_guest_mail(token: str) -> ResponseReturnValue:
    """Confirms it."""
    guest = _acting_as(STRANGER, lambda unit: confirm_mail(unit, token=token))
    return render_template("tickets/ask_mail.html", token=None, guest=guest)


@blueprint.post("/ask/talk/<secret>/mine")
@do("talks:join")
def make_mine(secret: str) -> ResponseReturnValue:
    """Whoever is signed in puts it into their account."""
    guest = _guest(secret)
    try:
        with writing() as unit:
            join(unit, guest=guest)
    except Conflict:
        flash(_("You have blocked %(company)s. Unblock it under Sharing first.", company=guest.vendor), "warning")
        return redirect(url_for("tickets.talk", secret=secret), 303)
    flash(_("It is in your account now, and you are connected with %(company)s.", company=guest.vendor))
    return redirect(url_for("tickets.conversation", ticket=text_of(guest.ticket_id)), 303)
