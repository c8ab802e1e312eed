"""Where companies' programs send their customers: the request is checked, kept, and shown."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.limits import Rule, charge
from portal.audit.doors import do, reading, writing
from portal.grants.details import InvalidDetails
from portal.grants.routes.room import blueprint
from portal.grants.service import ask
from portal.kernel.i18n import LOCALES
from portal.kernel.ids import text_of
from portal.kernel.networks import network_of
from portal.oauth import engine
from portal.oauth.ask import AuthorizationAsk, PageError, RedirectError
from portal.oauth.service import bring_pushed, open_authorization, tie_pushed

ASKED_FROM_HERE = Rule("authorize.address", 600, 3600)


@blueprint.get("/authorize")
@do("requests:ask")
def authorize() -> ResponseReturnValue:
    """Keeps the request of a company's program. What is wrong with it is told to the program, where it is known."""
    try:
        with reading() as unit:
            asked = engine.validate_authorization(unit, request)
    except RedirectError as error:
        return redirect(error.url, 303)
    except PageError as problem:
        return _turned_down(problem)
    try:
        kept = _keep(asked)
    except PageError as problem:
        return _turned_down(problem)
    except InvalidDetails as problem:
        with reading() as unit:
            return redirect(engine.refuse_ask(unit, asked, problem.oauth_error, problem.detail), 303)
    return redirect(url_for("grants.request_page", request_id=text_of(kept)), 303)


def _turned_down(problem: PageError) -> ResponseReturnValue:
    return render_template("grants/turned_down.html", detail=problem.detail), 400


def _keep(asked: AuthorizationAsk) -> bytes:
    """The request that the customer will see; what was pushed comes to the same one however often it is brought."""
    with writing() as unit:
        charge(unit, ASKED_FROM_HERE, network_of(request.remote_addr or ""))
        brought = bring_pushed(unit, asked.pushed) if asked.pushed is not None else None
        if asked.pushed is not None and brought is None:
            raise PageError(detail=engine.GONE)
        if brought is not None and brought.request_id is not None:
            return brought.request_id
        kept = ask(
            unit,
            vendor_id=asked.vendor_id,
            client_id=asked.client_id,
            details=asked.details,
            ui_locale=next((tag[:2] for tag in asked.ui_locales if tag[:2] in LOCALES), None),
            pushed=asked.pushed is not None,
            amends_id=asked.amends_id,
            action=asked.action,
        )
        open_authorization(unit, asked, kept.id)
        if brought is not None:
            tie_pushed(unit, brought, kept.id)
        return kept.id
