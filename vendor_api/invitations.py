"""``/api/v1/invitations``: a company brings its customers, many at a time, sees how that stands, and takes it back."""

from datetime import datetime
from typing import Any, Literal

from flask import Response, json
from pydantic import BaseModel, Field

from portal.audit.doors import Answer, Condition, disclose, do, reading, writing
from portal.kernel.turns import LONG
from portal.kernel.unit import Unit
from portal.links.facts import InvitationsListed
from portal.links.service import invite_all, withdraw
from portal.links.service.inviting import REFUSED
from portal.links.shapes import AT_ONCE, InvitationIn
from portal.links.shared import MOST, shared_invitations, told_links
from portal.oauth.scopes import CUSTOMERS_WRITE
from vendor_api.auth import own_token
from vendor_api.idempotency import Run, begin
from vendor_api.incoming import Shape, read_body, read_query
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with, encoded
from vendor_api.shapes import Cursor

PATH = "/api/v1/invitations"
MOST_BYTES = 1024 * 1024
_PART = 250


class InvitationsIn(Shape):
    """Up to 1,000 of your customers; each is invited or refused by itself."""

    invitations: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=AT_ONCE,
        json_schema_extra={"items": {"$ref": "#/components/schemas/InvitationIn"}},
    )


class InvitationResult(BaseModel):
    """What became of one. Whether an address has an account here is not told: it is the same answer for all."""

    number: str | None
    state: Literal["invited", "waiting", "linked", "held", "declined", "refused"] = Field(
        description="`waiting`: an earlier one is still good. `linked`: connected with you. `held`: kept under your number, "
        "nobody was written to. `declined`: does not want to be invited by you."
    )
    sub: str | None = None
    link: str | None = Field(None, description="With `deliver` `link`: good once, for 30 days. Told here and nowhere else.")
    reason: str | None = None
    field: str | None = None
    detail: str | None = None


class InvitationResults(BaseModel):
    """The results, in the order in which the customers were sent."""

    results: list[InvitationResult]


class InvitationsQuery(Shape):
    """Which page, and of which state."""

    state: Literal["joined", "waiting", "lapsed", "declined", "unmatched"] | None = None
    cursor: Cursor | None = None
    limit: int = Field(MOST, ge=1, le=MOST)


class Invitation(BaseModel):
    """How your invitation of a customer stands. `unmatched`: held, and nobody has said that it is they."""

    number: str
    sub: str
    state: Literal["joined", "waiting", "lapsed", "declined", "unmatched"]
    invited_at: datetime
    expires_at: datetime | None = None


class InvitationsPage(BaseModel):
    """A page of invitations, in the order in which you first wrote of the customers; ``next`` is null on the last."""

    invitations: list[Invitation]
    next: str | None


@operation(
    name="invite_customers",
    method="POST",
    path=PATH,
    summary="Invite your customers: by our mail, by links that you hand over, or to be found by their address.",
    token=OWN,
    scope=CUSTOMERS_WRITE,
    body=InvitationsIn,
    answers={200: InvitationResults},
    headers={"Idempotency-Key": "1 to 255 printable characters; the same request sent again goes on where it stopped"},
    problems=(400, 401, 403, 409, 413, 415, 422, 503),
)
@do("customers:write")
def invite() -> Response:
    """Fifty to a commit; the key keeps the results of each fifty with it, and no link."""
    token = own_token()
    sent = read_body(InvitationsIn, most_bytes=MOST_BYTES).invitations
    run = begin("invitations")
    if run.finished:
        return _with_links(run.response(), token.vendor_id)
    with run:
        _invite(run, token.vendor_id, sent, token.test)
        return _with_links(run.finish(200, encoded({"results": run.results})), token.vendor_id)


def _invite(run: Run, vendor_id: bytes, sent: list[dict[str, Any]], test: bool) -> None:
    batches = invite_all(
        writing,
        vendor_id=vendor_id,
        items=sent[run.done :],
        before=[result["number"] for result in run.results if result["state"] != REFUSED],
        test=test,
        note=lambda unit, results: run.advance(unit, [result.as_json() for result in results]),
    )
    for _ in batches:
        pass


def _with_links(response: Response, vendor_id: bytes) -> Response:
    """Puts in the links, which are opened for this answer alone: what is kept of it for a repetition holds none."""
    results = json.loads(response.get_data())["results"]
    wanted = [one["number"] for one in results if one.get("link")]
    if wanted:
        links: dict[str, str] = {}
        with reading() as unit:
            for start in range(0, len(wanted), _PART):
                links |= told_links(unit, vendor_id, wanted[start : start + _PART])
        told = ({**one, "link": links.get(one["number"])} if one.get("link") else one for one in results)
        response.set_data(encoded({"results": [_without_nothing(one) for one in told]}))
    return response


def _without_nothing(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name == "number" or value is not None}


@operation(
    name="invitations",
    method="GET",
    path=PATH,
    summary="See how your invitations stand.",
    token=OWN,
    scope=CUSTOMERS_WRITE,
    query=InvitationsQuery,
    answers={200: InvitationsPage, 304: None},
    problems=(400, 401, 403, 503),
)
@disclose("customers:read", turn=LONG)
def invitations(unit: Unit) -> Answer:
    """One page; one entry for each customer on it."""
    token, query = own_token(), read_query(InvitationsQuery)
    page = shared_invitations(unit, token.vendor_id, cursor=query.cursor, state=query.state, limit=query.limit)
    return answer_with(
        unit,
        token,
        page.value,
        lambda personal: [
            InvitationsListed(
                holder=row.holder_id,
                vendor=token.vendor_id,
                link=row.link_id,
                count=1,
                token=token.prefix,
                test=token.test,
                personal=personal,
            )
            for row in page.rows
        ],
        [Condition("token_live", (token.id,))],
    )


@operation(
    name="withdraw_invitation",
    method="DELETE",
    path=f"{PATH}/<path:number>",
    summary="Take an invitation back: its links and letters are good for nothing any more.",
    token=OWN,
    scope=CUSTOMERS_WRITE,
    answers={204: None},
    problems=(401, 403, 404, 409, 503),
)
@do("customers:write")
def withdraw_invitation(number: str) -> Response:
    """204, also when it is said again."""
    token = own_token()
    with writing() as unit:
        withdraw(unit, vendor_id=token.vendor_id, number=number)
    return Response(status=204)


# Documented beside the resource: the shape of each customer in the body.
SCHEMAS = (InvitationIn,)
