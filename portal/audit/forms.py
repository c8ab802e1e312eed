"""What the desk searches by, and the letter to a company's privacy contact."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, Regexp, ValidationError

from portal.audit.event_words import HAPPENED
from portal.audit.reads.calls import Sought
from portal.audit.search import Query
from portal.audit.words import EVENTS, OUTCOMES
from portal.kernel.forms import Form, at_most, in_our_time, required
from portal.kernel.i18n import gettext, zone
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.ids import id_from

_ID = r"^[A-Za-z0-9_\-]{22}$"


def _stripped(value: str | None) -> str | None:
    return value.strip() or None if value else None


class SearchForm(Form):
    """Every field may stay empty; what is filled in narrows the search."""

    entry = StringField(
        _("Entry number"),
        [Optional(), Regexp(r"^[0-9]{1,15}$", message=_("Entry numbers are made of digits."))],
        filters=[_stripped],
        render_kw={"inputmode": "numeric"},
    )
    company = SelectField(_("Company"), default="")
    customer = StringField(
        _("Customer's name in the record"),
        [Optional(), Regexp(_ID, message=_("Names in the record have 22 characters: letters, digits, “-” and “_”."))],
        filters=[_stripped],
        description=_("A search or an export by this name stands on the customer's page Who looked, too."),
    )
    field = SelectField(_("Field"), default="")
    event = SelectField(_("Event"), default="")
    outcome = SelectField(_("Outcome"), default="")
    since = DateField(_("From"), [Optional(), in_our_time])
    until = DateField(_("Until"), [Optional(), in_our_time])
    request = StringField(
        _("Id of the web request"),
        [Optional(), Regexp(_ID, message=_("Request ids have 22 characters: letters, digits, “-” and “_”."))],
        filters=[_stripped],
    )

    def validate_until(self, until: DateField) -> None:
        """Days in the order in which they come."""
        if until.data is not None and self.since.data is not None and until.data < self.since.data:
            raise ValidationError(gettext("The last day is before the first. Change one of them."))

    def offer(
        self, companies: Sequence[tuple[str, str]], fields: Iterable[tuple[str, str]], events: Sequence[str]
    ) -> None:
        """What there is to choose from: companies, fields and their labels, events, outcomes."""
        self.company.choices = [("", gettext("All companies")), *companies]
        self.field.choices = [("", gettext("All fields")), *fields]
        self.event.choices = [("", gettext("All events")), *_events(events)]
        self.outcome.choices = [("", gettext("All outcomes")), *((code, str(word)) for code, word in OUTCOMES.items())]

    def query(self) -> Query:
        """What was filled in; days are those of the house's time zone, the last one included."""
        return Query(
            entry=int(self.entry.data) if self.entry.data else None,
            vendor=id_from(self.company.data) if self.company.data else None,
            customer=self.customer.data or None,
            field=self.field.data or None,
            event=self.event.data or None,
            outcome=self.outcome.data or None,
            since=_begin_of(self.since.data),
            until=_begin_of(self.until.data, timedelta(days=1)),
            request=self.request.data or None,
        )


def _events(codes: Sequence[str]) -> list[tuple[str, str]]:
    """The events, and before those that begin alike one choice for all of them."""
    kinds = {f"{code.partition('.')[0]}." for code in codes}
    words = {code: f"{code} · {HAPPENED[code]}" for code in codes if code in HAPPENED}
    words |= {kind: f"{kind}* · {EVENTS[kind]}" if kind in EVENTS else f"{kind}*" for kind in kinds}
    return [(code, words.get(code, code)) for code in sorted({*kinds, *codes})]


def _begin_of(day: date | None, later: timedelta = timedelta(0)) -> datetime | None:
    return None if day is None else datetime.combine(day + later, time(), zone()).astimezone(UTC)


class LetterForm(Form):
    """The customer's own words; what they are about is quoted below them."""

    message = TextAreaField(
        _("Your message"),
        [required(_("Write what you want to ask them.")), at_most(4000)],
        description=_("What it is about is quoted below it. They answer to your e-mail address."),
        render_kw={"rows": 7},
    )


class CallsForm(Form):
    """What a company narrows its own calls to."""

    outcome = SelectField(_("Outcome"), default="")
    program = SelectField(_("Program"), default="")
    request = StringField(
        _("Request id"),
        [Optional(), Regexp(_ID, message=_("Request ids have 22 characters: letters, digits, “-” and “_”."))],
        filters=[_stripped],
    )

    def offer(self, programs: Sequence[tuple[str, str]]) -> None:
        """The company's programs, by client id and name."""
        self.outcome.choices = [("", gettext("All outcomes")), *((code, str(word)) for code, word in OUTCOMES.items())]
        self.program.choices = [("", gettext("All programs")), *programs]

    def sought(self) -> Sought:
        """What was filled in."""
        return Sought(self.outcome.data or None, self.program.data or None, self.request.data or None)
