"""Forms of conversations: a new one, and what is said in one."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import EmailField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from portal.accounts.addresses import normal_address
from portal.files.attaching import Attaching, files_field
from portal.kernel.characters import is_plain
from portal.kernel.forms import Form, at_most, chosen, required
from portal.kernel.i18n import gettext
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.ids import new_secret
from portal.tickets.machine import DEGREES, KINDS, MEDIUM
from portal.tickets.words import IMPACT_WORDS, KIND_WORDS, MOST, SCORE_WORDS

LINES = str.maketrans("", "", "\r\n\t")


def plain_lines(form: object, field: Any) -> None:
    """Lines of text without anything odd in them."""
    if field.data and not is_plain(field.data.translate(LINES)):
        raise ValidationError(gettext("Leave out characters that are not seen or that turn text round."))


def words_field(label: str, *, rows: int = 5, description: str = "") -> TextAreaField:
    """Where something is said."""
    limits = [required(_("Write what you want to say.")), at_most(MOST), plain_lines]
    return TextAreaField(label, limits, description=description, render_kw={"rows": rows})


class _Once(Form):
    """A form that does what it does once, however often it is pressed."""

    once = HiddenField(validators=[Length(max=64)])

    def made(self) -> str | None:
        """What the form was made with."""
        return self.once.data or None


class StartForm(_Once, Attaching):
    """A new conversation with one company."""

    about = SelectField(_("What it is about"), validate_choice=True, default="")
    kind = RadioField(_("What it is"), [chosen(_("Choose one of the answers offered."))], default="question")
    impact = RadioField(_("How much it hinders you"), [chosen()], coerce=int, default=MEDIUM)
    words = words_field(_("Your words"), rows=7)
    files = files_field()

    def offer(self, things: Sequence[tuple[str, str]]) -> None:
        """What it can be about."""
        self.about.choices = [("", gettext("Nothing in particular")), *things]
        self.kind.choices = [(kind, str(KIND_WORDS[kind])) for kind in KINDS]
        self.impact.choices = [(degree, str(IMPACT_WORDS[degree])) for degree in DEGREES]


class AskForm(_Once):
    """A guest's new conversation with one company."""

    kind = RadioField(_("What it is"), [chosen(_("Choose one of the answers offered."))], default="question")
    words = words_field(_("Your words"), rows=7)
    name = StringField(_("Your name"), [at_most(80), plain_lines], render_kw={"autocomplete": "name"})

    def offer(self) -> None:
        """The kinds."""
        self.kind.choices = [(kind, str(KIND_WORDS[kind])) for kind in KINDS]


class GuestForm(_Once):
    """A guest says something; files go with what a customer says."""

    words = words_field(_("Your words"))


class MailForm(Form):
    """Where a guest wants answers by mail."""

    email = EmailField(
        _("E-mail address"), [required(), Length(max=320)], render_kw={"autocomplete": "email", "spellcheck": "false"}
    )

    def validate_email(self, field: EmailField) -> None:
        """An address to which mail can go."""
        if normal_address(field.data or "") is None:
            raise ValidationError(gettext("Write an e-mail address such as name@example.org."))

    def address(self) -> str:
        """The address in its one form."""
        return normal_address(self.email.data or "") or ""


class ReplyForm(_Once, Attaching):
    """Something is said."""

    words = words_field(_("Your words"))
    files = files_field()


class CallForm(_Once):
    """The customer wants to be called."""

    # Beside the form of a reply on the same page: no two fields there have one name.
    phone = TextAreaField(
        _("Number, and when it suits you"),
        [required(_("Write the number, and when it suits you.")), at_most(300), plain_lines],
        render_kw={"rows": 2},
    )


class RateForm(Form):
    """How an ending was found."""

    score = RadioField(_("How was it?"), [chosen(_("Choose one of the answers offered."))], coerce=int)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.score.choices = [(score, str(words)) for score, words in SCORE_WORDS.items()]


class AnswerForm(_Once, Attaching):
    """A company's people answer, or note something for themselves."""

    saved = SelectField(_("Begin with saved words"), validate_choice=True, default="")
    words = TextAreaField(_("Your words"), [at_most(MOST), plain_lines], render_kw={"rows": 6})
    files = files_field()

    def offer(self, saved: Sequence[tuple[str, str]]) -> None:
        """The saved words, by their ids."""
        self.saved.choices = [("", gettext("None")), *saved]


class SavedForm(Form):
    """Words to be kept for answers."""

    title = StringField(_("Title"), [required(), at_most(80), plain_lines])
    words = words_field(_("Words"), rows=5)


def fresh(form: type[_Once], **data: Any) -> Any:
    """A form to be filled in, with a mark of its own."""
    return form(formdata=None, data={"once": new_secret(), **data})


def filled(form: type[Form], sent: Mapping[str, Any]) -> Any:
    """A form as it was sent."""
    return form(formdata=sent)
