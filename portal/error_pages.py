"""What goes wrong, in a person's words: what happened, whether anything was done, and what to do next.

Machines (``/api``, ``/oauth``, ``/.well-known``) get their own form from ``vendor_api.errors``, before these.
"""

import logging
import traceback
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from flask import Flask, Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException

from portal.access import NOT_LENT
from portal.accounts.addresses import local_path
from portal.audit.doors import OVER
from portal.home import context
from portal.kernel.errors import Problem
from portal.kernel.i18n import lazy_gettext
from portal.kernel.ids import text_of
from portal.kernel.mail import NO_STOP
from portal.kernel.polling import asked_by_itself
from portal.vendors.reads.staff import BLOCKED, RANK

log = logging.getLogger(__name__)


class Page(NamedTuple):
    """The words of an error: what happened, what to do, and where the button leads."""

    title: str
    sentence: str
    href: str | None = "/"
    label: str = lazy_gettext("Go to the first page")


_OTHER = Page(
    lazy_gettext("This could not be done"), lazy_gettext("Nothing was changed. Go back and try it another way.")
)
PAGES: Mapping[int, Page] = {
    400: Page(
        lazy_gettext("We could not understand that"),
        lazy_gettext("Something in the address or in what was sent is not as it should be. Nothing was changed."),
    ),
    403: Page(
        lazy_gettext("This is not open to you"),
        lazy_gettext("You are signed in, but this page is not for your account. Nothing was changed."),
    ),
    404: Page(
        lazy_gettext("There is nothing here"),
        lazy_gettext("The address may be mistyped or old, or this is something that is not yours."),
    ),
    405: Page(
        lazy_gettext("This address only takes forms"),
        lazy_gettext("It was opened in another way than the page it belongs to. Nothing was changed."),
    ),
    409: Page(
        lazy_gettext("This has changed in the meantime"),
        lazy_gettext("Perhaps you did it in another window. Open the page again to see how things stand."),
    ),
    410: Page(
        lazy_gettext("This has been used or is over"),
        lazy_gettext("Such a link works once and for a limited time. Ask for a new one where you got it."),
    ),
    413: Page(
        lazy_gettext("That is too large"),
        lazy_gettext("Nothing was kept. Send a smaller file or a shorter text."),
    ),
    415: Page(
        lazy_gettext("We cannot read this kind of file"),
        lazy_gettext("Nothing was kept. Choose a file of the kind that the page names."),
    ),
    422: Page(
        lazy_gettext("Something needs a change"),
        lazy_gettext("Nothing was kept. Go back, change what the page names, and send it again."),
    ),
    429: Page(
        lazy_gettext("That was too often"),
        lazy_gettext("To keep your account safe, this waits a little. Nothing was changed. Try again later."),
    ),
    500: Page(
        lazy_gettext("Something broke on our side"),
        lazy_gettext(
            "It is not your doing, and nothing was left half done. Try again; if it happens again, tell us the "
            "number below."
        ),
    ),
    503: Page(
        lazy_gettext("Not possible at this moment"),
        lazy_gettext("Nothing was changed and nothing was given out. Try again in a moment."),
    ),
}
_NOT_YOURS_TO_SAY = lazy_gettext(
    "These pages are somebody else's now, and this is not among what they lent you. Nothing was changed. To go on as "
    "yourself, leave these pages."
)
_NOTHING_TO_STOP = lazy_gettext(
    "Nothing was changed. The link may be cut short, or its account is deleted: then nothing more is sent to it."
)
_BY_REASON: Mapping[str, Page] = {
    NO_STOP: Page(
        lazy_gettext("This link turns nothing off"),
        _NOTHING_TO_STOP,
        "/messages/settings",
        lazy_gettext("Choose what comes by mail"),
    ),
    NOT_LENT: Page(lazy_gettext("This is not yours to see or do"), _NOT_YOURS_TO_SAY),
    RANK: Page(
        lazy_gettext("This is not among your duties"),
        lazy_gettext("Others of your company may open this page. An owner of it can change what you are there."),
        "/console",
        lazy_gettext("Go to the console"),
    ),
    BLOCKED: Page(
        lazy_gettext("Your company is shut out"),
        lazy_gettext("It reads and asks nothing, and nothing of it can be changed. Whoever runs this portal can tell you why."),
        "/console",
        lazy_gettext("Go to the console"),
    ),
    "owner-alone": Page(
        lazy_gettext("Only they can do this themselves"),
        lazy_gettext("It takes a proof of who they are, since it is sensitive. Nothing was changed."),
    ),
}


def register(app: Flask) -> None:
    """Give the app its error pages, and its templates what they show on every page."""
    context.register(app)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(CSRFError, _untrusted_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def _problem(problem: Problem) -> ResponseReturnValue:
    if problem.status == 401:
        # A page that asks by itself is led nowhere: it stops.
        return Response(status=401) if asked_by_itself() else _to_sign_in()
    if problem.reason == OVER:
        # The next request is one's own again, and says why.
        return redirect("/", 303)
    headers = {"Retry-After": str(problem.retry_after)} if problem.retry_after else {}
    return _page(problem.status, headers, wait=problem.retry_after, reason=problem.reason)


def _to_sign_in() -> ResponseReturnValue:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else _came_from()
    return redirect("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}", 303)


def _came_from() -> str:
    referrer = urlsplit(request.referrer or "")
    if referrer.netloc != request.host:
        return "/"
    path = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return local_path(path) or "/"


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, BadHost):
        # No page: every link of it is made for a host, and what was sent names none.
        return Response(str(PAGES[400].sentence), 400, content_type="text/plain; charset=utf-8")
    response = error.get_response()
    if response.status_code < 400:
        return response
    kept = {name: value for name, value in response.headers.items() if name in ("Allow", "Retry-After")}
    return _page(response.status_code, kept)


def _untrusted_form(_error: CSRFError) -> ResponseReturnValue:
    context.speak()
    return render_template("errors/form.html", again=_came_from(), typed=list(_typed())), 400


def _typed() -> Iterator[str]:
    """What the person had written, to copy into the fresh page; never a password."""
    for name, value in request.form.items(multi=True):
        if name not in ("csrf_token", "next") and "password" not in name and len(value.split()) > 1:
            yield value


def _broken(error: Exception) -> ResponseReturnValue:
    # The message of an exception may hold personal values; its kind and place do not.
    place = "".join(traceback.format_tb(error.__traceback__))
    rule = request.url_rule.rule if request.url_rule else "-"
    log.error("unexpected %s at %s %s\n%s", type(error).__name__, request.method, rule, place)
    return _page(500, {}, number=text_of(g.request_id) if hasattr(g, "request_id") else None)


def _page(
    status: int, headers: Mapping[str, str], *, wait: int | None = None, number: str | None = None, reason: str = ""
) -> ResponseReturnValue:
    context.speak()
    page = _BY_REASON.get(reason) or PAGES.get(status, _OTHER)
    # Whoever was led here while they were on somebody else's pages goes on as themselves.
    wanted = request.full_path.rstrip("?") if reason == NOT_LENT and request.method == "GET" else None
    html = render_template("errors/page.html", page=page, status=status, wait=wait, number=number, wanted=wanted)
    return html, status, dict(headers)
