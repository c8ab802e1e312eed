"""The first page, the promises, and the choice of language and appearance."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal import access
from portal.accounts import service as accounts
from portal.accounts.addresses import local_path
from portal.audit.doors import current_actor, do, see, writing
from portal.home.cards import has_nothing_yet, waiting_of
from portal.home.context import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, acting_here
from portal.home.forms import SignedForm
from portal.home.help import QUESTIONS
from portal.home.promises import PROMISES
from portal.home.signed import LARGEST, said_in_receipt, said_in_record, verdict_on
from portal.kernel.errors import BadRequest, Invalid
from portal.kernel.house import current_house
from portal.kernel.i18n import LOCALES
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.reads import link_between
from portal.oauth.reads import client_row

blueprint = Blueprint("home", __name__)

_YEAR = 365 * 24 * 3600


@blueprint.get("/")
@see("home:see")
def first_page(unit: Unit) -> ResponseReturnValue:
    """What needs the reader, or what this is."""
    acting = acting_here()
    if acting is not None:
        return redirect(access.first_place(acting.areas), 303)
    if unit.actor.customer_id is not None:
        return render_template("home/home.html", waiting=waiting_of(unit), fresh=has_nothing_yet(unit))
    if unit.actor.roles & {"officer", "auditor"}:
        return redirect("/desk", 303)
    if "staff" in unit.actor.roles:
        return redirect("/console", 303)
    return render_template("home/welcome.html", example_end=unit.at + timedelta(days=180))


@blueprint.get("/sharing/with/<client_id>")
@see("sharing:see")
def with_company(unit: Unit, client_id: str) -> ResponseReturnValue:
    """Where a company's own pages lead its customer: to what they share with it, or to all that they share."""
    assert unit.actor.customer_id is not None
    client = client_row(unit.connection, client_id)
    link = None if client is None else link_between(unit, unit.actor.customer_id, client.vendor_id)
    return redirect("/sharing" if link is None else f"/sharing/{text_of(link.id)}", 303)


@blueprint.get("/promises")
@see("home:see")
def promises(unit: Unit) -> ResponseReturnValue:
    """The eight promises, with what they do not cover."""
    return render_template("home/promises.html", promises=PROMISES)


@blueprint.get("/check")
@see("signed:see")
def check_page(unit: Unit) -> ResponseReturnValue:
    """Asks for a signed receipt or record."""
    return render_template("home/check.html", form=SignedForm(formdata=None))


@blueprint.post("/check")
@do("signed:check")
def check_signed() -> ResponseReturnValue:
    """Says whether this house signed it, and what it says. Nothing of it is kept, and nothing written down."""
    form = SignedForm()
    upload = request.files.get("file")
    brought = b"" if upload is None else upload.stream.read(LARGEST + 1)
    is_right = form.validate()
    if len(brought) > LARGEST:
        form.refuse({"file": _("This is larger than what is signed here: 64 KB at most.")})
    if not is_right or len(brought) > LARGEST:
        return render_template("home/check.html", form=form), 422
    text = brought.decode("utf-8", "replace") if brought else form.text.data or ""
    try:
        verdict = verdict_on(text, current_house().keys.jwks())
    except Invalid:
        form.refuse({"file" if brought else "text": _("There is nothing signed in it. Paste it whole, from eyJ to its end.")})
        return render_template("home/check.html", form=form), 422
    said = {"receipt": said_in_receipt, "record": said_in_record}
    found = said[verdict.kind](verdict.content) if verdict.kind else None
    return render_template("home/checked.html", verdict=verdict, said=found, origin=current_house().settings.origin)


@blueprint.get("/help")
@see("home:see")
def help_page(unit: Unit) -> ResponseReturnValue:
    """The questions that people have, and the way to a company."""
    return render_template("home/help.html", questions=QUESTIONS)


@blueprint.get("/language")
@see("home:see")
def choices(unit: Unit) -> ResponseReturnValue:
    """Language and appearance."""
    return render_template("home/choices.html")


@blueprint.post("/language")
@do("home:choose")
def choose_language() -> ResponseReturnValue:
    """Keeps the language in this browser and, for whoever is signed in, in the account, so that mails speak it too."""
    locale = request.form.get("locale", "")
    if locale not in LOCALES:
        raise BadRequest("unknown-language")
    _remember_in_account(locale)
    return _back_with(LANGUAGE_COOKIE, locale)


@blueprint.post("/theme")
@do("home:choose")
def choose_theme() -> ResponseReturnValue:
    """Light, dark, or as the device says."""
    theme = request.form.get("theme", "")
    if theme not in (*THEMES, "auto"):
        raise BadRequest("unknown-theme")
    return _back_with(THEME_COOKIE, "" if theme == "auto" else theme)


def _remember_in_account(locale: str) -> None:
    account_id = current_actor().id
    if current_actor().session_id is not None and account_id is not None:
        with writing() as unit:
            accounts.choose_language(unit, account_id=account_id, locale=locale)


def _back_with(cookie: str, value: str) -> ResponseReturnValue:
    response = redirect(local_path(request.form.get("next")) or "/", 303)
    response.set_cookie(
        cookie,
        value,
        max_age=_YEAR if value else 0,
        secure=current_house().settings.secure,
        httponly=True,
        samesite="Lax",
    )
    return response
