"""What a company chooses of its figures."""

from zoneinfo import ZoneInfo

from wtforms import StringField
from wtforms.validators import DataRequired, Length, ValidationError

from portal.kernel.forms import Form
from portal.kernel.i18n import lazy_gettext as _


class ZoneForm(Form):
    """Whose days and months are counted."""

    zone = StringField(
        _("Time zone"),
        [DataRequired(), Length(max=60)],
        description=_("A month begins, and a promised day ends, at midnight there."),
    )

    def validate_zone(self, field: StringField) -> None:
        """A name of the time zone database."""
        try:
            ZoneInfo(field.data or "")
        except (ValueError, OSError, KeyError):
            raise ValidationError(_("Write a name such as Europe/Madrid or America/Sao_Paulo.")) from None
