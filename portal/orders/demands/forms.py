"""What a customer writes to ask for something, and what a company's people answer."""

from collections.abc import Mapping

from wtforms import EmailField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.accounts.addresses import normal_address
from portal.files.attaching import Attaching, files_field
from portal.kernel.errors import Invalid
from portal.kernel.forms import Form, Wrong, at_most, chosen, required, sentence_of
from portal.kernel.i18n import lazy_gettext as _
from portal.orders.demands.machine import CHANGE, CHANGES, CLAIM, CLAIM_REASONS, CLAIM_TYPES, FILED
from portal.orders.demands.words import REASONS, TYPES

MOST = 1_000_000
PIECES = "pieces"
"""The group of fields in which it stands how many of what, on the page."""


class DemandForm(Attaching):
    """One for all kinds; what a kind does not ask for is taken out."""

    type = RadioField(_("What do you want?"), [chosen()])
    reason = RadioField(_("What is wrong?"), [chosen()])
    words = TextAreaField(_("What you want to tell the company"), [at_most(1000)], render_kw={"rows": 3})
    files = files_field()
    seen = HiddenField()
    # What is wrong with how many of what: these are fields of the order's lines, and none of this form.
    miscounted: str | None = None

    def wrong(self) -> list[Wrong]:
        """Every error, that of the pieces first, as they stand first."""
        pieces = [Wrong(PIECES, str(_("How many")), self.miscounted)] if self.miscounted else []
        return [*pieces, *super().wrong()]

    def for_kind(self, kind: str, changes: tuple[str, ...] = CHANGES) -> "DemandForm":
        """The same, as this kind needs it."""
        if kind not in FILED:
            del self.files
        if kind == CLAIM:
            self.type.choices = [(name, TYPES[name]) for name in CLAIM_TYPES]
            self.reason.choices = [(name, REASONS[name]) for name in CLAIM_REASONS]
            return self
        del self.reason
        if kind == CHANGE:
            self.type.choices = [(name, TYPES[name]) for name in changes]
            self.type.label.text = _("What is to be changed?")
            self.words.validators = [required(), *self.words.validators]
            self.words.label.text = _("How it should be")
        else:
            del self.type
        return self

    @property
    def turns(self) -> int:
        """How many things had been asked when the page was made."""
        return _count(self.seen)


class ConfirmForm(Form):
    """Who withdraws, and where the receipt goes."""

    name = StringField(_("Your name"), [required(), at_most(200)], render_kw={"autocomplete": "name"})
    email = EmailField(_("E-mail address for the receipt"), [required(), at_most(320)], render_kw={"autocomplete": "email"})

    seen = HiddenField()

    def validate_email(self, field: EmailField) -> None:
        """An address that mail can reach."""
        if normal_address(field.data or "") is None:
            raise ValidationError(sentence_of("Invalid email address."))

    @property
    def steps(self) -> int:
        """How many steps had been taken when the page was made."""
        return _count(self.seen)


class AnswerForm(Form):
    """What a company's people write about it."""

    words = TextAreaField(_("What you tell the customer"), [at_most(1000)], render_kw={"rows": 3})
    refund = StringField(
        _("What you pay back"),
        description=_("An amount such as 12.50. Leave it empty where you pay nothing back."),
        render_kw={"inputmode": "decimal"},
    )
    seen = HiddenField()

    @property
    def steps(self) -> int:
        """How many steps had been taken when the page was made."""
        return _count(self.seen)


def _count(field: HiddenField) -> int:
    text = str(field.data or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


def pieces_in(form: Mapping[str, str]) -> dict[str, int]:
    """The quantities of a form, by what follows ``piece-`` in their names; Invalid for what is no whole number."""
    found = {}
    for name, value in form.items():
        if name.startswith("piece-") and value.strip() not in ("", "0"):
            text = value.strip()
            quantity = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1
            if not 0 < quantity <= MOST:
                raise Invalid("no-number", fields={"pieces": "no whole number"})
            found[name.removeprefix("piece-")] = quantity
    return found
