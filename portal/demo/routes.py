"""The mail of a demonstration, for whoever looks: nothing of it leaves the machine. Registered in demo mode alone."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.audit.doors import see
from portal.kernel.ids import id_from, text_of
from portal.kernel.mail import mail_of, newest_mails
from portal.kernel.unit import Unit

blueprint = Blueprint("demo", __name__)


@blueprint.get("/demo/mail")
@see("demo:see")
def mail_list(unit: Unit) -> ResponseReturnValue:
    """The newest messages."""
    return render_template("demo/mail.html", mails=newest_mails(unit), text_of=text_of)


@blueprint.get("/demo/mail/<mail_id>")
@see("demo:see")
def mail_page(unit: Unit, mail_id: str) -> ResponseReturnValue:
    """One message."""
    return render_template("demo/message.html", mail=mail_of(unit, id_from(mail_id)))
