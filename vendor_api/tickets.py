"""``/api/v1/tickets``: a company reads what customers wrote to it, begins conversations, and answers."""

from datetime import date, datetime
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from portal.audit.doors import Answer, Condition, disclose, do, writing
from portal.kernel.errors import NotFound
from portal.kernel.turns import LONG, SHORT
from portal.kernel.unit import Unit
from portal.oauth.scopes import TICKETS_READ, TICKETS_WRITE
from portal.oauth.tokens import TokenView
from portal.tickets.service.intake import begin_one, do_one, take_all
from portal.tickets.shapes import AT_ONCE, Kind, Number, State, TicketActionIn, TicketIn
from portal.tickets.shared import MOST, Filters, own_ticket, own_tickets, tickets_disclosed
from portal.tickets.shared import Answer as Tickets
from vendor_api.auth import own_token
from vendor_api.idempotency import begin
from vendor_api.incoming import Shape, read_body, read_query
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with, encoded
from vendor_api.shapes import Cursor, FileTold

PATH = "/api/v1/tickets"
MOST_BYTES = 1024 * 1024
KEY = {"Idempotency-Key": "1 to 255 printable characters; the same request sent again goes on where it stopped"}


class TicketsIn(Shape):
    """Up to 100 conversations; each is begun or refused by itself."""

    tickets: list[dict[str, Any]] = Field(
        min_length=1, max_length=AT_ONCE, json_schema_extra={"items": {"$ref": "#/components/schemas/TicketIn"}}
    )


class TicketActionsIn(Shape):
    """Up to 100 doings; each is done or refused by itself, in their order."""

    actions: list[dict[str, Any]] = Field(
        min_length=1, max_length=AT_ONCE, json_schema_extra={"items": {"$ref": "#/components/schemas/TicketActionIn"}}
    )


class ItemResult(BaseModel):
    """What became of one item. ``refused`` says the reason, the field, and what may be done instead."""

    number: str | None
    outcome: Literal["created", "unchanged", "done", "refused"]
    ticket: str | None = Field(None, description="The number that both of you know the conversation by.")
    reason: str | None = None
    field: str | None = None
    detail: str | None = None
    allowed_actions: list[str] | None = None


class ItemResults(BaseModel):
    """The results, in the order in which the items were sent."""

    results: list[ItemResult]


class TicketFile(FileTold):
    """A file that went with what was said: fetch it at ``/api/v1/tickets/{number}/files/{id}``."""


class TicketMessage(BaseModel):
    """Something that happened in a conversation; ``words`` where something was said."""

    version: int
    at: datetime
    by: Literal["customer", "vendor"]
    action: str
    state: State
    words: str | None = None
    way: Literal["mail"] | None = Field(None, description="How it came: ``mail`` where the customer answered a mail.")
    files: list[TicketFile]


class TicketClock(BaseModel):
    """One promise of yours, as the customer sees it too."""

    name: Literal["firstResponse", "nextResponse", "firstResolution", "totalResolution"]
    standing: Literal["idle", "running", "paused", "kept", "broken", "stopped"]
    due_at: datetime | None = None
    seconds_left: int | None = None
    is_late: bool


class Ticket(BaseModel):
    """A conversation with one of your customers. ``ticket`` is the number that both of you know it by."""

    ticket: str
    number: str | None = None
    sub: str
    customer: str | None = None
    guest: bool = Field(description="Whether it is with somebody without an account, who came by the link on your site.")
    kind: Kind
    state: State
    version: int
    impact: int
    urgency: int
    priority: int
    order: str | None = None
    opened_by: Literal["customer", "vendor"]
    opened_at: datetime
    changed_at: datetime
    call_wanted_at: datetime | None = None
    legal_day: date | None = Field(None, description="Of a complaint: the last day for your answer by law, where there is one.")
    clocks: list[TicketClock]
    allowed_actions: list[str]
    messages: list[TicketMessage]


class TicketsPage(BaseModel):
    """A page of conversations, the newest first; ``next`` is null on the last."""

    tickets: list[Ticket]
    next: str | None


class TicketsQuery(Shape):
    """Which conversations. A cursor goes on with the very list it was made for."""

    state: State | None = None
    customer: Number | None = Field(None, description="Your own customer number.")
    cursor: Cursor | None = None
    limit: int = Field(MOST, ge=1, le=MOST)


@operation(
    name="tickets",
    method="GET",
    path=PATH,
    summary="List the conversations that customers have with you.",
    token=OWN,
    scope=TICKETS_READ,
    query=TicketsQuery,
    answers={200: TicketsPage, 304: None},
    problems=(400, 401, 403, 503),
)
@disclose("tickets:read", turn=LONG)
def tickets(unit: Unit) -> Answer:
    """One page; one entry for each customer on it."""
    token, query = own_token(), read_query(TicketsQuery)
    filters = Filters(query.state, query.customer)
    return _answer(unit, token, own_tickets(unit, token.vendor_id, cursor=query.cursor, limit=query.limit, filters=filters))


@operation(
    name="ticket",
    method="GET",
    path=f"{PATH}/<path:number>",
    summary="Read one conversation, by the number that both of you know or by your own.",
    token=OWN,
    scope=TICKETS_READ,
    answers={200: Ticket, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("tickets:read", turn=SHORT)
def ticket(unit: Unit, number: str) -> Answer:
    """One conversation; one entry."""
    token = own_token()
    is_plain = len(number) <= 64 and number.isascii() and number.isprintable()
    found = own_ticket(unit, token.vendor_id, number) if is_plain else None
    if found is None:
        raise NotFound
    return _answer(unit, token, found)


@operation(
    name="begin_tickets",
    method="POST",
    path=PATH,
    summary="Begin conversations with customers who are connected with you.",
    token=OWN,
    scope=TICKETS_WRITE,
    body=TicketsIn,
    answers={200: ItemResults},
    headers=KEY,
    problems=(400, 401, 403, 409, 413, 415, 422, 503),
)
@do("tickets:tell")
def begin_all() -> Response:
    """A commit each; the key keeps each result with it."""
    return taken("tickets", TicketIn, read_body(TicketsIn, most_bytes=MOST_BYTES).tickets, begin_one)


@operation(
    name="act_on_tickets",
    method="POST",
    path=f"{PATH}/actions",
    summary="Answer, take up, wait, go on, solve, note for yourself, or say how soon it is needed.",
    token=OWN,
    scope=TICKETS_WRITE,
    body=TicketActionsIn,
    answers={200: ItemResults},
    headers=KEY,
    problems=(400, 401, 403, 409, 413, 415, 422, 503),
)
@do("tickets:tell")
def act_on_all() -> Response:
    """A commit each; the key keeps each result with it."""
    return taken("tickets.actions", TicketActionIn, read_body(TicketActionsIn, most_bytes=MOST_BYTES).actions, do_one)


def taken(route: str, kind: type[BaseModel], sent: list[dict[str, Any]], work: Any) -> Response:
    """Does what was sent, from where an earlier try of the same request stopped."""
    token = own_token()
    run = begin(route)
    if run.finished:
        return run.response()
    with run:
        done = take_all(
            writing,
            kind,
            sent[run.done :],
            lambda unit, item: work(unit, token.vendor_id, item),
            lambda unit, results: run.advance(unit, [result.as_json() for result in results]),
        )
        for _ in done:
            pass
        return run.finish(200, encoded({"results": run.results}))


def _answer(unit: Unit, token: TokenView, found: Tickets) -> Answer:
    links = [Condition("link_live", (part.lease.link_id,)) for part in found.parts if part.needs_link]
    return answer_with(
        unit,
        token,
        found.value,
        lambda personal: [
            tickets_disclosed(part, token=token.prefix, test=token.test, personal=personal) for part in found.parts
        ],
        [Condition("token_live", (token.id,)), *links],
    )


# Documented beside the resource: the shapes of the items in the bodies.
SCHEMAS = (TicketIn, TicketActionIn)
