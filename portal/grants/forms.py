"""The forms of this room: an answer to a request, and less of what is shared. Built for what there is to choose."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, Field, HiddenField, RadioField, SelectMultipleField
from wtforms.validators import Optional

from portal.customers.catalogue import CATALOGUE, label_of
from portal.customers.fields import field_of
from portal.grants.choices import Choice
from portal.grants.details import Detail
from portal.grants.ends import DAY, MONTH, NOT_YET, YEAR, last_end, present_ends, presets
from portal.grants.once import ends_once
from portal.kernel.forms import Form
from portal.kernel.i18n import day, lazy_gettext, zone
from portal.kernel.i18n import gettext as _

NOTHING: Mapping[str, frozenset[str]] = {}
# Ends that a page reckons from when it was made, and how it says when that was.
_SPANS = ("year", "month", "day", "once")
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)


class ChoiceForm(Form):
    """For each purpose the ticked datatypes and a no; until when; and values that were still missing.

    ``now`` is what is shared at this moment, by purpose; ``theirs`` says that a company asks, and not the customer.
    """

    details: Sequence[Detail] = ()
    fills: Sequence[str] = ()
    now: Mapping[str, Choice] = NOT_YET
    theirs: bool = True

    # Whether a request is answered with it; when the page was made, and what was shared then: what is sent back is
    # measured by that.
    answers: bool = True
    made: str = ""
    # What is shared already and stays with any yes, by purpose: only the rest can be ticked.
    kept: Mapping[str, frozenset[str]] = NOTHING

    notice = HiddenField()
    sure = HiddenField()
    version = HiddenField()
    shown = HiddenField()
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

    def path_of(self, fill: Field) -> str:
        """What is written in such a field."""
        return self.fills[int(fill.short_name.removeprefix("fill_"))]

    def typed(self) -> dict[str, Any]:
        """Values that were written into the page, by path."""
        found = {path: self[f"fill_{index}"].data for index, path in enumerate(self.fills)}
        return {path: value for path, value in found.items() if value and value.strip()}

    def refuse_paths(self, fields: dict[str, str]) -> None:
        """Puts what is wrong with such values beside their fields."""
        self.refuse({f"fill_{self.fills.index(path)}": said for path, said in fields.items() if path in self.fills})
        self.refuse({path: said for path, said in fields.items() if path not in self.fills})

    def lacking(self, at: datetime) -> dict[str, list[str]]:
        """By purpose, what is required and was left out beside things that were ticked: nothing of it can be shared."""
        chosen = self.choices(at)
        return {
            detail.purpose: sorted(detail.required - chosen[detail.purpose].datatypes)
            for detail in self.details
            if detail.purpose in chosen and not detail.required <= chosen[detail.purpose].datatypes
        }

    def tried(self) -> MultiDict[str, str]:
        """What was chosen, as it can stand in an address: names alone, nothing that was written of oneself."""
        found: MultiDict[str, str] = MultiDict()
        for index in range(len(self.details)):
            found.setlist(f"items_{index}", self.items(index).data or [])
            if self.refused(index).data:
                found.add(f"no_{index}", "y")
        # What was said about these choices once need not be said again.
        for field in (self.until, self.until_date, self.earlier, self.sure):
            if field.data:
                found.add(field.name, str(field.data))
        # What was shared then; the time is that of the page it comes back to.
        found.add(self.shown.name, f".{_parts(self.shown.data)[1]}")
        return found

    def choices(self, at: datetime) -> dict[str, Choice]:
        """What was chosen; a refused purpose, or one without a tick, is left out."""
        found = {}
        for index, detail in enumerate(self.details):
            names, kept = frozenset(self.items(index).data or ()), self.kept.get(detail.purpose, frozenset())
            # Where nothing is new but how long or how often, there is no tick to set.
            chosen = names or kept >= set(detail.datatypes)
            if chosen and not self.refused(index).data:
                found[detail.purpose] = self._choice(names | kept, detail, at)
        return found

    def renew(self) -> None:
        """From here on the page says what is so now, and is measured by it when it comes back."""
        self.shown.data = self.made

    @property
    def stale(self) -> bool:
        """Whether something else is shared than when the page was made that was sent back."""
        return self.answers and _parts(self.shown.data)[1] != _parts(self.made)[1]

    def _from(self, at: datetime) -> datetime:
        """From when spans are counted: from when the page named their end, so that no end is later than it said."""
        seconds = _parts(self.shown.data)[0]
        return min(at, datetime.fromtimestamp(int(seconds), UTC)) if _SECONDS.fullmatch(seconds) else at

    def _choice(self, names: frozenset[str], detail: Detail, at: datetime) -> Choice:
        if self.until.data == "once" and "once" in self.until.choices:
            return Choice(names, ends_once(detail, self._from(at)), once=True)
        last = min(self.ends_at(at), detail.ends_at)
        present = self.now.get(detail.purpose) if self.until.data == "now" else None
        if present is None:
            return Choice(names, last)
        return Choice(names, min(present.ends_at or last, last), once=present.once)

    def ends_at(self, at: datetime) -> datetime:
        """The earliest of what was ticked and what was written."""
        asked = max(detail.ends_at for detail in self.details)
        since = self._from(at)
        ends = {"now": last_end(self.now) or asked, "month": since + MONTH, "year": since + YEAR, "day": since + DAY}
        ends["once"] = max(ends_once(detail, since) for detail in self.details)
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
        if self.stale or (self.until.data == "now" and not self.now):
            return _("What you share has changed since you opened this page. Choose again until when.")
        if self.until.data not in self.until.choices or (self.answers and not self.until.raw_data):
            return _("Choose one of the answers offered.")
        if self.until.data in _SPANS and self.ends_at(at) <= at:
            return _("Choose a day that lies ahead.")
        if chosen is None:
            return _("Write it, or choose another answer.") if self.until.data == "date" else None
        if self.until.data in self.until.choices and self.until.data != "date":
            return _("You chose another end. Choose “Until another day”, or empty this.")
        today, last = at.astimezone(zone()).date(), max(detail.ends_at for detail in self.details)
        if chosen < today:
            return _("Choose a day that lies ahead.")
        if chosen > last.astimezone(zone()).date():
            if self.theirs:
                return _("They ask to use it until %(day)s. Choose that day or an earlier one.", day=day(last))
            return _("It can last until %(day)s. Choose that day or an earlier one.", day=day(last))
        return None


def choice_form(
    details: Sequence[Detail],
    at: datetime,
    *,
    ticked: str = "required",
    also: Mapping[str, frozenset[str]] = NOTHING,
    missing: Iterable[str] = (),
    since: datetime | None = None,
    now: Mapping[str, Choice] = NOT_YET,
    again: bool = False,
    once: bool = False,
    kept: Mapping[str, frozenset[str]] = NOTHING,
    tried: MultiDict[str, str] | None = None,
    written: Mapping[str, str] = MappingProxyType({}),
    **data: Any,
) -> ChoiceForm:
    """The form for these details. ``ticked``: what is ticked to begin with, "required" or "all"; ``also``
    what is ticked besides, by purpose.

    ``since`` is when they were given, where they were: then there is less to choose, and no request to answer.
    ``now`` is what is shared at this moment, whose ends are offered first; ``again`` where the customer prepared it to
    share once more; ``once`` where all that they let this company have was one look. ``kept`` is what stays of a
    permission that is to be changed, by purpose: then one look is no choice. ``tried`` are choices that were
    tried out and came back in the page's address, ``written`` values that came back with them, by path.
    """
    made = f"{int(at.timestamp())}.{_said(now)}"
    now = present_ends(details, now)
    theirs = since is None and not again
    paths = tuple(dict.fromkeys(missing))
    chosen: dict[str, list[str]] = {}
    options: list[dict[str, str]] = []
    for index, detail in enumerate(details):
        shared = also.get(detail.purpose, frozenset()) & set(detail.datatypes)
        stays = kept.get(detail.purpose, frozenset())
        names = sorted((detail.required | shared if ticked == "required" else {*detail.datatypes}) - stays)
        chosen[f"items_{index}"] = names
        options.append({name: label_of(name) for name in detail.datatypes if name not in stays})
    ends = presets(details, at, since=since, now=now, again=again)
    if kept:
        ends.pop("once", None)
    if now:
        data.setdefault("until", "now")
    elif once and "once" in ends:
        # Whoever allowed one look does not come to allow months by leaving a page as it is.
        data.setdefault("until", "once")
    data["shown"] = made
    sent = {} if tried is None else {"formdata": _with(tried, written, paths)}
    form = _form_with(len(details), paths)(data={**chosen, **data}, **sent)
    form.details, form.fills, form.kept, form.now = tuple(details), paths, kept, now
    form.theirs, form.answers, form.made = theirs, since is None, made
    for index, labels in enumerate(options):
        form.items(index).choices = labels
    form.until.choices = ends
    form.earlier.choices = {"yes": _("Yes, they are mine"), "no": _("No")}
    return form


def _form_with(reasons: int, paths: tuple[str, ...]) -> type[ChoiceForm]:
    """A form for so many reasons, with fields for what is missing; what those say depends on the reader's language."""
    if not paths:
        return _form_for(reasons)
    fills = {f"fill_{index}": field_of(CATALOGUE[path], small=True) for index, path in enumerate(paths)}
    return type("OneChoiceForm", (_form_for(reasons),), fills)


@cache
def _form_for(reasons: int) -> type[ChoiceForm]:
    fields: dict[str, Any] = {}
    for index in range(reasons):
        fields[f"items_{index}"] = SelectMultipleField("")
        fields[f"no_{index}"] = BooleanField(lazy_gettext("No to this reason"))
    return type("OneChoiceForm", (ChoiceForm,), fields)


def _with(tried: MultiDict[str, str], written: Mapping[str, str], paths: tuple[str, ...]) -> MultiDict[str, str]:
    found = MultiDict(tried)
    for path, value in written.items():
        # What was saved meanwhile has no field any more.
        if path in paths:
            found[f"fill_{paths.index(path)}"] = value
    return found


def _said(now: Mapping[str, Choice]) -> str:
    """What a page says of the present, in short: the same text as long as it is true."""
    found = sorted((purpose, sorted(one.datatypes), str(one.ends_at), one.once) for purpose, one in now.items())
    return sha256(repr(found).encode()).hexdigest()[:32]


def _parts(shown: str | None) -> tuple[str, str]:
    seconds, _dot, said = (shown or "").partition(".")
    return seconds, said
