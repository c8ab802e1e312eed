"""The pages of messages: the inbox, mails to read again, what comes by mail, and the link that turns a kind off."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.accounts.addresses import local_path
from portal.audit.doors import current_actor, do, reading, see, writing
from portal.customers import reads as customers
from portal.kernel.errors import BadRequest, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import id_from
from portal.kernel.mail import NO_STOP, whose
from portal.kernel.unit import Unit
from portal.links.invited import TOPIC as INVITATION
from portal.links.service import say_no_by_mail
from portal.messages.deadlines import deadline
from portal.messages.kinds import ADJUSTABLE, KINDS, SECURITY, WEEK, choices_of, turned_off
from portal.messages.looks import looks_from
from portal.messages.reads import hows_of, messages_of, notices_of, open_notice, person_of_holder, untold_to
from portal.messages.reads.watched import Look
from portal.messages.service import choose, mark_looked_at, mark_seen, tell_looks

blueprint = Blueprint("messages", __name__)


@blueprint.get("/messages")
@see("messages:see")
def inbox(unit: Unit) -> ResponseReturnValue:
    """What the reader is told: the new first, then what was read, then what is over."""
    notices = notices_of(unit, unit.actor.customer_id or b"")
    return render_template("messages/inbox.html", notices=notices)


@blueprint.post("/messages/seen")
@do("messages:choose")
def seen() -> ResponseReturnValue:
    """All notices are read."""
    with writing() as unit:
        mark_seen(unit)
    return redirect("/messages", 303)


@blueprint.post("/messages/<notice>/open")
@do("messages:choose")
def opened(notice: str) -> ResponseReturnValue:
    """One notice is read, and leads to what there is to do about it."""
    with writing() as unit:
        found = open_notice(unit, unit.actor.customer_id or b"", id_from(notice))
        mark_seen(unit, [id_from(notice)])
    return redirect(found.href, 303)


@blueprint.post("/messages/follow")
@do("messages:follow")
def followed() -> ResponseReturnValue:
    """What some notices tell of was followed from a page that tells of it, too: they are read, and it leads on.

    Looks may have been shown there before anybody was told of them; they are told of first, to be read with the rest.
    """
    text = request.form.get("looks")
    looks = None if text is None else looks_from(text)
    untold = [] if looks is None else _untold()
    with writing() as unit:
        tell_looks(unit, untold)
        mark_seen(unit, [id_from(notice) for notice in request.form.getlist("notice")])
        if looks is not None:
            mark_looked_at(unit, looks)
    return redirect(local_path(request.form.get("next")) or "/messages", 303)


def _untold() -> list[Look]:
    with reading() as unit:
        if unit.actor.customer_id is None or unit.actor.holder_id is None:
            return []
        return untold_to(unit, unit.actor.customer_id, unit.actor.holder_id)


@blueprint.get("/messages/mails")
@see("mails:see")
def mails(unit: Unit) -> ResponseReturnValue:
    """What was mailed to the reader."""
    before = request.args.get("before")
    shown, older = messages_of(unit, id_from(before) if before else None)
    return render_template(
        "messages/mails.html",
        messages=shown,
        older=older,
        first=before is None,
        deadline=partial(deadline, now=unit.at, zone=zone(), country=_country(unit)),
    )


def _country(unit: Unit) -> str | None:
    """Where the reader lives, as far as their own data says."""
    if unit.actor.customer_id is None:
        return None
    address = customers.value_of(unit, unit.actor.customer_id, "profile.address") or {}
    country: str | None = address.get("country")
    return country


@blueprint.get("/messages/settings")
@see("mails:see")
def settings(unit: Unit) -> ResponseReturnValue:
    """What comes by mail, and when."""
    return render_template(
        "messages/settings.html",
        kinds=(*ADJUSTABLE, KINDS[WEEK]),
        security=SECURITY,
        chosen=hows_of(unit, unit.actor.customer_id or b""),
        choices_of=choices_of,
    )


@blueprint.post("/messages/settings")
@do("mails:choose")
def change_settings() -> ResponseReturnValue:
    """Keeps what was chosen; a kind that was not sent stays as it is."""
    customer_id = current_actor().customer_id
    chosen = {kind.name: request.form.get(kind.name) for kind in (*ADJUSTABLE, KINDS[WEEK])}
    if customer_id is None or any(how is not None and how not in choices_of(kind) for kind, how in chosen.items()):
        raise BadRequest("unknown-choice")
    with writing() as unit:
        for kind, how in chosen.items():
            if how is not None:
                choose(unit, customer_id=customer_id, kind=kind, how=how)
    flash(_("Your choice is kept."))
    return redirect("/messages/settings", 303)


@blueprint.get("/unsubscribe/<token>")
@see("messages:unsubscribe")
def unsubscribing(unit: Unit, token: str) -> ResponseReturnValue:
    """What the press will do. Mail programs open addresses by themselves: this changes nothing."""
    if whose(unit, token)[1] == INVITATION:
        return render_template("links/declining.html", action=f"/unsubscribe/{token}", done=False)
    _, kind = _meant(unit, token)
    return render_template("messages/unsubscribe.html", kind=KINDS[kind], token=token, done=False)


@blueprint.post("/unsubscribe/<token>")
@do("messages:unsubscribe")
def unsubscribe(token: str) -> ResponseReturnValue:
    """Turns one kind off for one person, who need not be signed in (RFC 8058)."""
    with writing() as unit:
        holder_id, topic = whose(unit, token)
        if topic == INVITATION:
            say_no_by_mail(unit, holder_id=holder_id)
            return render_template("links/declining.html", done=True)
        customer_id, kind = _meant(unit, token)
        choose(unit, customer_id=customer_id, kind=kind, how=turned_off(kind), by="link")
    return render_template("messages/unsubscribe.html", kind=KINDS[kind], token=token, done=True)


def _meant(unit: Unit, token: str) -> tuple[bytes, str]:
    """Whom and which kind an address of ours means; NotFound for any other, and for what cannot be turned off."""
    holder_id, kind = whose(unit, token)
    customer_id = person_of_holder(unit, holder_id)
    if customer_id is None or not choices_of(kind):
        raise NotFound(NO_STOP)
    return customer_id, kind


WITHOUT_SESSION = (unsubscribe,)
"""Views that prove by what is in their address who may, and ask for no form of ours."""
