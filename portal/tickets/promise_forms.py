"""The form of what a company promises: how long each clock may run, and when somebody is there."""

import re
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import DecimalField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional, ValidationError

from portal.kernel.forms import Form, at_most, required
from portal.kernel.i18n import gettext
from portal.kernel.i18n import lazy_gettext as _
from portal.tickets.clocks import Name

_SPAN = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})\s*[-–]\s*([0-9]{1,2})[:.]([0-9]{2})\Z")
_MOST_DAYS = 200
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIELDS: dict[str, Name] = {
    "first_response": Name.FIRST_RESPONSE,
    "next_response": Name.NEXT_RESPONSE,
    "first_resolution": Name.FIRST_RESOLUTION,
    "total_resolution": Name.TOTAL_RESOLUTION,
}
"""The field of each clock."""


class NoHours(ValueError):
    """What was written is no span of hours."""


def spans_of(text: str) -> list[list[int]]:
    """The spans of a day, such as ``9:00–14:00, 15:00–18:00``, in minutes; nothing written is nobody there."""
    found = [_span(part.strip()) for part in text.split(",") if part.strip()]
    edges = [edge for span in found for edge in span]
    if any(one >= other for one, other in pairwise(edges)) or any(edge > 1440 for edge in edges):
        raise NoHours
    return found


def _span(text: str) -> list[int]:
    match = _SPAN.match(text)
    if match is None:
        raise NoHours
    begins, past, ends, over = map(int, match.groups())
    if past > 59 or over > 59:
        raise NoHours
    return [begins * 60 + past, ends * 60 + over]


def said_of(spans: list[Any]) -> str:
    """Spans as they are written."""
    return ", ".join("–".join(f"{edge // 60}:{edge % 60:02}" for edge in span) for span in spans)


def _hours(label: str) -> DecimalField:
    limits = [Optional(), NumberRange(min=Decimal("0.25"), max=Decimal(2000))]
    return DecimalField(label, limits, places=2, render_kw={"inputmode": "decimal"})


def _day(label: str) -> StringField:
    return StringField(label, [at_most(120), _is_hours], render_kw={"autocomplete": "off"})


def _is_hours(form: object, field: Any) -> None:
    try:
        spans_of(field.data or "")
    except NoHours:
        raise ValidationError(gettext("Write hours such as 9:00–14:00, 15:00–18:00, the earlier ones first.")) from None


class PromiseForm(Form):
    """What is left empty is not promised; a day left empty is one on which nobody is there."""

    first_response = _hours(_("First answer, in hours"))
    next_response = _hours(_("Next answer, in hours"))
    first_resolution = _hours(_("First solution, in hours"))
    total_resolution = _hours(_("Solution, in hours"))
    zone = StringField(_("Time zone"), [required(), at_most(60)])
    monday = _day(_("Monday"))
    tuesday = _day(_("Tuesday"))
    wednesday = _day(_("Wednesday"))
    thursday = _day(_("Thursday"))
    friday = _day(_("Friday"))
    saturday = _day(_("Saturday"))
    sunday = _day(_("Sunday"))
    closed = TextAreaField(
        _("Days on which nobody is there"),
        [at_most(4000)],
        description=_("One a line, such as 2026-12-25."),
        render_kw={"rows": 3},
    )

    def validate_zone(self, field: StringField) -> None:
        """A name of the time zone database."""
        try:
            ZoneInfo(field.data or "")
        except (ValueError, OSError, KeyError):
            raise ValidationError(gettext("Write a name such as Europe/Madrid or America/Sao_Paulo.")) from None

    def validate_closed(self, field: TextAreaField) -> None:
        """Days of the calendar, each once."""
        try:
            days = [date.fromisoformat(line) for line in _lines(field.data)]
        except ValueError:
            raise ValidationError(gettext("Write a date, with day, month and year.")) from None
        if len(days) > _MOST_DAYS:
            raise ValidationError(gettext("Write fewer days."))

    def promise(self) -> dict[str, Any]:
        """What was written, as the service takes it. With no hours at all every hour counts."""
        week = [spans_of(self[day].data or "") for day in DAYS]
        targets = {name.value: round(self[field].data * 60) for field, name in FIELDS.items() if self[field].data}
        closed = sorted({date.fromisoformat(line).isoformat() for line in _lines(self.closed.data)})
        return {"zone": self.zone.data, "week": week if any(week) else None, "closed": closed, "targets": targets}

    def show(self, row: Any | None, zone: str) -> None:
        """Fills it in with what holds now."""
        self.zone.data = zone if row is None else row.zone
        if row is None:
            return
        for day, spans in zip(DAYS, row.week or [[]] * 7, strict=True):
            self[day].data = said_of(spans)
        for field, name in FIELDS.items():
            self[field].data = Decimal(row.targets[name]) / 60 if name in row.targets else None
        self.closed.data = "\n".join(row.closed)


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


unfilled = partial(PromiseForm, formdata=None)
"""The form before anything is written."""
