"""What the list of orders can be narrowed to."""

from datetime import UTC, date, datetime, time, timedelta

from wtforms import DateField, SelectField, StringField
from wtforms.validators import Optional

from portal.kernel.forms import Form, at_most, in_our_time
from portal.kernel.i18n import gettext, zone
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.ids import id_from
from portal.orders.reads import Filters
from portal.orders.words import STATUS_WORDS

ADDED = "added"
"""What is chosen among companies for orders that the customer added."""


class FilterForm(Form):
    """By words, company, state and day; empty fields narrow nothing."""

    q = StringField(
        _("Words"), [at_most(100)], description=_("Of what was bought, or the order's number."), render_kw={"autocomplete": "off"}
    )
    company = SelectField(_("Company"), validate_choice=True, default="")
    state = SelectField(_("State"), validate_choice=True, default="")
    since = DateField(_("Ordered since"), [Optional(), in_our_time])
    until = DateField(_("Ordered until"), [Optional(), in_our_time])

    def offer(self, sellers: list[tuple[str, str]], *, has_added: bool = False) -> None:
        """The companies to choose from, and what the customer added where there is such."""
        own = [(ADDED, gettext("Added by you"))] if has_added else []
        self.company.choices = [("", gettext("All companies")), *sellers, *own]
        self.state.choices = [("", gettext("All states")), *((name, str(word)) for name, word in STATUS_WORDS.items())]

    def filters(self) -> Filters:
        """What was chosen; days are those of the house's time zone, the last one included."""
        return Filters(
            vendor_id=id_from(self.company.data) if self.company.data not in ("", ADDED) else None,
            placed_from=_begin_of(self.since.data),
            placed_before=_begin_of(self.until.data, timedelta(days=1)),
            status=self.state.data or None,
            words=self.q.data or "",
            is_added=self.company.data == ADDED,
        )


def _begin_of(day: date | None, later: timedelta = timedelta(0)) -> datetime | None:
    return None if day is None else datetime.combine(day + later, time(), zone()).astimezone(UTC)
