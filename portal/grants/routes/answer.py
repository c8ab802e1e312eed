"""The request a company made: shown, tried out, and answered with one press."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.accounts.reads import require_proof
from portal.audit.doors import check, do, reading, see, writing
from portal.customers.service import set_attributes
from portal.grants import reads
from portal.grants.choices import Choice, NothingLeft, applied, is_sensitive
from portal.grants.models import ANSWERED, WAITING, WITHDRAWN, Grant
from portal.grants.routes import kept, tried
from portal.grants.routes.amending import is_astray, is_settled, settled_meanwhile, turned_away, unasked, unmet
from portal.grants.routes.asked import Asked
from portal.grants.routes.company import block_page
from portal.grants.routes.gathering import gather, is_as_it_was, look_up
from portal.grants.routes.over import over
from portal.grants.routes.preview import Seen, left_out, seen_under, trial_leases
from portal.grants.routes.room import blueprint, me
from portal.grants.routes.standing import is_shared
from portal.grants.routes.unsure import wait, why_nothing
from portal.grants.service import claim_request, give, refuse, take_back_offer
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, text_of
from portal.kernel.unit import Unit
from portal.links.service import block_vendor, fold
from portal.oauth.reads import redirect_origin
from portal.oauth.service import issue_code, issue_code_again, refusal_url
from portal.oauth.service.knowing import cannot_be_met
from portal.vendors.reads import vendor_of

T = TypeVar("T")


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
    return _page(asked) if chosen is None else _preview(asked, unit)


def _page(asked: Asked, status: int = 200) -> ResponseReturnValue:
    if asked.said is None:
        with reading() as unit:
            if not is_as_it_was(unit, asked):
                flash(_changed(), "warning")
                return _what_became(asked.request.id)
            look_up(unit, asked)
    origin = asked.page.leads_to
    if origin is not None:
        # The answer leads there, and nowhere else.
        g.csp_form_action.append(origin)
    asked.form.notice.data = asked.page.shown.version
    asked.form.renew()
    html = render_template(
        "grants/request.html", asked=asked, form=asked.form, vendor=asked.vendor, leads_back=origin is not None
    )
    return html, status


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
        _keep_begun(response, asked)
    elif pressed != "preview":
        kept.forget(response, id_)
    return response


def _answered(asked: Asked, unit: Unit, pressed: str) -> ResponseReturnValue:
    if asked.request.state in (ANSWERED, WITHDRAWN) and pressed != "share":
        return _what_became(asked.request.id)
    if asked.request.state != WAITING and pressed == "share":
        # Whatever has changed since: the answer of the first press counts.
        return _share(asked, unit)
    valid = asked.form.validate() and asked.form.check_end(unit.at)
    if pressed == "refuse":
        return _refuse(asked, unit.at if valid else None)
    if not valid:
        return _page(asked, 422)
    return _tried(asked, unit) if pressed == "preview" else _share(asked, unit)


def _keep_begun(response: Response, asked: Asked) -> bool:
    """Keeps all that was begun in the browser; False where it is too much for that."""
    with reading() as unit:
        text = kept.sealed(unit, asked.request.id, kept.Begun(asked.form.typed(), asked.form.tried()))
    if text is not None:
        kept.keep(response, asked.request.id, text)
    return text is not None


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
        _keep_begun(response, asked)
    return response


def _share(asked: Asked, unit: Unit) -> ResponseReturnValue:
    form, shown = asked.form, request.form.get("notice", "")
    if asked.request.state == WAITING and wait(asked, unit.at):
        return _page(asked, 422)
    try:
        with writing() as unit:
            return _give(unit, asked, shown)
    except Invalid as problem:
        form.refuse_paths(problem.fields)
        return _page(asked, 422)
    except Conflict as problem:
        if problem.reason == "already-answered":
            return _what_became(asked.request.id)
        if problem.reason == "grant-ended":
            return turned_away(asked.request.id)
        if problem.reason == "unmet":
            return unmet(asked.request.id)
        if problem.reason != "notice-changed":
            raise
        form.refuse({"": _changed()})
        return _page(asked, 409)


def _changed() -> str:
    return _("The text of this page has changed since you opened it. Please look again.")


def _what_became(id_: bytes) -> ResponseReturnValue:
    """The page of a request that was answered before this press came."""
    return redirect(url_for("grants.request_page", request_id=text_of(id_)), 303)


def _give(unit: Unit, asked: Asked, shown: str) -> ResponseReturnValue:
    form, id_ = asked.form, asked.request.id
    choices = form.choices(unit.at)
    again = reads.request_of(unit, id_, lock=True).state == ANSWERED
    grant = _given(unit, asked, choices, shown, again)
    if redirect_origin(unit, id_) is not None:
        url = (issue_code_again if again else issue_code)(unit, request_id=id_, grant=grant)
        return redirect(url, 303) if url else _what_became(id_)
    if again:
        return _what_became(id_)
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
        _find_earlier(unit, asked)
    return grant


def _find_earlier(unit: Unit, asked: Asked) -> None:
    assert asked.earlier is not None
    fold(unit, prospect_link=asked.earlier.link_id, into=me())


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
        return _what_became(id_)


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


class _Answered(Exception):
    """The request was answered while its answer was tried out."""


class _TriedOut(Exception):
    """Carries what was seen out of a unit that is rolled back."""

    def __init__(self, seen: list[Seen]) -> None:
        self.seen = seen


def _tried(asked: Asked, unit: Unit) -> ResponseReturnValue:
    """Leads to a page of its own, which can be left and come back to; what was written of oneself goes another way."""
    id_ = asked.request.id
    page = _preview(asked, unit) if asked.form.typed() else None
    if page is not None and not asked.seen:
        return page
    chosen = tried.written(id_, asked.form.tried())
    response = redirect(url_for("grants.request_page", request_id=text_of(id_), _anchor="seen", tried=chosen), 303)
    if _keep_begun(response, asked) or page is None:
        return response
    return page


def _preview(asked: Asked, unit: Unit) -> ResponseReturnValue:
    """The page again, with every choice as it was, and what the company would get with them."""
    if not (asked.form.validate() and asked.form.check_end(unit.at)):
        return _page(asked, 422)
    asked.form.renew()
    tries = asked.tries_earlier or asked.form.typed()
    try:
        asked.seen = _tried_out(asked) if tries else _in_reading(lambda unit: _seen(unit, asked))
    except NothingLeft:
        asked.form.refuse({"": why_nothing(asked, unit.at)})
        return _page(asked)
    except Invalid as problem:
        asked.form.refuse_paths(problem.fields)
        return _page(asked, 422)
    except _Answered:
        return _what_became(asked.request.id)
    return _page(asked)


def _seen(unit: Unit, asked: Asked) -> list[Seen]:
    granted = applied(asked.details, asked.form.choices(unit.at), unit.at)
    orders = any(name.startswith("orders.") for detail in granted for name in detail.datatypes)
    asked.only_counted = asked.finds_earlier and not asked.tries_earlier and orders
    asked.with_earlier = asked.tries_earlier and orders
    by_purpose = {detail.purpose: detail for detail in granted}
    seen: list[Seen] = []
    # In the order of the page, so that each reason is found where it was asked for; nothing goes unsaid.
    for purpose in (detail.purpose for detail in asked.details):
        here = [by_purpose[purpose]] if purpose in by_purpose else []
        leases = trial_leases(unit, asked.vendor.id, here, connected=asked.link is not None)
        seen += seen_under(unit, leases) or [left_out(purpose)]
    return seen


def _in_reading(ask: Callable[[Unit], T]) -> T:
    with reading() as unit:
        return ask(unit)


def _tried_out(asked: Asked) -> list[Seen]:
    """With what a yes would also do: values that were written into the page are put in, and earlier orders found.

    Looked at as the company would, and taken back.
    """
    try:
        _try(asked)
    except _TriedOut as tried:
        return tried.seen


def _try(asked: Asked) -> NoReturn:
    with writing() as unit:
        # Held first, as the yes holds it: neither waits for what the other has.
        if reads.request_of(unit, asked.request.id, lock=True).state != WAITING:
            raise _Answered
        if typed := asked.form.typed():
            set_attributes(unit, customer_id=me(), values=typed)
        if asked.tries_earlier:
            _find_earlier(unit, asked)
            # What answers to it moves the orders.
            unit.settle()
        raise _TriedOut(_seen(unit, asked))
    raise AssertionError("a unit does not swallow errors")


@blueprint.post("/requests/<request_id>/offer/take-back")
@do("requests:answer")
def take_offer_back(request_id: str) -> ResponseReturnValue:
    """What was offered in place of a request is offered no longer."""
    id_ = id_from(request_id)
    with writing() as unit:
        take_back_offer(unit, request_id=id_)
    flash(_("Taken back: nothing is offered any more."), "done")
    return _what_became(id_)


@blueprint.get("/requests/<request_id>/block")
@see("requests:see")
def ask_to_block(unit: Unit, request_id: str) -> str:
    """Asks before a company that keeps asking is blocked."""
    vendor = vendor_of(unit, reads.request_of(unit, id_from(request_id)).vendor_id)
    action = url_for("grants.block_asker", request_id=request_id)
    return block_page(unit, vendor, action, back=url_for("grants.request_page", request_id=request_id))


@blueprint.post("/requests/<request_id>/block")
@do("requests:answer")
def block_asker(request_id: str) -> ResponseReturnValue:
    """Blocks the company of a request: it can ask nothing and read nothing any more."""
    with writing() as unit:
        asked = reads.request_of(unit, id_from(request_id))
        vendor = vendor_of(unit, asked.vendor_id)
        if reads.is_waiting(asked, unit.at):
            refuse(unit, request_id=asked.id)
        block_vendor(unit, vendor_id=vendor.id)
    flash(_("%(company)s is blocked.", company=vendor.name), "done")
    return redirect(url_for("grants.sharing"), 303)
