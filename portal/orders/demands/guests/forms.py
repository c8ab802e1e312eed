"""What somebody without an account writes to withdraw from a contract, and what a company answers them."""

from wtforms import EmailField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.accounts.addresses import normal_address
from portal.kernel.forms import Form, at_most, chosen, required, sentence_of
from portal.kernel.i18n import lazy_gettext as _
from portal.orders.demands.guests.states import NAME, NUMBER, WORDS

ALL, SOME = "all", "some"
SCOPES: dict[str, str] = {ALL: _("The whole contract"), SOME: _("Some of the things only")}


class CompanyForm(Form):
    """The company's name."""

    company = StringField(_("The company's name"), [required(), at_most(120)], render_kw={"autocomplete": "off"})


class MailForm(Form):
    """Where the link goes, and later the receipt."""

    email = EmailField(_("Your e-mail address"), [required(), at_most(320)], render_kw={"autocomplete": "email"})
    address = ""

    def validate_email(self, field: EmailField) -> None:
        """An address that mail can reach, in its one form."""
        found = normal_address(field.data or "")
        if found is None:
            raise ValidationError(sentence_of("Invalid email address."))
        self.address = found


class DeclareForm(Form):
    """The first step: who withdraws, from which contract, and from all of it or some things. No reason is asked."""

    name = StringField(_("Your name"), [required(), at_most(NAME)], render_kw={"autocomplete": "name"})
    number = StringField(
        _("The order's number"),
        [required(), at_most(NUMBER)],
        description=_("As the company wrote it, on its confirmation or its invoice."),
        render_kw={"autocomplete": "off"},
    )
    scope = RadioField(
        _("What do you withdraw from?"),
        [chosen()],
        choices=lambda: {name: str(word) for name, word in SCOPES.items()},
        default=ALL,
    )
    words = TextAreaField(
        _("Which things, and how many of each"),
        [at_most(WORDS)],
        description=_("Only where you withdraw from some of them."),
        render_kw={"rows": 3},
    )

    def validate_words(self, field: TextAreaField) -> None:
        """Whoever means some things says which."""
        if self.scope.data == SOME and not (field.data or "").strip():
            raise ValidationError(sentence_of("This field is required."))

    @property
    def described(self) -> str | None:
        """Which things are meant; None is all of them."""
        return (self.words.data or "").strip() if self.scope.data == SOME else None


class GuestAnswerForm(Form):
    """What a company's people write to them."""

    words = TextAreaField(_("What you tell the customer"), [at_most(WORDS)], render_kw={"rows": 3})
    seen = HiddenField()
