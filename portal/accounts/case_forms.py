"""What an officer writes to open who somebody is."""

from wtforms import EmailField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Regexp, ValidationError

from portal.accounts.addresses import normal_address
from portal.accounts.why import WHY
from portal.kernel.forms import Form, at_most, required
from portal.kernel.i18n import gettext
from portal.kernel.i18n import lazy_gettext as _

_NAME = r"^[A-Za-z0-9_\-]{22}$"
_SEEN = _("The customer sees this, and that it was looked at.")


def _kind() -> SelectField:
    return SelectField(_("Reason"), [required(_("Choose a reason."))], description=_SEEN)


class _WithReason(Form):
    kind: SelectField

    def offer(self) -> None:
        """The reasons there are."""
        self.kind.choices = [("", gettext("Choose a reason")), *((code, str(words)) for code, words in WHY.items())]


class CaseForm(_WithReason):
    """Whose identity, for which kind of reason, and why in words."""

    customer = StringField(
        _("Customer's name in the record"),
        [required(), Regexp(_NAME, message=_("Names in the record have 22 letters and digits."))],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    kind = _kind()
    reason = TextAreaField(
        _("The reason in words"),
        [required(_("Write why you have to know who this is.")), at_most(2000)],
        description=_("For the officer who has to agree. It is kept sealed, and only officers read it."),
        render_kw={"rows": 5},
    )


class FindForm(_WithReason):
    """By which address somebody signs in who says who they are, and why that is looked up."""

    email = EmailField(
        _("E-mail address"),
        [required(), Length(max=320)],
        description=_("With which the person signs in here."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    kind = _kind()

    def validate_email(self, field: EmailField) -> None:
        """An address that mail can reach."""
        if normal_address(field.data or "") is None:
            raise ValidationError(gettext("Write an e-mail address such as name@example.org."))

    @property
    def address(self) -> str:
        """The address in its normal form, once the form is valid."""
        return normal_address(self.email.data or "") or ""
