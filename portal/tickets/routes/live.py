"""What is new in a conversation that lies open: its page asks every two seconds, and is answered with what came since.

Where nothing came, one row was looked at: nothing is written, opened or put on record. Where something did, it is a look
like the page itself, and on record as that is.
"""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from portal.audit.doors import Answer, disclose, see
from portal.kernel.ids import id_from
from portal.kernel.polling import by_itself
from portal.kernel.unit import Unit
from portal.tickets.reads import thread_of
from portal.tickets.reads.attached import files_said
from portal.tickets.reads.desk import case_of
from portal.tickets.reads.news import standing_of_mine, standing_of_vendors
from portal.tickets.routes.asking import asks_of_company, asks_of_customer, no_news, since_in
from portal.tickets.routes.case import WORDS, conditions_of, look_at
from portal.tickets.routes.queue import PEOPLE
from portal.tickets.routes.room import (
    blueprint,
    colleagues,
    customer_of,
    file_at,
    plain_number,
    words,
    words_of_company,
)
from portal.vendors.reads import staff_of

_HTML = "text/html; charset=utf-8"
_KEPT_BY_NOBODY = {"Cache-Control": "no-store"}


@blueprint.get("/messages/conversations/<ticket>/since")
@see("tickets:see")
@by_itself
def since(unit: Unit, ticket: str) -> ResponseReturnValue:
    """What is new for its customer."""
    me, ticket_id = customer_of(unit), id_from(ticket)
    standing, after = standing_of_mine(unit, me, ticket_id), since_in(unit, ticket_id)
    quiet = no_news(standing, after)
    if quiet is not None:
        return Response(status=quiet)
    assert unit.actor.holder_id is not None
    thread = thread_of(unit, me, unit.actor.holder_id, ticket_id)
    news = thread.said[after:]
    return render_template(
        "tickets/news.html",
        ticket=thread.ticket,
        news=news,
        files=files_said(unit, me, [one.id for one in news]),
        file_at=file_at(ticket_id),
        doing=thread.allowed,
        asks=asks_of_customer(unit, thread.ticket),
        **words(),
    )


@blueprint.get("/console/<slug>/conversations/<number>/since")
@disclose("console:see")
@by_itself
def case_since(unit: Unit, slug: str, number: str) -> Answer:
    """What is new for a company's people: with news, a look at what a customer wrote."""
    staff, number = staff_of(unit, slug, *PEOPLE), plain_number(number)
    standing = standing_of_vendors(unit, staff.vendor.id, number)
    after = since_in(unit, standing.id)
    quiet = no_news(standing, after)
    if quiet is not None:
        return Answer(b"", (), status=quiet, content_type=_HTML, headers=_KEPT_BY_NOBODY)
    case = case_of(unit, staff.vendor.id, number)
    news = case.said[after:]
    files = files_said(unit, case.row.customer_id, [one.id for one in news])
    page = render_template(
        "tickets/case_news.html",
        staff=staff,
        case=case,
        row=case.row,
        news=news,
        files=files,
        people=colleagues(unit, staff),
        me=unit.actor.id,
        doing=case.allowed,
        asks=asks_of_company(unit, slug, case),
        **words_of_company(),
    )
    looked = look_at(staff, case, (WORDS,), has_files=bool(files))
    return Answer(page.encode(), [looked], conditions_of(unit, staff, case), content_type=_HTML, headers=_KEPT_BY_NOBODY)
