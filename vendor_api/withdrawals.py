"""Withdrawals from contracts that people without an account declared to a company: listed, read, and answered."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import BaseModel, Field

from portal.audit.doors import Answer, Condition, disclose, do, writing
from portal.kernel.turns import LONG, SHORT
from portal.kernel.unit import Unit
from portal.oauth.scopes import ORDERS_READ, ORDERS_WRITE
from portal.oauth.tokens import TokenView
from portal.orders.demands.guests.service import GuestAnswer, answer_guest
from portal.orders.demands.guests.shared import (
    MOST,
    WithdrawalsPage,
    shared_withdrawal,
    shared_withdrawals,
    withdrawal_disclosed,
)
from portal.orders.demands.machine import COMPANY, WITHDRAWAL, allowed_actions
from portal.orders.fields import Words
from portal.vendors.things import ThingIds
from vendor_api.auth import own_token
from vendor_api.idempotency import begin
from vendor_api.incoming import Shape, read_body, read_query
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with, encoded
from vendor_api.shapes import Cursor

MOST_BYTES = 64 * 1024
State = Literal["receipt_sent", "acknowledged_by_vendor", "settled", "disputed"]


class Withdrawal(BaseModel):
    """What somebody declared to you without an account. Nobody here knows which contract it is: look it up by these.

    Where an order that you told us is known to be theirs, it stands in ``/api/v1/demands`` instead.
    """

    id: str
    state: State
    name: str
    email: str = Field(description="They read mail there: the link by which they declared it came by it.")
    order: str = Field(description="The order's number as they wrote it.")
    words: str | None = Field(description="Which things, in their words; null is the whole contract.")
    declared_at: datetime = Field(description="From this moment it counts.")
    due_at: datetime
    answered_at: datetime | None
    is_late: bool
    allowed_actions: list[str]


class WithdrawalPage(BaseModel):
    """Withdrawals, the oldest first; ``next`` is the cursor of the following page, null on the last."""

    withdrawals: list[Withdrawal]
    next: str | None


class WithdrawalsQuery(Shape):
    """Which of them."""

    waiting: Literal["true", "false"] | None = Field(None, description="`true`: those alone that wait for you.")
    cursor: Cursor | None = None
    limit: int = Field(MOST, ge=1, le=MOST)


class WithdrawalAnswerIn(Shape):
    """What you do about it. What may be done stands in the withdrawal's ``allowed_actions``."""

    action: Literal["acknowledge", "settle", "dispute"]
    words: Annotated[Words, Field(max_length=1000)] | None = Field(None, description="Mailed to whoever declared it.")


class WithdrawalAnswerResult(BaseModel):
    """How it stands now, and what may be done next."""

    id: str
    state: State
    allowed_actions: list[str]


@operation(
    name="withdrawals",
    method="GET",
    path="/api/v1/withdrawals",
    summary="What people without an account declared to you: withdrawals from contracts.",
    token=OWN,
    scope=ORDERS_READ,
    query=WithdrawalsQuery,
    answers={200: WithdrawalPage, 304: None},
    problems=(400, 401, 403, 503),
)
@disclose("orders:read", turn=LONG)
def withdrawals(unit: Unit) -> Answer:
    """One page; one entry for each on it."""
    token, query = own_token(), read_query(WithdrawalsQuery)
    is_waiting = query.waiting == "true"
    page = shared_withdrawals(unit, token.vendor_id, cursor=query.cursor, waiting=is_waiting, limit=query.limit)
    return _answer(unit, token, page)


@operation(
    name="withdrawal",
    method="GET",
    path="/api/v1/withdrawals/<withdrawal>",
    summary="Read one of them.",
    token=OWN,
    scope=ORDERS_READ,
    answers={200: Withdrawal, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("orders:read", turn=SHORT)
def withdrawal(unit: Unit, withdrawal: str) -> Answer:
    """One, by the id that the list and events name."""
    token = own_token()
    return _answer(unit, token, shared_withdrawal(unit, token.vendor_id, withdrawal))


def _answer(unit: Unit, token: TokenView, page: WithdrawalsPage) -> Answer:
    return answer_with(
        unit,
        token,
        page.value,
        lambda personal: [
            withdrawal_disclosed(one, token=token.prefix, test=token.test, personal=personal) for one in page.found
        ],
        [Condition("token_live", (token.id,))],
    )


@operation(
    name="answer_withdrawal",
    method="POST",
    path="/api/v1/withdrawals/<withdrawal>",
    summary="Answer one of them.",
    token=OWN,
    scope=ORDERS_WRITE,
    body=WithdrawalAnswerIn,
    answers={200: WithdrawalAnswerResult},
    headers={"Idempotency-Key": "1 to 255 printable characters; the same request sent again is answered alike"},
    problems=(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
@do("orders:write")
def answer_withdrawal(withdrawal: str) -> Response:
    """What is not allowed is 409 with what is."""
    token, sent = own_token(), read_body(WithdrawalAnswerIn, most_bytes=MOST_BYTES)
    run = begin("withdrawals", of=withdrawal)
    if run.finished:
        return run.response()
    with run:
        if not run.done:
            with writing() as unit:
                run.advance(unit, [_answered(unit, token, withdrawal, sent)])
        return run.finish(200, encoded(run.results[0]))


def _answered(unit: Unit, token: TokenView, withdrawal: str, sent: WithdrawalAnswerIn) -> dict[str, object]:
    withdrawal_id = ThingIds(unit.house.keys, token.vendor_id).id_from("withdrawal", withdrawal)
    said = GuestAnswer(sent.action, sent.words)
    state = answer_guest(unit, vendor_id=token.vendor_id, withdrawal_id=withdrawal_id, answered=said)
    return {"id": withdrawal, "state": state, "allowed_actions": list(allowed_actions(WITHDRAWAL, state, COMPANY))}
