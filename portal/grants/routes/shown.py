"""What a press on the page of a request is answered with: the page again, or where it leads to."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.audit.doors import reading
from portal.grants.routes import kept
from portal.grants.routes.asked import Asked
from portal.grants.routes.gathering import is_as_it_was, look_up
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import text_of


def page_of(asked: Asked, status: int = 200) -> ResponseReturnValue:
    """The request with the form for it."""
    if asked.said is None:
        with reading() as unit:
            if not is_as_it_was(unit, asked):
                flash(text_changed(), "warning")
                return what_became(asked.request.id)
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


def what_became(id_: bytes) -> ResponseReturnValue:
    """The page of a request that was answered before this press came."""
    return redirect(url_for("grants.request_page", request_id=text_of(id_)), 303)


def text_changed() -> str:
    """What is said where the text is another by now."""
    return _("The text of this page has changed since you opened it. Please look again.")


def keep_begun(response: Response, asked: Asked) -> bool:
    """Keeps all that was begun in the browser; False where it is too much for that."""
    with reading() as unit:
        text = kept.sealed(unit, asked.request.id, kept.Begun(asked.form.typed(), asked.form.tried()))
    if text is not None:
        kept.keep(response, asked.request.id, text)
    return text is not None
