"""Orders of a table: what was found in it is looked through, and then added, all of it or nothing."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.audit.doors import do, reading, whose, writing
from portal.files.checking import Checked
from portal.files.kinds import CSV, TEXT
from portal.files.reads import CONTENT, is_waiting, pieces_of
from portal.files.service import bring, brought_from, token_of
from portal.kernel.errors import Gone, Invalid
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.i18n import ngettext
from portal.orders.added import service
from portal.orders.added.forms import FileForm, FoundForm
from portal.orders.added.routes.room import blueprint, choice, me
from portal.orders.added.shapes import Added
from portal.orders.added.sheets import Sheet, read_sheet
from portal.orders.reads import summed

MOST_BYTES = 2 * 1024 * 1024
"""Of a table: to read one takes several times as much."""
MOST_SHOWN = 5
"""Orders that are shown of a table before it is added."""
MOST_FAULTS = 50
_ENDINGS = (".csv", ".tsv")


def is_table(checked: Checked, sent: FileStorage | None) -> bool:
    """Whether a file is read as a table: it is one, or is called so and has a line that is longer than the others."""
    called = (sent.filename or "").lower().endswith(_ENDINGS) if sent else False
    return checked.kind == CSV or (checked.kind == TEXT and called)


def looked_through(form: FileForm, checked: Checked) -> ResponseReturnValue:
    """What was found in a table, or which of its lines are wrong. Nothing is added yet."""
    if checked.size > MOST_BYTES:
        raise Invalid("large", fields={"file": _("A table can have 2 MB at most. Divide it into several files.")})
    checked.content.seek(0)
    sheet = _sheet(form, checked.content.read())
    if sheet.faults:
        return _faulty(form, sheet)
    brought = bring(reading, writing, checked=checked, **whose())
    found = FoundForm(formdata=None, data={"company": form.company.data, "currency": form.currency.data})
    found.file.data = token_of(current_house(), me(), brought)
    return render_template(
        "orders/add_table.html",
        form=found,
        orders=sheet.orders[:MOST_SHOWN],
        count=len(sheet.orders),
        days=(min(order.day for order in sheet.orders), max(order.day for order in sheet.orders)),
        sums=summed(sheet.orders),
    )


def _sheet(form: FileForm | FoundForm, data: bytes) -> Sheet:
    return read_sheet(data, company=form.company.data or "", currency=form.currency.data or "")


def _faulty(form: FileForm, sheet: Sheet) -> ResponseReturnValue:
    lines = len({fault.line for fault in sheet.faults})
    said = ngettext(
        "%(num)s line of it is wrong, and nothing was added.", "%(num)s lines of it are wrong, and nothing was added.", lines
    )
    form.refuse({"file": said})
    return choice(form, sheet.faults[:MOST_FAULTS], len(sheet.faults)), 422


@blueprint.post("/orders/add/table")
@do("orders:add")
def add_table() -> ResponseReturnValue:
    """Adds the orders of a table that was looked through; those that are here already are left as they are."""
    form = FoundForm()
    try:
        orders = _whole(_sheet(form, _content(form.file.data or "")))
        with reading() as unit:
            ready = service.ready(unit, orders=orders, **whose())
        with writing() as unit:
            added = service.add_all(unit, orders=ready, **whose())
    except Gone:
        again = FileForm(formdata=None)
        again.refuse({"file": _("The file is not here any more. Choose it once more.")})
        return choice(again), 422
    except Invalid as problem:
        again = FileForm(formdata=None)
        again.refuse({"file": next(iter(problem.fields.values()))})
        return choice(again), 422
    flash(_said(added, len(orders) - added), "done")
    return redirect(url_for("orders.orders"), 303)


def _whole(sheet: Sheet) -> list[Added]:
    """All of it or nothing: what the page said of company and currency may have been changed on its way."""
    if sheet.faults:
        raise Invalid("faults", fields={"file": _("It has changed on its way. Choose the file once more.")})
    return sheet.orders


def _content(token: str) -> bytes:
    brought = brought_from(current_house(), me(), token)
    with reading() as unit:
        if not is_waiting(unit, me(), brought.id):
            raise Gone("file-gone")
        return b"".join(pieces_of(unit, part=CONTENT, file_id=brought.id, **whose()))


def _said(added: int, known: int) -> str:
    said = ngettext("%(num)s order added.", "%(num)s orders added.", added)
    more = ngettext("%(num)s order was here already.", "%(num)s orders were here already.", known) if known else ""
    return f"{said} {more}".strip()
