"""A mail of the demonstration is answered: as a mail program would write it, with the mail that it answers below."""

from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from werkzeug.datastructures import FileStorage
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from portal.files.attaching import Attaching, files_field
from portal.kernel.forms import at_most, required
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.ids import digest
from portal.kernel.mail.letters import MailView
from portal.kernel.settings import Settings

_MOST = 20_000


class AnswerForm(Attaching):
    """What is answered; whether it is taken is for whoever takes it in to say."""

    once = HiddenField(validators=[Length(max=64)])
    words = TextAreaField(_("Your words"), [required(_("Write what you want to say.")), at_most(_MOST)], render_kw={"rows": 5})
    files = files_field()


def answer_to(settings: Settings, letter: MailView, form: AnswerForm, files: Iterable[FileStorage]) -> bytes:
    """The answer as it goes out."""
    answer = EmailMessage(policy=SMTP)
    answer["From"], answer["To"] = Address(addr_spec=letter.to), Address(addr_spec=letter.reply_to or "")
    answer["Subject"] = f"Re: {letter.subject}"
    # Of one form the same, so that what is pressed twice is one mail.
    answer["Message-ID"] = f"<{digest(form.once.data or '').hex()}@mail.example.org>"
    quoted = "\n".join(f"> {line}".rstrip() for line in letter.body.splitlines())
    wrote = f"{letter.created_at:%Y-%m-%d %H:%M}, {settings.mail_from}:"
    answer.set_content(f"{form.words.data}\n\n{wrote}\n\n{quoted}\n")
    for file in files:
        if file.filename:
            answer.add_attachment(file.stream.read(), maintype="application", subtype="octet-stream", filename=file.filename)
    return answer.as_bytes()
