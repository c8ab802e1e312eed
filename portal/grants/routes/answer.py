"""The request a company made: shown, and answered with one press."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.reads import require_proof
from portal.audit.doors import check, do, reading, writing
from portal.customers.service import set_attributes
from portal.grants import reads
from portal.grants.choices import Choice, is_sensitive
from portal.grants.models import ANSWERED, WAITING, WITHDRAWN, Grant
from portal.grants.routes import kept, tried
from portal.grants.routes.amending import is_astray, is_settled, settled_meanwhile, turned_away, unasked, unmet
from portal.grants.routes.asked import Asked
from portal.grants.routes.gathering import gather, look_up
from portal.grants.routes.over import over
from portal.grants.routes.room import blueprint, me
from portal.grants.routes.shown import keep_begun, page_of, text_changed, what_became
from portal.grants.routes.standing import is_shared
from portal.grants.routes.trying import find_earlier, preview_page, tried_page
from portal.grants.routes.unsure import wait
from portal.grants.service import claim_request, give, refuse
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.oauth.reads import redirect_origin
from portal.oauth.service import issue_code, issue_code_again, refusal_url
from portal.oauth.service.knowing import cannot_be_met


@blueprint.get("/requests/<request_id>")
@do("requests:open")
def request_page(request_id: str) -> ResponseReturnValue:
    """The request, for whoever opens it first and is signed in; from then on it is theirs."""
    id_ = id_from(request_id)
    with reading() as unit:
        found = reads.any_request(unit, id_)
        unbound, astray = found.customer_id is None, is_astray(unit, found)
    if astray:
        return turned_away(id_)
    if unbound:
        with writing() as unit:
            claim_request(unit, request_id=id_)
    with reading() as unit:
        waiting = reads.request_of(unit, id_)
        page = over(unit, waiting)
        if page is not None:
            return page
        if cannot_be_met(unit, id_):
            return unmet(id_)
        if is_settled(unit, waiting):
            return unasked(id_)
        chosen, begun = tried.read(id_, request.args.get("tried")), kept.read(unit, id_)
        back = begun.chosen if "kept" in request.args else None
        asked = gather(unit, waiting, chosen or back, begun.written)
        look_up(unit, asked)
    return page_of(asked) if chosen is None else preview_page(asked, unit)


@blueprint.post("/requests/<request_id>")
@do("requests:answer")
def answer(request_id: str) -> ResponseReturnValue:
    """Share, Don't share, or see what they would get."""
    id_ = id_from(request_id)
    pressed = request.form.get("answer", "")
    with reading() as unit:
        found = reads.request_of(unit, id_)
        if is_astray(unit, found):
            return turned_away(id_)
        if is_settled(unit, found):
            return settled_meanwhile(id_, no=pressed == "refuse")
        asked = gather(unit, found)
    response = make_response(_answered(asked, unit, pressed))
    if response.status_code != 303:
        # A page that answers a press: its script makes it one that can be come back to, by the way that is kept here.
        keep_begun(response, asked)
    elif pressed != "preview":
        kept.forget(response, id_)
    return response


def _answered(asked: Asked, unit: Unit, pressed: str) -> ResponseReturnValue:
    if asked.request.state in (ANSWERED, WITHDRAWN) and pressed != "share":
        return what_became(asked.request.id)
    if asked.request.state != WAITING and pressed == "share":
        # Whatever has changed since: the answer of the first press counts.
        return _share(asked, unit)
    valid = asked.form.validate() and asked.form.check_end(unit.at)
    if pressed == "refuse":
        return _refuse(asked, unit.at if valid else None)
    if not valid:
        return page_of(asked, 422)
    return tried_page(asked, unit) if pressed == "preview" else _share(asked, unit)


@blueprint.post("/requests/<request_id>/keep")
@do("requests:answer")
def keep(request_id: str) -> ResponseReturnValue:
    """Keeps what was begun while the reader chooses another language or appearance, and hands the press on to there."""
    place = request.args.get("to")
    if place not in ("language", "theme"):
        raise NotFound
    with reading() as unit:
        asked = gather(unit, reads.request_of(unit, id_from(request_id)))
    # The browser sends the same form on, which names where it leads back to.
    response = redirect(f"/{place}", 307)
    if asked.request.state == WAITING:
        keep_begun(response, asked)
    return response


def _share(asked: Asked, unit: Unit) -> ResponseReturnValue:
    form, shown = asked.form, request.form.get("notice", "")
    if asked.request.state == WAITING and wait(asked, unit.at):
        return page_of(asked, 422)
    try:
        with writing() as unit:
            return _give(unit, asked, shown)
    except Invalid as problem:
        form.refuse_paths(problem.fields)
        return page_of(asked, 422)
    except Conflict as problem:
        if problem.reason == "already-answered":
            return what_became(asked.request.id)
        if problem.reason == "grant-ended":
            return turned_away(asked.request.id)
        if problem.reason == "unmet":
            return unmet(asked.request.id)
        if problem.reason != "notice-changed":
            raise
        form.refuse({"": text_changed()})
        return page_of(asked, 409)


def _give(unit: Unit, asked: Asked, shown: str) -> ResponseReturnValue:
    form, id_ = asked.form, asked.request.id
    choices = form.choices(unit.at)
    again = reads.request_of(unit, id_, lock=True).state == ANSWERED
    grant = _given(unit, asked, choices, shown, again)
    if redirect_origin(unit, id_) is not None:
        url = (issue_code_again if again else issue_code)(unit, request_id=id_, grant=grant)
        return redirect(url, 303) if url else what_became(id_)
    if again:
        return what_became(id_)
    flash(_told(asked), "done")
    return redirect(url_for("grants.company", link=text_of(grant.link_id)), 303)


def _told(asked: Asked) -> str:
    """What a yes did that no program waits for."""
    if asked.paused_at is not None:
        return _("Kept. %(company)s sees nothing of it until you go on sharing.", company=asked.vendor.name)
    return _("You share it with %(company)s now.", company=asked.vendor.name)


def _given(unit: Unit, asked: Asked, choices: Any, shown: str, again: bool) -> Grant:
    if not again and is_sensitive(choices):
        # A yes that was given may be given again: what it gives away has left already.
        require_proof(unit)
    typed = asked.form.typed()
    grant = give(unit, request_id=asked.request.id, choices=choices, notice=shown)
    if again:
        # What came along with the first press was done then, and may have been taken back since.
        return grant
    if typed:
        check("data:change", unit.actor)
        set_attributes(unit, customer_id=me(), values=typed)
    if asked.finds_earlier:
        check("earlier:part", unit.actor)
        find_earlier(unit, asked)
    return grant


def _refuse(asked: Asked, at: datetime | None) -> ResponseReturnValue:
    id_, offer = asked.request.id, _offer(asked, at)
    # Only a company that waits for the answer here can be told of it here.
    tell = bool(offer) and asked.may_tell_offer and request.form.get("tell") == "y"
    try:
        with writing() as unit:
            if tell and offer is not None and is_sensitive(offer):
                require_proof(unit)
            refuse(unit, request_id=id_, counter_offer=offer, notice=request.form.get("notice"), tell=tell)
            return _after_no(unit, asked, told=tell)
    except Conflict as problem:
        if problem.reason != "already-answered":
            raise
        return what_became(id_)


def _offer(asked: Asked, at: datetime | None) -> Mapping[str, Choice] | None:
    """What would have been shared had the company required less; None where that was not what stood in the way."""
    return asked.form.choices(at) if at is not None and asked.form.lacking(at) else None


def _after_no(unit: Unit, asked: Asked, *, told: bool) -> ResponseReturnValue:
    url = refusal_url(unit, request_id=asked.request.id)
    if url is None and told:
        flash(_("You said no, and %(company)s learns what you would share.", company=asked.vendor.name), "done")
    elif url is None:
        goes_on = _("Nothing has changed: what you share with them stays as it is.")
        flash(goes_on if is_shared(unit, asked.request) else _("Nothing was shared."), "done")
    return redirect(url or url_for("grants.sharing"), 303)


