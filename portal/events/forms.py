"""Forms of the console's pages about webhooks."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from wtforms import DateField, RadioField, SelectMultipleField, StringField
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.events.kinds import KINDS
from portal.events.service.endpoints import OVERLAP_HOURS
from portal.events.signing import PAIR, SHARED
from portal.kernel.forms import Form, in_our_time, required
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.outgoing.targets import LONGEST

_SIGNATURES = {
    SHARED: _("With a shared secret (v1, HMAC-SHA256)"),
    PAIR: _("With a key pair (v1a, Ed25519): you keep no secret"),
}
_OVERLAPS = {
    str(OVERLAP_HOURS): _("for a day more, beside the new one: you have time to change it"),
    "0": _("no more: somebody may have copied it"),
}


def _said(words: Mapping[str, str]) -> Callable[[], dict[str, str]]:
    """Answers in the language of whoever reads the form, which is not known before there is one."""
    return lambda: {code: str(label) for code, label in words.items()}


class WebhookForm(Form):
    """Where to, about what, and how it is signed."""

    url = StringField(
        _("Address"),
        [required(), Length(max=LONGEST)],
        description=_("Your receiver's address. It begins with https:// and takes POST."),
        filters=[lambda typed: typed.strip() if typed else typed],
        render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"},
    )
    kinds = SelectMultipleField(
        _("Only these kinds of events"),
        [Optional()],
        choices=_said({kind: kind for kind in KINDS}),
        description=_("Tick none to be told of all of them, those of later versions too."),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    algorithm = RadioField(
        _("Signature"),
        [required()],
        choices=_said(_SIGNATURES),
        default=SHARED,
    )


class RotateForm(Form):
    """For how long the old secret is good beside the new one."""

    hours = RadioField(
        _("The old one is used"),
        [required()],
        choices=_said(_OVERLAPS),
        default=str(OVERLAP_HOURS),
    )


class AgainForm(Form):
    """Days that are told again."""

    since = DateField(_("From"), [required(), in_our_time])
    until = DateField(_("Until"), [required(), in_our_time])

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the beginning of the first day to the end of the last, as the house counts days."""
        first = datetime.combine(self.since.data, time(), zone)
        last = datetime.combine(self.until.data + timedelta(days=1), time(), zone)
        return first.astimezone(UTC), last.astimezone(UTC)
