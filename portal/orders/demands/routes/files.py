"""Photographs and papers that went with a return or a claim, as downloads alone: the customer's, and those of the company."""

from werkzeug.wrappers import Response

from portal.audit.doors import Answer, disclose, see
from portal.files.shared import shared_file, shared_preview
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.orders.demands.reads import filed_with
from portal.orders.demands.routes import blueprint
from portal.orders.demands.routes.console import WHO, conditions_of
from portal.orders.demands.routes.room import customer_of_page
from portal.orders.demands.shared import FILES, demand_disclosed, shared_demand_file
from portal.vendors.reads import staff_of


@blueprint.get("/orders/demands/<demand>/files/<file>")
@see("demands:see")
def file(unit: Unit, demand: str, file: str) -> Response:
    """A file, to be saved."""
    return shared_file(unit, customer_of_page(unit), filed_with(id_from(demand)), id_from(file)).response


@blueprint.get("/orders/demands/<demand>/files/<file>/preview")
@see("demands:see")
def preview(unit: Unit, demand: str, file: str) -> Response:
    """The small picture of a picture."""
    return shared_preview(unit, customer_of_page(unit), filed_with(id_from(demand)), id_from(file)).response


@blueprint.get("/console/<slug>/asked/<demand>/files/<file>")
@disclose("console:see")
def asked_file(unit: Unit, slug: str, demand: str, file: str) -> Answer:
    """A file before a company's people: of what they may read, and on its customer's record."""
    staff = staff_of(unit, slug, *WHO)
    found = shared_demand_file(unit, staff.vendor.id, id_from(demand), id_from(file))
    looked = demand_disclosed(found.one, test=staff.vendor.mode == "test", only=(FILES,))
    return Answer(facts=[looked], conditions=conditions_of(unit, staff, found.one), **found.file.parts)
