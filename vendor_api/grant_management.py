"""``/oauth/grants/{grant_id}``: a program looks up a permission of its own, or gives it up (Grant Management, draft 03)."""

from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict

from portal.audit.doors import Answer, Condition, disclose, do, reading, writing
from portal.grants.facts import GrantsListed
from portal.grants.reads import grant_status
from portal.grants.service import hand_back
from portal.kernel.unit import Unit
from portal.oauth.scopes import GRANT_QUERY, GRANT_REVOKE
from portal.oauth.shared import managed_grant, shown_grant, shown_history
from portal.oauth.tokens import TokenView
from vendor_api.auth import current_token
from vendor_api.operations import EITHER, operation
from vendor_api.outgoing import answer_with

PATH = "/oauth/grants/<grant_id>"


class ChangedPurpose(BaseModel):
    """One purpose in one version, and what came and went since the version before. Names alone."""

    purpose: str
    datatypes: list[str]
    added: list[str]
    removed: list[str]
    expires_at: int


class GrantVersion(BaseModel):
    """One version: ``change`` is created, merged, replaced or narrowed, ``updated_by`` client or resource_owner."""

    version: int
    at: int
    change: str
    updated_by: str
    purposes: list[ChangedPurpose]
    purposes_removed: list[str]


class GrantHistory(BaseModel):
    """The newest versions of a permission, a hundred at most, the newest first. Ours: the draft has no history."""

    grant_id: str
    versions: list[GrantVersion]


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
    token=EITHER,
    scope=GRANT_QUERY,
    answers={200: ManagedGrant, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("grants:query")
def query(unit: Unit, grant_id: str) -> Answer:
    """404 for whatever is not this program's, and for what has ended."""
    token = current_token()
    row = managed_grant(unit, token, grant_id)
    return _told(unit, token, row, shown_grant(unit, row))


@operation(
    name="grant_history",
    method="GET",
    path=PATH + "/history",
    summary="Which versions a permission of your program went through: what changed, when, and by whom.",
    token=EITHER,
    scope=GRANT_QUERY,
    answers={200: GrantHistory, 304: None},
    problems=(401, 403, 404, 503),
)
@disclose("grants:query")
def history(unit: Unit, grant_id: str) -> Answer:
    """404 as for the permission itself."""
    token = current_token()
    row = managed_grant(unit, token, grant_id)
    return _told(unit, token, row, shown_history(unit, row, grant_id))


def _told(unit: Unit, token: TokenView, row: Any, shown: dict[str, Any]) -> Answer:
    """One answer about a permission, with its entry. It holds while what was read does."""
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
        [Condition("token_live", (token.id,)), *_still(unit, row)],
    )


def _still(unit: Unit, row: Any) -> list[Condition]:
    # A paused permission can be looked up, too.
    _, reason = grant_status(unit, row.id)
    live = (row.id, row.version, row.ends_at, row.customer_id, row.sharing_version)
    return [Condition("grant_live", live)] if reason is None else []


@operation(
    name="revoke_grant",
    method="DELETE",
    path=PATH,
    summary="Give up a permission that your program was given, with every token of it.",
    token=EITHER,
    scope=GRANT_REVOKE,
    answers={204: None},
    problems=(401, 403, 404, 503),
)
@do("grants:revoke")
def revoke(grant_id: str) -> Response:
    """204 once it and its tokens have ended; then it is 404."""
    token = current_token()
    with reading() as unit:
        row = managed_grant(unit, token, grant_id)
    with writing() as unit:
        hand_back(unit, grant_id=row.id)
    return Response(status=204)
