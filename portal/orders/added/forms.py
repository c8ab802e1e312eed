"""Forms of orders that customers add: by hand, from a file, and files that are kept with them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import DateField, FileField, HiddenField, SelectField, StringField

from portal.kernel import clock
from portal.kernel.characters import ODD
from portal.kernel.forms import Form
from portal.kernel.i18n import lazy_gettext as _
from portal.kernel.i18n import zone
from portal.kernel.ids import new_secret
from portal.orders.added.reads import AddedView
from portal.orders.added.shapes import CURRENCIES, LONGEST, LONGEST_LINE, MOST_LINES, Added, read_order
from portal.orders.amounts import amount_in_words

FIRST_ROWS = 3
MORE_ROWS = 5
_PARTS = ("name", "quantity", "amount")
_TAKEN = ".eml,.pdf,.csv,.txt,.jpg,.jpeg,.png,.webp,message/rfc822,application/pdf,text/csv,text/plain,image/*"


class AddedForm(Form):
    """Base of the form of an order; :func:`form_of` adds a row of fields for each line."""

    rows = 0
    company = StringField(_("Company"), description=_("Who you bought from."))
    number = StringField(_("Order number"))
    day = DateField(_("Ordered on"), format="%Y-%m-%d")
    currency = SelectField(_("Currency"), validate_choice=False)
    file = HiddenField()
    once = HiddenField()

    def lines(self) -> list[dict[str, str]]:
        """What was typed of each line."""
        return [{part: self[f"{part}_{at}"].data or "" for part in _PARTS} for at in range(self.rows)]

    def order(self) -> Added:
        """The order as it was typed; Invalid, told by fields, where it is none."""
        return read_order(
            company=self.company.data or "",
            number=self.number.data or "",
            day=self.day.data,
            currency=self.currency.data or "",
            lines=self.lines(),
        )


def form_of(rows: int, data: Mapping[str, Any] | None = None) -> AddedForm:
    """The form with so many lines; filled with what was typed, or with ``data``."""
    rows = max(1, min(rows, MOST_LINES))
    fields: dict[str, Any] = {}
    for at in range(rows):
        number = {"number": at + 1}
        fields[f"name_{at}"] = StringField(_("Line %(number)s: what it was", **number))
        fields[f"quantity_{at}"] = StringField(_("Line %(number)s: how many", **number), render_kw={"inputmode": "numeric"})
        fields[f"amount_{at}"] = StringField(_("Line %(number)s: what it cost", **number), render_kw={"inputmode": "decimal"})
    kind = type("OneAddedForm", (AddedForm,), {**fields, "rows": rows})
    # What a page before it sent, a file, is no answer to these questions.
    form: AddedForm = kind() if data is None else kind(formdata=None, data=dict(data))
    chosen = form.currency.data or CURRENCIES[0]
    form.currency.data = chosen
    form.currency.choices = [(code, code) for code in dict.fromkeys((*CURRENCIES, *([chosen] if len(chosen) == 3 else [])))]
    return form


def empty_form() -> AddedForm:
    """The form as it is first shown: today, and a few lines."""
    return form_of(FIRST_ROWS, {"day": clock.now().astimezone(zone()).date(), "once": new_secret()})


def form_of_order(order: AddedView) -> AddedForm:
    """The form filled with an order."""
    lines = [
        {"name": line.name, "quantity": str(line.quantity), "amount": amount_in_words(line.amount, order.currency)}
        for line in order.lines
    ]
    told = {"company": order.company, "number": order.number or "", "currency": order.currency}
    return _filled({**told, "day": order.placed_at.astimezone(zone()).date()}, lines)


def form_of_mail(said: Mapping[str, Any]) -> AddedForm:
    """The form filled with what a mail says."""
    told = {name: _plain(said.get(name, ""), LONGEST) for name in ("company", "number")}
    currency = said.get("currency") if said.get("currency") in CURRENCIES else CURRENCIES[0]
    try:
        day: date | None = date.fromisoformat(said.get("day", ""))
    except ValueError:
        day = None
    return _filled({**told, "day": day, "currency": currency, "once": new_secret()}, said.get("lines", []))


def _plain(said: object, most: int) -> str:
    return " ".join(ODD.sub(" ", str(said)[: 4 * most]).split())[:most].strip()


def _filled(told: Mapping[str, Any], lines: Sequence[Mapping[str, str]]) -> AddedForm:
    parts = {f"{part}_{at}": _plain(line[part], LONGEST_LINE) for at, line in enumerate(lines) for part in _PARTS}
    return form_of(max(len(lines), FIRST_ROWS), {**told, **parts})


class TableForm(Form):
    """What a table does not say itself."""

    company = StringField(_("Company"), description=_("For a table in which no column names it."))
    currency = SelectField(_("Currency"), choices={code: code for code in CURRENCIES}, validate_choice=False)


class FileForm(TableForm):
    """A file that tells of an order, or is to be kept with one that is then written by hand."""

    file = FileField(
        _("File"),
        description=_("A saved mail (.eml), a PDF, a picture, a text or a table (CSV), of at most 10 MB."),
        render_kw={"accept": _TAKEN},
    )


class FoundForm(TableForm):
    """The same, of a table that was looked through, and where it waits."""

    file = HiddenField()


class AttachForm(Form):
    """A file to be kept with an order."""

    file = FileField(
        _("File"),
        description=_("A PDF, a picture, a saved mail (.eml), a text or a table (CSV), of at most 10 MB."),
        render_kw={"accept": _TAKEN},
    )
