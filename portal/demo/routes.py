"""The mail of a demonstration, and the way to its bookshop: nothing leaves the machine. Registered in demo mode alone."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.audit.doors import see
from portal.demo.cast import bookshop_url
from portal.kernel.errors import NotFound
from portal.kernel.house import current_house
from portal.kernel.ids import id_from, text_of
from portal.kernel.mail import Mail, mail_of, newest_mails
from portal.kernel.unit import Unit

blueprint = Blueprint("demo", __name__)
_SHOWN = 50
_KEPT_BACK = "suppressed"


@blueprint.app_context_processor
def _way_to_the_shop() -> dict[str, str]:
    return {"bookshop": bookshop_url(current_house().settings)}


@blueprint.get("/demo/mail")
@see("demo:see")
def mail_list(unit: Unit) -> ResponseReturnValue:
    """The newest messages that go to somebody: a sandbox's letters go to nobody, and stand in its console alone."""
    mails = newest_mails(unit, _SHOWN, Mail.state != _KEPT_BACK)
    return render_template("demo/mail.html", mails=mails, text_of=text_of)


@blueprint.get("/demo/mail/<mail_id>")
@see("demo:see")
def mail_page(unit: Unit, mail_id: str) -> ResponseReturnValue:
    """One message; NotFound for one that goes to nobody."""
    mail = mail_of(unit, id_from(mail_id))
    if mail.state == _KEPT_BACK:
        raise NotFound
    return render_template("demo/message.html", mail=mail)
