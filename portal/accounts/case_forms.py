"""What an officer writes to open who somebody is."""

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Regexp, ValidationError

from portal.accounts.addresses import normal_address
from portal.accounts.why import WHY
from portal.kernel.forms import Form, at_most, required
from portal.kernel.i18n import gettext
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.telephones import normal_number

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
        [required(), Regexp(_NAME, message=_("Names in the record have 22 characters: letters, digits, “-” and “_”."))],
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
    """By which address or telephone somebody says who they are, and why that is looked up."""

    sought = StringField(
        _("E-mail address or phone number"),
        [required(), at_most(320)],
        description=_("The address with which the person signs in here, or a number in their data, such as +34 600 123 456."),
        filters=[lambda text: text.strip() if text else text],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    kind = _kind()

    def validate_sought(self, field: StringField) -> None:
        """An address that mail can reach, or a number that exists."""
        if "@" in (field.data or "") and self.address is None:
            raise ValidationError(gettext("Write an e-mail address such as name@example.org."))
        if self.address is None and self.number is None:
            raise ValidationError(
                gettext("Write an e-mail address, or a phone number that begins with the country's prefix, such as +34.")
            )

    @property
    def address(self) -> str | None:
        """The address in its normal form, where it is one."""
        return normal_address(self.sought.data or "")

    @property
    def normal(self) -> str:
        """Whichever it is, once the form is valid."""
        return self.address or self.number or ""

    @property
    def number(self) -> str | None:
        """The number in its normal form, where it is one."""
        return normal_number(self.sought.data or "")
