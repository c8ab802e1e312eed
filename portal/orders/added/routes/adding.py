"""Adding an order: by hand, or from what the company sent."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.audit.doors import do, reading, see, whose, writing
from portal.files.checking import MOST_OF_A_FORM, Checked, look_into
from portal.files.kinds import MAIL
from portal.files.service import Brought, bring, brought_from, keep, token_of
from portal.files.words import said_of, size_in_words
from portal.kernel.apart import Failed, work_apart
from portal.kernel.errors import Conflict, Gone, Invalid
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.kernel.uploads import takes
from portal.orders.added import service
from portal.orders.added.forms import FIRST_ROWS, MORE_ROWS, AddedForm, FileForm, empty_form, form_of, form_of_mail
from portal.orders.added.routes.room import blueprint, choice, me
from portal.orders.added.routes.tables import is_table, looked_through
from portal.orders.added.shapes import MOST_LINES

_MAIL_READER = "portal.orders.added.mails"


@blueprint.get("/orders/add")
@see("orders:add")
def add(unit: Unit) -> str:
    """By hand, or by a file."""
    return choice(FileForm())


@blueprint.post("/orders/add")
@do("orders:add")
@takes(MOST_OF_A_FORM)
def from_file() -> ResponseReturnValue:
    """Looks into a file: what is in a table is shown, any other is kept with the order that is then looked through."""
    form, sent = FileForm(), request.files.get("file")
    try:
        checked = look_into(sent)
        if is_table(checked, sent):
            return looked_through(form, checked)
        return _from_other(checked)
    except Invalid as problem:
        form.refuse(problem.fields)
        return choice(form), 422


def _from_other(checked: Checked) -> ResponseReturnValue:
    form = form_of_mail(_told_by(checked)) if checked.kind == MAIL else empty_form()
    brought = bring(reading, writing, checked=checked, **whose())
    form.file.data = token_of(current_house(), me(), brought)
    return _by_hand(form, brought)


def _told_by(checked: Checked) -> Any:
    try:
        return work_apart(_MAIL_READER, checked.content, keep=True).said
    except Failed:
        return {}


@blueprint.get("/orders/add/hand")
@see("orders:add")
def by_hand(unit: Unit) -> str:
    """An empty form."""
    return _by_hand(empty_form())


@blueprint.post("/orders/add/hand")
@do("orders:add")
def save() -> ResponseReturnValue:
    """Adds what was typed, with the file that came before it; pressed twice, once."""
    form = sent_form()
    brought = _brought(form)
    if "more" in request.form:
        return _by_hand(form, brought)
    try:
        order_id = _added(form, brought)
    except Invalid as problem:
        form.refuse(problem.fields)
        return _by_hand(form, brought), 422
    except Conflict:
        form.refuse({"number": already_added()})
        return _by_hand(form, brought), 422
    except Gone:
        form.file.data = ""
        form.refuse({"": _("The file is not here any more. Add the order without it, and then choose the file once more.")})
        return _by_hand(form), 422
    flash(_("Added."), "done")
    return redirect(url_for("added.order", order=text_of(order_id)), 303)


def _added(form: AddedForm, brought: Brought | None) -> bytes:
    order, once = form.order(), (form.once.data or "")[:64]
    with writing() as unit:
        made = service.add(unit, order=order, once=once, **whose())
        if brought is not None and made.is_new:
            keep(unit, brought=brought, about=service.about(made.id), **whose())
    return made.id


def already_added() -> str:
    """Why an order is not written a second time."""
    return _("You have an order of this company with this number already.")


def sent_form() -> AddedForm:
    """The form as it was sent, with more rows where these were asked for."""
    sent = sum(1 for name in request.form if name.startswith("name_"))
    return form_of(max(FIRST_ROWS, sent) + (MORE_ROWS if "more" in request.form else 0))


def _brought(form: AddedForm) -> Brought | None:
    try:
        return brought_from(current_house(), me(), form.file.data) if form.file.data else None
    except Gone:
        form.file.data = ""
        return None


def _by_hand(form: AddedForm, brought: Brought | None = None) -> str:
    return render_template(
        "orders/add_by_hand.html",
        form=form,
        brought=brought,
        size=size_in_words(brought.size) if brought else "",
        acts=said_of(brought.acts) if brought else [],
        may_have_more=form.rows < MOST_LINES,
        action=url_for("added.save"),
    )
