"""The mail of a demonstration, and the way to its bookshop: nothing leaves the machine. Registered in demo mode alone."""

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see
from portal.demo.answering import AnswerForm, answer_to
from portal.demo.cast import bookshop_url
from portal.files.checking import MOST_OF_A_FORM
from portal.kernel.errors import NotFound
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from, new_secret, text_of
from portal.kernel.mail import Mail, mail_of, newest_mails, token_in
from portal.kernel.mail.letters import MailView
from portal.kernel.unit import Unit
from portal.kernel.uploads import takes
from portal.tickets.service.by_mail import AGAIN, REFUSED, TAKEN, Became, take_in
from portal.tickets.words import NOT_TAKEN_WORDS

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
    """One message; NotFound for one that goes to nobody. Where answers to it are taken in, it can be answered here."""
    return _page(unit, _mail(unit, mail_id), AnswerForm(formdata=None, data={"once": new_secret()}))


@blueprint.post("/demo/mail/<mail_id>")
@do("demo:answer")
@takes(MOST_OF_A_FORM)
def answer_mail(mail_id: str) -> ResponseReturnValue:
    """Answers it as a mail program would, by the very way that a mail server takes; pressed twice, it is the same mail."""
    form = AnswerForm()
    with reading() as unit:
        mail = _mail(unit, mail_id)
        if not _is_answered(mail):
            raise NotFound
        if not form.validate():
            return _page(unit, mail, form), 422
    sent = answer_to(current_house().settings, mail, form, request.files.getlist("files"))
    assert mail.reply_to is not None
    became = take_in(current_house(), BytesIO(sent), recipient=mail.reply_to, sender=mail.to)
    _tell(became)
    return redirect(url_for("demo.mail_page", mail_id=mail_id, _anchor="answer"), 303)


def _tell(became: Became) -> None:
    if became.outcome in (TAKEN, AGAIN):
        flash(_("Sent. It stands in the conversation now."))
    elif became.outcome == REFUSED and became.why is not None:
        why = str(NOT_TAKEN_WORDS.get(became.why, NOT_TAKEN_WORDS["broken"]))
        flash(_("It was not taken: %(why)s A mail says so, too.", why=why), "warning")
    else:
        flash(_("This mail takes no answers any more."), "warning")


def _mail(unit: Unit, mail_id: str) -> MailView:
    mail = mail_of(unit, id_from(mail_id))
    if mail.state == _KEPT_BACK:
        raise NotFound
    return mail


def _is_answered(mail: MailView) -> bool:
    return mail.reply_to is not None and token_in(current_house().settings.answers_to, mail.reply_to) is not None


def _page(unit: Unit, mail: MailView, form: Any) -> str:
    return render_template("demo/message.html", mail=mail, form=form if _is_answered(mail) else None)
