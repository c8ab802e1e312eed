"""``/api/v1/grant-requests``: a connected customer is asked without a browser, and answers here when they like."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from flask import Response
from pydantic import BaseModel, Field, model_validator

from portal.audit.doors import Answer, Condition, disclose, do, writing
from portal.grants.facts import RequestTold
from portal.grants.service import ask_linked, take_up, withdraw
from portal.grants.shared import holder_of_request, linked_customer, own_request, shown_request
from portal.kernel.ids import text_of
from portal.kernel.unit import Unit
from portal.links.shapes import Number
from portal.oauth.scopes import REQUESTS_WRITE
from portal.oauth.tokens import TokenView
from portal.vendors.things import ThingIds
from vendor_api.auth import own_token
from vendor_api.idempotency import begin
from vendor_api.incoming import Shape, read_body
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with, encoded

PATH = "/api/v1/grant-requests"
MOST_BYTES = 32 * 1024
Thing = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class GrantRequestIn(Shape):
    """Whom you ask, and one detail as `/authorize` takes it (RFC 9396)."""

    sub: Annotated[str, Field(min_length=1, max_length=36, pattern=r"^[0-9a-f-]+$")] | None = None
    number: Number | None = Field(None, description="Your own customer number, in place of `sub`.")
    authorization_details: list[dict[str, Any]] = Field(min_length=1, max_length=1)
    grant_id: Thing | None = Field(None, description="A permission of theirs that this is to widen.")
    takes_up: Thing | None = Field(None, description="The request that they answered with an offer which you take up.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.sub is None) == (self.number is None):
            raise ValueError("send sub or number")
        if self.grant_id is not None and self.takes_up is not None:
            raise ValueError("send grant_id or takes_up")
        return self


class GrantRequest(BaseModel):
    """A request and how it stands. ``offer`` is what the customer would share instead, and chose to tell you."""

    id: str
    sub: str | None = None
    state: Literal["waiting", "granted", "declined", "countered", "withdrawn", "expired"]
    grant_id: str | None = None
    offer: list[dict[str, Any]] | None = None
    offer_until: datetime | None = None
    authorization_details: list[dict[str, Any]]
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None


@operation(
    name="ask_customer",
    method="POST",
    path=PATH,
    summary="Ask a connected customer; or take up what they offered instead, without a new question.",
    token=OWN,
    scope=REQUESTS_WRITE,
    body=GrantRequestIn,
    answers={200: GrantRequest, 202: GrantRequest},
    headers={"Idempotency-Key": "1 to 255 printable characters; the same request sent again is answered with the same"},
    problems=(400, 401, 403, 404, 409, 410, 413, 415, 422, 503),
)
@do("requests:write")
def request_grant() -> Response:
    """202 while it waits for the customer, for thirty days; 200 where an offer was taken up."""
    token = own_token()
    asked = read_body(GrantRequestIn, most_bytes=MOST_BYTES)
    run = begin("grant-requests")
    if run.finished:
        return run.response()
    with run:
        with writing() as unit:
            made = (_ask if asked.takes_up is None else _take_up)(unit, token, asked)
            told = shown_request(unit, made)
        return run.finish(202 if told["state"] == "waiting" else 200, encoded(told))


def _ask(unit: Unit, token: TokenView, asked: GrantRequestIn) -> Any:
    link = linked_customer(unit, token.vendor_id, sub=asked.sub, number=asked.number)
    return ask_linked(
        unit,
        vendor_id=token.vendor_id,
        client_id=token.client_id,
        link_id=link.id,
        details=asked.authorization_details,
        widens=None if asked.grant_id is None else _things(unit, token).id_from("grant", asked.grant_id),
    )


def _take_up(unit: Unit, token: TokenView, asked: GrantRequestIn) -> Any:
    assert asked.takes_up is not None
    link = linked_customer(unit, token.vendor_id, sub=asked.sub, number=asked.number)
    return take_up(
        unit,
        vendor_id=token.vendor_id,
        client_id=token.client_id,
        request_id=_things(unit, token).id_from("request", asked.takes_up),
        link_id=link.id,
        details=asked.authorization_details,
    )


def _things(unit: Unit, token: TokenView) -> ThingIds:
    return ThingIds(unit.house.keys, token.vendor_id)


@operation(
    name="grant_request",
    method="GET",
    path=f"{PATH}/<request_id>",
    summary="See how a request of yours stands.",
    token=OWN,
    scope=REQUESTS_WRITE,
    answers={200: GrantRequest, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("requests:read")
def grant_request(unit: Unit, request_id: str) -> Answer:
    """One request that this API made."""
    token = own_token()
    request = own_request(unit, token.vendor_id, request_id)
    holder_id, link_id = holder_of_request(unit, request)
    told = shown_request(unit, request)
    return answer_with(
        unit,
        token,
        told,
        lambda personal: [
            RequestTold(
                holder=holder_id,
                vendor=token.vendor_id,
                link=link_id,
                reason=told["state"],
                request=text_of(request.id),
                token=token.prefix,
                test=token.test,
                personal=personal,
            )
        ],
        [Condition("token_live", (token.id,))],
    )


@operation(
    name="withdraw_request",
    method="DELETE",
    path=f"{PATH}/<request_id>",
    summary="Take a request back that the customer has not answered.",
    token=OWN,
    scope=REQUESTS_WRITE,
    answers={204: None},
    problems=(401, 403, 404, 409, 503),
)
@do("requests:write")
def withdraw_request(request_id: str) -> Response:
    """204, also when it is said again."""
    token = own_token()
    with writing() as unit:
        withdraw(unit, vendor_id=token.vendor_id, request_id=own_request(unit, token.vendor_id, request_id).id)
    return Response(status=204)
