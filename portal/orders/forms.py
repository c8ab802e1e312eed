"""What the list of orders can be narrowed to."""

from datetime import UTC, date, datetime, time, timedelta

from wtforms import DateField, SelectField
from wtforms.validators import Optional, ValidationError

from portal.kernel.forms import Form
from portal.kernel.i18n import gettext, zone
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.ids import id_from
from portal.orders.reads import Filters

_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def _in_range(form: Form, field: DateField) -> None:
    if field.data is not None and not _FIRST_YEAR <= field.data.year <= _LAST_YEAR:
        raise ValidationError("Not a valid date value.")


class FilterForm(Form):
    """By company and by day; empty fields narrow nothing."""

    company = SelectField(_("Company"), validate_choice=True, default="")
    since = DateField(_("Ordered since"), [Optional(), _in_range])
    until = DateField(_("Ordered until"), [Optional(), _in_range])

    def offer(self, sellers: list[tuple[str, str]]) -> None:
        """The companies to choose from."""
        self.company.choices = [("", gettext("All companies")), *sellers]

    def filters(self) -> Filters:
        """What was chosen; days are those of the house's time zone, the last one included."""
        return Filters(
            vendor_id=id_from(self.company.data) if self.company.data else None,
            placed_from=_begin_of(self.since.data),
            placed_before=_begin_of(self.until.data, timedelta(days=1)),
        )


def _begin_of(day: date | None, later: timedelta = timedelta(0)) -> datetime | None:
    return None if day is None else datetime.combine(day + later, time(), zone()).astimezone(UTC)
