"""Files that go with what is said: brought before the words are written, so that a form which is wrong need not bear them
twice, and kept with the message. They are given back as downloads alone."""

from typing import Any

from flask import request
from werkzeug.wrappers import Response

from portal.audit.doors import Answer, Condition, disclose, reading, see, writing
from portal.files import service as files
from portal.files.service import Brought, keep_all
from portal.files.shared import shared_file, shared_preview
from portal.grants.lease import OWN
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.tickets.facts import CARE, TicketsDisclosed
from portal.tickets.reads.attached import message, message_of_file
from portal.tickets.reads.desk import case_of
from portal.tickets.routes.queue import PEOPLE
from portal.tickets.routes.room import blueprint, customer_of, plain_number
from portal.tickets.shared import FILES
from portal.vendors.reads import staff_of, stands_on


def attach(form: Any, *, customer_id: bytes, holder_id: bytes) -> list[Brought]:
    """Brings what came with a form (:func:`portal.files.service.attach`)."""
    came: dict[str, Any] = {"kept": request.form.getlist("kept"), "sent": request.files.getlist("files")}
    too_many = _("Five files at most go with a message. Send more with another.")
    return files.attach(form, reading, writing, **came, too_many=too_many, customer_id=customer_id, holder_id=holder_id)


def keep_with(unit: Unit, event_id: bytes | None, brought: list[Brought], *, customer_id: bytes, holder_id: bytes) -> None:
    """Keeps files with a message; with none where the press was taken before, which kept them."""
    if event_id is not None:
        keep_all(unit, brought=brought, about=message(event_id), customer_id=customer_id, holder_id=holder_id)


@blueprint.get("/messages/conversations/<ticket>/files/<file>")
@see("tickets:see")
def file(unit: Unit, ticket: str, file: str) -> Response:
    """A file of a conversation, to be saved."""
    me, file_id = customer_of(unit), id_from(file)
    return shared_file(unit, me, message_of_file(unit, me, id_from(ticket), file_id), file_id).response


@blueprint.get("/messages/conversations/<ticket>/files/<file>/preview")
@see("tickets:see")
def preview(unit: Unit, ticket: str, file: str) -> Response:
    """The small picture of a picture."""
    me, file_id = customer_of(unit), id_from(file)
    return shared_preview(unit, me, message_of_file(unit, me, id_from(ticket), file_id), file_id).response


@blueprint.get("/console/<slug>/conversations/<number>/files/<file>")
@disclose("console:see")
def case_file(unit: Unit, slug: str, number: str, file: str) -> Answer:
    """A file before a company's people: of a conversation that they may read, and on its customer's record."""
    staff = staff_of(unit, slug, *PEOPLE)
    case = case_of(unit, staff.vendor.id, plain_number(number))
    customer_id, file_id = case.row.customer_id, id_from(file)
    found = shared_file(unit, customer_id, message_of_file(unit, customer_id, case.row.id, file_id), file_id)
    looked = TicketsDisclosed(
        holder=case.holder_id,
        vendor=staff.vendor.id,
        link=case.row.link_id,
        basis=OWN,
        purpose=CARE,
        about=("ticket", case.row.id),
        asked=(FILES,),
        given=(FILES,),
        count=1,
        test=staff.vendor.mode == "test",
    )
    conditions = [*stands_on(unit, staff), *([Condition("link_live", (case.row.link_id,))] if case.needs_link else [])]
    return Answer(facts=[looked], conditions=conditions, **found.parts)
