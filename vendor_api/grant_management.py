"""``/oauth/grants/{grant_id}``: a program looks up a permission of its own, or gives it up (Grant Management, draft 03)."""

from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict

from portal.audit.doors import Answer, Condition, disclose, do, reading, writing
from portal.grants.facts import GrantsListed
from portal.grants.service import hand_back
from portal.kernel.unit import Unit
from portal.oauth.scopes import GRANT_QUERY, GRANT_REVOKE
from portal.oauth.shared import managed_grant, shown_grant
from vendor_api.auth import own_token
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with

PATH = "/oauth/grants/<grant_id>"


class ManagedGrant(BaseModel):
    """Section 6.4 of the draft. ``version`` and ``status`` are ours; moments are NumericDates."""

    model_config = ConfigDict(extra="allow")
    scopes: list[dict[str, Any]]
    claims: list[str]
    authorization_details: list[dict[str, Any]]
    created_at: int
    last_updated_at: int
    expires_at: int
    updated_by: str
    version: int
    status: str


@operation(
    name="query_grant",
    method="GET",
    path=PATH,
    summary="Look up a permission that your program was given, as it stands now.",
    token=OWN,
    scope=GRANT_QUERY,
    answers={200: ManagedGrant, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("grants:query")
def query(unit: Unit, grant_id: str) -> Answer:
    """404 for whatever is not this program's, and for what has ended."""
    token = own_token()
    row = managed_grant(unit, token, grant_id)
    shown = shown_grant(unit, row)
    return answer_with(
        unit,
        token,
        shown,
        lambda personal: [
            GrantsListed(
                holder=row.holder_id,
                vendor=token.vendor_id,
                link=row.link_id,
                grant=row.id,
                version=row.version,
                count=1,
                token=token.prefix,
                test=token.test,
                personal=personal,
            )
        ],
        [Condition("token_live", (token.id,)), *_still(row, shown["status"])],
    )


def _still(row: Any, status: str) -> list[Condition]:
    live = (row.id, row.version, row.ends_at, row.customer_id, row.sharing_version)
    return [Condition("grant_live", live)] if status == "live" else []


@operation(
    name="revoke_grant",
    method="DELETE",
    path=PATH,
    summary="Give up a permission that your program was given, with every token of it.",
    token=OWN,
    scope=GRANT_REVOKE,
    answers={204: None},
    problems=(401, 403, 404, 503),
)
@do("grants:revoke")
def revoke(grant_id: str) -> Response:
    """204 once it and its tokens have ended; then it is 404."""
    token = own_token()
    with reading() as unit:
        row = managed_grant(unit, token, grant_id)
    with writing() as unit:
        hand_back(unit, grant_id=row.id)
    return Response(status=204)
