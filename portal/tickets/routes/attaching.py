"""Files that go with what is said: brought before the words are written, so that a form which is wrong need not bear them
twice, and kept with the message. They are given back as downloads alone."""

from collections.abc import Iterator
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from portal.audit.doors import Answer, Condition, disclose, reading, see, writing
from portal.files.checking import look_into
from portal.files.service import Brought, bring, brought_from, keep, token_of
from portal.files.shared import FileAnswer, shared_file, shared_preview
from portal.files.words import size_in_words
from portal.grants.lease import OWN
from portal.kernel.errors import Gone, Invalid
from portal.kernel.house import current_house
from portal.kernel.i18n import gettext as _
from portal.kernel.ids import id_from
from portal.kernel.unit import Unit
from portal.tickets.facts import CARE, TicketsDisclosed
from portal.tickets.forms import Kept
from portal.tickets.reads.attached import message, message_of_file
from portal.tickets.reads.desk import case_of
from portal.tickets.routes.queue import PEOPLE
from portal.tickets.routes.room import blueprint, customer_of, plain_number
from portal.tickets.shared import FILES
from portal.vendors.reads import staff_of, stands_on

MOST = 5
"""Files with one message."""


def attach(form: Any, *, customer_id: bytes, holder_id: bytes) -> list[Brought]:
    """Brings what came with a form, beside what had come with it before. What is not taken is told beside its field."""
    found, wrong = list[Brought](), dict[str, None]()
    for work in _each(customer_id, holder_id):
        try:
            if len(found) >= MOST:
                raise Invalid("too-many", fields={"files": _("Five files at most go with a message. Send more with another.")})
            found.append(work())
        except Invalid as no:
            wrong.update(dict.fromkeys(no.fields.values()))
        except Gone:
            wrong[gone()] = None
    form.goes_with([Kept(token_of(current_house(), customer_id, one), one.name, size_in_words(one.size)) for one in found])
    if wrong:
        form.refuse({"files": " ".join(wrong)})
    return found


def _each(customer_id: bytes, holder_id: bytes) -> Iterator[Any]:
    whose = {"customer_id": customer_id, "holder_id": holder_id}
    for token in request.form.getlist("kept"):
        yield lambda token=token: brought_from(current_house(), customer_id, token)
    for sent in request.files.getlist("files"):
        if sent.filename:
            yield lambda sent=sent: bring(reading, writing, checked=look_into(sent, named="files"), **whose)


def gone() -> str:
    """Why a file that had come before does not go with a message."""
    return _("A file is not here any more. Choose it once more.")


def keep_with(unit: Unit, event_id: bytes | None, brought: list[Brought], *, customer_id: bytes, holder_id: bytes) -> None:
    """Keeps files with a message; with none where the press was taken before, which kept them."""
    for one in brought if event_id is not None else ():
        assert event_id is not None
        keep(unit, brought=one, about=message(event_id), customer_id=customer_id, holder_id=holder_id)


@blueprint.get("/messages/conversations/<ticket>/files/<file>")
@see("tickets:see")
def file(unit: Unit, ticket: str, file: str) -> Response:
    """A file of a conversation, to be saved."""
    me, file_id = customer_of(unit), id_from(file)
    return _sent(shared_file(unit, me, message_of_file(unit, me, id_from(ticket), file_id), file_id))


@blueprint.get("/messages/conversations/<ticket>/files/<file>/preview")
@see("tickets:see")
def preview(unit: Unit, ticket: str, file: str) -> Response:
    """The small picture of a picture."""
    me, file_id = customer_of(unit), id_from(file)
    return _sent(shared_preview(unit, me, message_of_file(unit, me, id_from(ticket), file_id), file_id))


def _sent(answer: FileAnswer) -> Response:
    return Response(answer.body, headers=answer.headers)


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
    headers = dict(found.headers)
    return Answer(found.body, [looked], conditions, content_type=headers.pop("Content-Type"), headers=headers)
