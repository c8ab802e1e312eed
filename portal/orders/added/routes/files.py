"""Files that are kept with an added order: one more, given back, removed."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portal.audit.doors import do, reading, see, whose, writing
from portal.files.checking import MOST_OF_A_FORM, look_into
from portal.files.service import bring, clear, keep
from portal.files.service import remove as remove_file
from portal.files.shared import shared_file, shared_preview
from portal.kernel.errors import Invalid
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.kernel.uploads import takes
from portal.orders.added import service
from portal.orders.added.forms import AttachForm
from portal.orders.added.reads import added_order_of
from portal.orders.added.routes.looking import shown
from portal.orders.added.routes.room import blueprint, me


@blueprint.post("/orders/added/<order>/files")
@do("orders:add")
@takes(MOST_OF_A_FORM)
def attach(order: str) -> ResponseReturnValue:
    """Keeps one more file with the order."""
    form, order_id = AttachForm(), id_from(order)
    with reading() as unit:
        added_order_of(unit, me(), order_id)
    try:
        brought = bring(reading, writing, checked=look_into(request.files.get("file")), **whose())
        with writing() as unit:
            service.hold(unit, order_id=order_id, customer_id=me())
            keep(unit, brought=brought, about=service.about(order_id), **whose())
    except Invalid as problem:
        form.refuse(problem.fields)
        with reading() as unit:
            return shown(unit, order_id, form), 422
    flash(_("Kept with this order."), "done")
    return redirect(url_for("added.order", order=order, _anchor="files"), 303)


@blueprint.get("/orders/added/<order>/files/<file>")
@see("orders:see")
def file(unit: Unit, order: str, file: str) -> Response:
    """A file, to be saved."""
    return shared_file(unit, me(), service.about(id_from(order)), id_from(file)).response


@blueprint.get("/orders/added/<order>/files/<file>/preview")
@see("orders:see")
def preview(unit: Unit, order: str, file: str) -> Response:
    """The small picture of a picture."""
    return shared_preview(unit, me(), service.about(id_from(order)), id_from(file)).response


@blueprint.post("/orders/added/<order>/files/<file>/remove")
@do("orders:add")
def remove_one(order: str, file: str) -> Response:
    """Removes a file; the order stays."""
    file_id = id_from(file)
    with writing() as unit:
        remove_file(unit, file_id=file_id, about=service.about(id_from(order)), **whose())
    clear(writing, file_ids=[file_id])
    flash(_("File removed."), "done")
    return redirect(url_for("added.order", order=order, _anchor="files"), 303)
