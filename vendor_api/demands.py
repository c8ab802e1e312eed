"""What customers ask of a company about their orders: listed, read, and answered."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, Field

from portal.audit.doors import Answer, Condition, disclose, do, writing
from portal.kernel.errors import Invalid, NotFound
from portal.kernel.turns import LONG, SHORT
from portal.kernel.unit import Unit
from portal.oauth.scopes import ORDERS_READ, ORDERS_WRITE
from portal.oauth.tokens import TokenView
from portal.orders.demands.machine import COMPANY, KINDS, MACHINES, allowed_actions
from portal.orders.demands.service import Answered, answer
from portal.orders.demands.shared import (
    FILES,
    MOST,
    DemandsPage,
    demand_disclosed,
    shared_demand,
    shared_demand_file,
    shared_demands,
)
from portal.orders.fields import Number, Words
from portal.orders.shapes import LINES
from portal.vendors.things import ThingIds
from vendor_api.auth import own_token
from vendor_api.idempotency import begin
from vendor_api.incoming import Shape, read_body, read_query
from vendor_api.operations import OWN, operation
from vendor_api.order_shapes import Money
from vendor_api.outgoing import BYTES, answer_with, encoded, file_with
from vendor_api.shapes import Cursor, FileTold

MOST_BYTES = 64 * 1024
STATES = tuple(dict.fromkeys(state for machine in MACHINES.values() for state in machine if state != "started"))


class DemandLine(BaseModel):
    """How many of a line it is about, and how many of them you have back."""

    line: str
    quantity: int
    received: int


class DemandFile(FileTold):
    """A photograph or a paper that went with it: fetch it at ``/api/v1/demands/{demand}/files/{id}``."""


class Demand(BaseModel):
    """What a customer asks about an order of yours. Answer with one of ``allowed_actions``."""

    id: str
    order: str
    kind: str = Field(json_schema_extra={"enum": list(KINDS)})
    state: str = Field(json_schema_extra={"enum": list(STATES)})
    type: str | None
    reason: str | None
    words: str | None
    lines: list[DemandLine]
    files: list[DemandFile]
    preview: Money | None
    refund: Money | None
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    is_late: bool
    allowed_actions: list[str]


class DemandPage(BaseModel):
    """Demands, the oldest first; ``next`` is the cursor of the following page, null on the last."""

    demands: list[Demand]
    next: str | None


class DemandsQuery(Shape):
    """Which of them."""

    waiting: Literal["true", "false"] | None = Field(None, description="`true`: those alone that wait for you.")
    cursor: Cursor | None = None
    limit: int = Field(MOST, ge=1, le=MOST)


class Received(Shape):
    """How many of a line came back."""

    line: Number
    quantity: int = Field(ge=1, le=1_000_000, strict=True)


class AnswerIn(Shape):
    """What you do about it. What may be done stands in the demand's ``allowed_actions``."""

    action: Literal["accept", "decline", "receive", "close", "acknowledge", "settle", "dispute"]
    words: Annotated[Words, Field(max_length=1000)] | None = Field(None, description="For the customer. Kept sealed.")
    received: list[Received] | None = Field(None, max_length=LINES, description="With `receive`: what came back.")
    refund: int | None = Field(None, ge=0, le=10**13, strict=True, description="Minor units that you pay back.")


class AnswerResult(BaseModel):
    """How it stands now, and what may be done next."""

    id: str
    state: str
    allowed_actions: list[str]


@operation(
    name="demands",
    method="GET",
    path="/api/v1/demands",
    summary="What customers ask of you about their orders.",
    token=OWN,
    scope=ORDERS_READ,
    query=DemandsQuery,
    answers={200: DemandPage, 304: None},
    problems=(400, 401, 403, 503),
)
@disclose("orders:read", turn=LONG)
def demands(unit: Unit) -> Answer:
    """One page; one entry for each demand on it."""
    token, query = own_token(), read_query(DemandsQuery)
    page = shared_demands(unit, token.vendor_id, cursor=query.cursor, waiting=query.waiting == "true", limit=query.limit)
    return _answer(unit, token, page)


@operation(
    name="demand",
    method="GET",
    path="/api/v1/demands/<demand>",
    summary="Read one of them.",
    token=OWN,
    scope=ORDERS_READ,
    answers={200: Demand, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("orders:read", turn=SHORT)
def demand(unit: Unit, demand: str) -> Answer:
    """One, by the id that the list and events name."""
    token = own_token()
    page = shared_demand(unit, token.vendor_id, demand)
    return _answer(unit, token, page)


@operation(
    name="demand_file",
    method="GET",
    path="/api/v1/demands/<demand>/files/<file>",
    summary="Fetch a file that went with one of them; the demand says what it is called and of which type it is.",
    token=OWN,
    scope=ORDERS_READ,
    answers={200: None},
    media=BYTES,
    problems=(401, 403, 404, 503),
)
@disclose("orders:read", turn=SHORT)
def demand_file(unit: Unit, demand: str, file: str) -> Answer:
    """Its bytes, to be saved; one entry."""
    token = own_token()
    ids = ThingIds(unit.house.keys, token.vendor_id)
    found = shared_demand_file(unit, token.vendor_id, ids.id_from("demand", demand), ids.id_from("file", file))
    looked = demand_disclosed(found.one, token=token.prefix, test=token.test, only=(FILES,))
    return file_with(token, found.file.body, looked, found.one.link_id if found.one.needs_link else None)


def _answer(unit: Unit, token: TokenView, page: DemandsPage) -> Answer:
    links = [Condition("link_live", (one.link_id,)) for one in page.found if one.needs_link]
    return answer_with(
        unit,
        token,
        page.value,
        lambda personal: [
            demand_disclosed(one, token=token.prefix, test=token.test, personal=personal) for one in page.found
        ],
        [Condition("token_live", (token.id,)), *links],
    )


@operation(
    name="answer_demand",
    method="POST",
    path="/api/v1/orders/<path:number>/demands/<demand>",
    summary="Answer what a customer asks about an order of yours.",
    token=OWN,
    scope=ORDERS_WRITE,
    body=AnswerIn,
    answers={200: AnswerResult},
    headers={"Idempotency-Key": "1 to 255 printable characters; the same request sent again is answered alike"},
    problems=(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
@do("orders:write")
def answer_demand(number: str, demand: str) -> Response:
    """What is not allowed is 409 with what is."""
    token, sent = own_token(), read_body(AnswerIn, most_bytes=MOST_BYTES)
    if len(number) > 64:
        raise NotFound
    received = {one.line: one.quantity for one in sent.received or ()}
    if len(received) < len(sent.received or ()):
        raise Invalid("repeated-line", "Name each line once.", fields={"received": "a line stands twice"})
    run = begin("demands", of=f"{number} {demand}")
    if run.finished:
        return run.response()
    with run:
        if not run.done:
            with writing() as unit:
                run.advance(unit, [_answered(unit, token, number, demand, sent, received)])
        return run.finish(200, encoded(run.results[0]))


def _answered(
    unit: Unit, token: TokenView, number: str, demand: str, sent: AnswerIn, received: dict[str, int]
) -> dict[str, object]:
    demand_id = ThingIds(unit.house.keys, token.vendor_id).id_from("demand", demand)
    said = Answered(sent.action, sent.words, received or None, sent.refund)
    kind, state = answer(unit, vendor_id=token.vendor_id, order_number=number, demand_id=demand_id, answered=said)
    return {"id": demand, "state": state, "allowed_actions": list(allowed_actions(kind, state, COMPANY))}
