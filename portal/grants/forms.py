"""The forms of this room: an answer to a request, and less of what is shared. Built for what there is to choose."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from wtforms import BooleanField, DateField, Field, HiddenField, RadioField, SelectMultipleField
from wtforms.validators import Optional

from portal.customers.catalogue import ADDRESS_LABELS, CATALOGUE, find, is_stored, label_of, whole_of
from portal.customers.fields import field_of
from portal.grants.choices import Choice
from portal.grants.details import Detail
from portal.kernel.forms import Form
from portal.kernel.i18n import day, lazy_gettext, moment, zone
from portal.kernel.i18n import gettext as _

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
YEAR = timedelta(days=365)


class ChoiceForm(Form):
    """For each purpose the ticked datatypes and a no; until when; and values that were still missing."""

    details: Sequence[Detail] = ()
    fills: Sequence[str] = ()

    notice = HiddenField()
    version = HiddenField()
    until = RadioField(lazy_gettext("Until when"), [Optional()], default="asked", validate_choice=False)
    until_date = DateField(lazy_gettext("The last day"), [Optional()])
    earlier = RadioField("", [Optional()], validate_choice=False)

    def items(self, index: int) -> SelectMultipleField:
        """The ticks of one purpose."""
        return self[f"items_{index}"]

    def refused(self, index: int) -> BooleanField:
        """The no to one purpose."""
        return self[f"no_{index}"]

    def fill(self, path: str) -> Field | None:
        """The field in which a missing value can be written; None where there is none."""
        return self[f"fill_{self.fills.index(path)}"] if path in self.fills else None

    def typed(self) -> dict[str, Any]:
        """Values that were written into the page, by path."""
        found = {path: self[f"fill_{index}"].data for index, path in enumerate(self.fills)}
        return {path: value for path, value in found.items() if value and value.strip()}

    def refuse_paths(self, fields: dict[str, str]) -> None:
        """Puts what is wrong with such values beside their fields."""
        self.refuse({f"fill_{self.fills.index(path)}": said for path, said in fields.items() if path in self.fills})
        self.refuse({path: said for path, said in fields.items() if path not in self.fills})

    def is_empty(self) -> bool:
        """Whether nothing was ticked where nothing is required: no answer, but an oversight."""
        ticked = any(self.items(index).data for index in range(len(self.details)))
        required = any(detail.required for detail in self.details)
        return not ticked and not required

    def choices(self, at: datetime) -> dict[str, Choice]:
        """What was chosen; a refused purpose, or one without a tick, is left out."""
        found = {}
        for index, detail in enumerate(self.details):
            names = frozenset(self.items(index).data or ())
            if names and not self.refused(index).data:
                found[detail.purpose] = Choice(names, min(self.ends_at(at), detail.ends_at))
        return found

    def ends_at(self, at: datetime) -> datetime:
        """The earliest of what was ticked and what was written."""
        asked = max(detail.ends_at for detail in self.details)
        ends = {"day": at + DAY, "month": at + MONTH, "year": at + YEAR}
        found = min(asked, ends.get(self.until.data or "", asked))
        if self.until_date.data is not None:
            last = datetime.combine(self.until_date.data, time(23, 59, 59), tzinfo=zone()).astimezone(UTC)
            # The last day of what was asked may be taken whole.
            found = min(found, last)
        return found

    def check_end(self, at: datetime) -> bool:
        """Whether the end lies ahead and not beyond what was asked; says so beside the field."""
        if self.until_date.errors:
            return False
        wrong = self._wrong_end(at)
        if wrong:
            self.refuse({"until_date": wrong})
        return not wrong

    def _wrong_end(self, at: datetime) -> str | None:
        chosen = self.until_date.data
        if chosen is None:
            return _("Write the last day.") if self.until.data == "date" else None
        if self.until.data in self.until.choices and self.until.data != "date":
            return _("You chose another end. Choose “Until another day”, or empty this.")
        today, last = at.astimezone(zone()).date(), max(detail.ends_at for detail in self.details)
        if chosen < today:
            return _("Choose a day that lies ahead.")
        if chosen > last.astimezone(zone()).date():
            return _("They ask until %(day)s. Choose that day or an earlier one.", day=day(last))
        return None


def choice_form(
    details: Sequence[Detail],
    at: datetime,
    *,
    ticked: str = "required",
    missing: Iterable[str] = (),
    as_it_is: bool = False,
    **data: Any,
) -> ChoiceForm:
    """The form for these details. ``ticked``: what is ticked to begin with, "required" or "all"."""
    fields: dict[str, Any] = {"details": tuple(details)}
    for index, detail in enumerate(details):
        names = sorted(detail.required if ticked == "required" else detail.datatypes)
        options = {name: label_of(name) for name in detail.datatypes}
        fields[f"items_{index}"] = SelectMultipleField("", choices=options, default=names)
        fields[f"no_{index}"] = BooleanField(lazy_gettext("No to this reason"))
    paths = list(dict.fromkeys(missing))
    fills = {f"fill_{index}": field_of(CATALOGUE[path], small=True) for index, path in enumerate(paths)}
    fields |= {"fills": tuple(paths), **fills}
    form: ChoiceForm = type("OneChoiceForm", (ChoiceForm,), fields)(data=data)
    form.until.choices = presets(max(detail.ends_at for detail in details), at, as_it_is=as_it_is)
    form.earlier.choices = {"yes": _("Yes, they are mine"), "no": _("No")}
    return form


def presets(asked: datetime, at: datetime, *, as_it_is: bool) -> dict[str, str]:
    """The ends to choose from, the one that was asked for first; none of them later than that."""
    asks = _("Until %(day)s, as they ask", day=day(asked))
    found = {"asked": _("Until %(day)s, as it is now", day=day(asked)) if as_it_is else asks}
    if at + YEAR < asked:
        found["year"] = _("One year, until %(day)s", day=day(at + YEAR))
    if at + MONTH < asked:
        found["month"] = _("30 days, until %(day)s", day=day(at + MONTH))
    if at + DAY < asked:
        found["day"] = _("One day, until %(moment)s", moment=moment(at + DAY))
    return {**found, "date": _("Until another day")}


def fillable(path: str, held: Iterable[str]) -> list[str]:
    """The paths under which a missing answer can be written: parts of an address, or the sources of a derived one."""
    attribute, have = find(path), set(held)
    if attribute is None or attribute.kind == "rows":
        return []
    if whole_of(path):
        return [path]
    if attribute.kind == "address":
        return [f"{path}.{part}" for part in ADDRESS_LABELS]
    if attribute.derived_from:
        return [source for source in attribute.derived_from if source not in have]
    return [path] if is_stored(path) else []
