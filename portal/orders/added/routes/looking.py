"""One added order: what it says, changed and removed."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.audit.doors import do, reading, see, whose, writing
from portal.files.reads import files_of
from portal.files.service import clear
from portal.files.words import words_of_files
from portal.kernel.errors import Conflict, Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.orders.added import service
from portal.orders.added.forms import AddedForm, AttachForm, form_of_order
from portal.orders.added.reads import AddedView, added_order_of
from portal.orders.added.routes.adding import already_added, sent_form
from portal.orders.added.routes.room import blueprint, me
from portal.orders.added.shapes import MOST_LINES


@blueprint.get("/orders/added/<order>")
@see("orders:see")
def order(unit: Unit, order: str) -> str:
    """The order, and the files that are kept with it."""
    return shown(unit, id_from(order), AttachForm())


def shown(unit: Unit, order_id: bytes, form: AttachForm) -> str:
    """The page of an order, with the form for one more file."""
    found = added_order_of(unit, me(), order_id)
    return render_template(
        "orders/added.html",
        order=found,
        files=files_of(unit, me(), service.about(order_id)),
        form=form,
        **words_of_files(),
    )


@blueprint.get("/orders/added/<order>/change")
@see("orders:add")
def change(unit: Unit, order: str) -> str:
    """The form filled with the order."""
    found = added_order_of(unit, me(), id_from(order))
    return _changing(found, form_of_order(found))


@blueprint.post("/orders/added/<order>/change")
@do("orders:add")
def save_change(order: str) -> ResponseReturnValue:
    """Writes the order anew."""
    form, order_id = sent_form(), id_from(order)
    if "more" not in request.form:
        try:
            told = form.order()
            with writing() as unit:
                service.change(unit, order_id=order_id, order=told, **whose())
        except Invalid as problem:
            form.refuse(problem.fields)
        except Conflict:
            form.refuse({"number": already_added()})
        else:
            flash(_("Changed."), "done")
            return redirect(url_for("added.order", order=order), 303)
    with reading() as unit:
        found = added_order_of(unit, me(), order_id)
    return _changing(found, form), 422 if form.wrong() else 200


def _changing(found: AddedView, form: AddedForm) -> str:
    return render_template(
        "orders/add_by_hand.html",
        form=form,
        order=found,
        brought=None,
        may_have_more=form.rows < MOST_LINES,
        action=url_for("added.save_change", order=found.text),
    )


@blueprint.get("/orders/added/<order>/remove")
@see("orders:add")
def ask_to_remove(unit: Unit, order: str) -> str:
    """Asks before it is gone."""
    found = added_order_of(unit, me(), id_from(order))
    return render_template("orders/added_remove.html", order=found, files=files_of(unit, me(), service.about(found.id)))


@blueprint.post("/orders/added/<order>/remove")
@do("orders:add")
def remove(order: str) -> Response:
    """Removes the order with its files."""
    with writing() as unit:
        gone = service.remove(unit, order_id=id_from(order), **whose())
    clear(writing, file_ids=gone)
    flash(_("Order removed."), "done")
    return redirect(url_for("orders.orders"), 303)
