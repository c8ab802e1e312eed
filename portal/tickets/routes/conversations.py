"""A customer's conversations: the list, one of them, and what is said and done in it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, writing
from portal.files.checking import MOST_OF_A_FORM
from portal.files.service import Brought, tell_gone
from portal.kernel.clock import from_micros, micros
from portal.kernel.cursors import open_cursor, seal_cursor
from portal.kernel.errors import BadRequest, Conflict, Gone, TooMany
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.kernel.uploads import takes
from portal.tickets.forms import CallForm, RateForm, ReplyForm, filled, fresh
from portal.tickets.hours import said_of_hours
from portal.tickets.machine import CALL, CLOSE, FOLLOW, RATE, REOPEN, REPLY
from portal.tickets.reads import Place, hours_of, thread_of, tickets_of
from portal.tickets.reads.attached import files_said
from portal.tickets.reads.pack import elsewhere_of
from portal.tickets.reads.rows import Held, my_ticket
from portal.tickets.reads.things import numbers_of_orders, partners_of
from portal.tickets.routes.asking import asks_of_customer
from portal.tickets.routes.attaching import attach, keep_with
from portal.tickets.routes.room import blueprint, customer_of, file_at, open_kinds, words
from portal.tickets.service import follow, in_turn, rate, say
from portal.vendors.reads import vendors_of

_CURSOR = "tickets.page"
_FORMS = {REPLY: ReplyForm, REOPEN: ReplyForm, FOLLOW: ReplyForm, CALL: CallForm, RATE: RateForm, CLOSE: None}
_WORDS = {CALL: "phone"}


@blueprint.get("/messages/conversations")
@see("tickets:see")
def conversations(unit: Unit) -> str:
    """All of the customer's conversations, the latest first."""
    me = customer_of(unit)
    tickets, following = tickets_of(unit, me, after=_after(unit))
    return render_template(
        "tickets/conversations.html",
        tickets=tickets,
        orders=numbers_of_orders(unit, me, {one.about_id for one in tickets if one.about_id}),
        **_elsewhere(unit, me),
        may_begin=bool(partners_of(unit, me)),
        newer=url_for("tickets.conversations") if "after" in request.args else None,
        older=_older(unit, following),
        now=unit.at,
        **words(),
    )


def _elsewhere(unit: Unit, me: bytes) -> dict[str, Any]:
    """The latest calls and visits that companies told of, on the first page."""
    if "after" in request.args:
        return {"elsewhere": [], "companies": {}}
    found = elsewhere_of(unit, unit.actor.holder_id or b"", customer_id=me)
    return {"elsewhere": found, "companies": vendors_of(unit, {one.vendor_id for one in found})}


@blueprint.get("/messages/conversations/<ticket>")
@see("tickets:see")
def conversation(unit: Unit, ticket: str) -> str:
    """One conversation: what was said, what is promised, and what can be done."""
    return _page(unit, id_from(ticket))


@blueprint.post("/messages/conversations/<ticket>")
@do("tickets:write")
@takes(MOST_OF_A_FORM)
def act(ticket: str) -> ResponseReturnValue:
    """Something is said or done in it. Where it cannot be done any more, the page says so and keeps the words."""
    ticket_id, action = id_from(ticket), request.form.get("action", "")
    if action not in _FORMS:
        raise BadRequest("unknown-action")
    kind = _FORMS[action]
    form = filled(kind, request.form) if kind is not None else None
    is_right, brought = form is None or form.validate(), list[Brought]()
    with reading() as unit:
        held = my_ticket(unit, ticket_id)
    if kind is ReplyForm:
        brought = attach(form, **_whose(held))
    if not is_right or (form is not None and form.errors):
        with reading() as unit:
            return _page(unit, ticket_id, {action: form}), 422
    try:
        where = _done(held, action, form, brought)
    except Gone:
        assert form is not None
        tell_gone(form, reading, brought, customer_id=held.row.customer_id)
        with reading() as unit:
            return _page(unit, ticket_id, {action: form}), 422
    except (Conflict, TooMany) as problem:
        flash(_("It has changed meanwhile, and this can no longer be done. See how it stands now."), "warning")
        with reading() as unit:
            return _page(unit, ticket_id, {} if form is None else {action: form}), problem.status
    flash(str(_TOLD[action]()))
    return redirect(url_for("tickets.conversation", ticket=text_of(where), _anchor="latest"), 303)


_TOLD = {
    REPLY: lambda: _("Sent."),
    CALL: lambda: _("Sent: they know that you want to be called."),
    CLOSE: lambda: _("Closed. If it comes up again, write, and a new conversation begins that leads back to this one."),
    REOPEN: lambda: _("Opened again."),
    FOLLOW: lambda: _("Sent. This is a new conversation, which leads back to the closed one."),
    RATE: lambda: _("Thank you. They see what you chose."),
}


def _whose(held: Held) -> dict[str, bytes]:
    return {"customer_id": held.row.customer_id, "holder_id": held.holder_id}


def _done(held: Held, action: str, form: Any, brought: list[Brought]) -> bytes:
    """Does it; gives the conversation in which it goes on."""
    ticket_id: bytes = held.row.id
    if action == FOLLOW:
        return in_turn(writing, lambda unit: _followed(unit, held, form, brought))
    if action == RATE:
        event_id = id_from(request.form.get("ending", ""))
        in_turn(writing, lambda unit: rate(unit, ticket_id=ticket_id, event_id=event_id, score=form.score.data))
        return ticket_id
    said = {} if form is None else {"words": form[_WORDS.get(action, "words")].data, "once": form.made()}
    seen = _seen() if form is None else None

    def work(unit: Unit) -> None:
        keep_with(unit, say(unit, ticket_id=ticket_id, action=action, seen=seen, **said), brought, **_whose(held))

    in_turn(writing, work)
    return ticket_id


def _followed(unit: Unit, held: Held, form: Any, brought: list[Brought]) -> bytes:
    made = follow(unit, ticket_id=held.row.id, words=form.words.data, once=form.made())
    keep_with(unit, made.message, brought, **_whose(held))
    return made.id


def _seen() -> int | None:
    """The version that whoever pressed had before them."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _page(unit: Unit, ticket_id: bytes, sent: dict[str, Any] | None = None) -> str:
    me = customer_of(unit)
    assert unit.actor.holder_id is not None
    thread = thread_of(unit, me, unit.actor.holder_id, ticket_id)
    elsewhere = elsewhere_of(unit, unit.actor.holder_id, customer_id=me, ticket_id=ticket_id)
    about = thread.ticket.about_id
    forms = {action: sent[action] if sent and action in sent else _empty(action) for action in _FORMS}
    return render_template(
        "tickets/conversation.html",
        thread=thread,
        ticket=thread.ticket,
        forms=forms,
        elsewhere=elsewhere,
        files=files_said(unit, me, [one.id for one in thread.said]),
        file_at=file_at(ticket_id),
        order_number=numbers_of_orders(unit, me, {about}).get(about) if about else None,
        sees=open_kinds(unit.actor),
        asks=asks_of_customer(unit, thread.ticket),
        hours="" if thread.ticket.is_over else said_of_hours(hours_of(unit, thread.ticket.vendor_id), unit.at),
        now=unit.at,
        zone=zone(),
        **words(),
    )


def _empty(action: str) -> Any:
    kind = _FORMS[action]
    if kind is None:
        return None
    return RateForm(formdata=None) if action == RATE else fresh(kind)


def _after(unit: Unit) -> Place | None:
    text = request.args.get("after")
    if text is None:
        return None
    value = open_cursor(unit.house, _CURSOR, text_of(customer_of(unit)), text)
    return Place(from_micros(value["t"]), id_from(value["i"]))


def _older(unit: Unit, place: Place | None) -> str | None:
    if place is None:
        return None
    value = {"i": text_of(place.id), "t": micros(place.changed_at)}
    return url_for("tickets.conversations", after=seal_cursor(unit.house, _CURSOR, text_of(customer_of(unit)), value))
