"""``GET /api/v1/grants``: the permissions a company was given, and which of them are live."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from portal.audit.doors import Answer, Condition, disclose
from portal.grants.facts import GrantsListed
from portal.kernel.turns import LONG
from portal.kernel.unit import Unit
from portal.oauth.scopes import GRANTS_READ
from portal.oauth.shared import shared_grants
from portal.oauth.tokens import TokenView
from vendor_api.auth import own_token
from vendor_api.incoming import Shape, read_query
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with
from vendor_api.shapes import Cursor

MOST = 50


class GrantsQuery(Shape):
    """Which page."""

    cursor: Cursor | None = None
    limit: int = Field(MOST, ge=1, le=MOST)


class Granted(BaseModel):
    """A permission: what it shares now, and why it is not live where it is not."""

    grant_id: str
    sub: str
    state: Literal["live", "paused", "ended"]
    reason: str | None = None
    version: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    authorization_details: list[dict[str, Any]]


class GrantsPage(BaseModel):
    """A page of permissions, the oldest first; ``next`` is null on the last."""

    grants: list[Granted]
    next: str | None


@operation(
    name="grants",
    method="GET",
    path="/api/v1/grants",
    summary="List the permissions that customers gave you.",
    token=OWN,
    scope=GRANTS_READ,
    query=GrantsQuery,
    answers={200: GrantsPage, 304: None},
    problems=(400, 401, 403, 503),
)
@disclose("grants:read", turn=LONG)
def grants(unit: Unit) -> Answer:
    """One page; one entry for each customer on it."""
    token, query = own_token(), read_query(GrantsQuery)
    page = shared_grants(unit, token.vendor_id, cursor=query.cursor, limit=query.limit)
    return answer_with(
        unit,
        token,
        page.value,
        lambda personal: _facts(page.rows, token, personal),
        [Condition("token_live", (token.id,)), *map(_still, page.live)],
    )


def _still(row: Any) -> Condition:
    return Condition("grant_live", (row.id, row.version, row.ends_at, row.customer_id, row.sharing_version))


def _facts(rows: Any, token: TokenView, personal: dict[str, str]) -> list[GrantsListed]:
    by_link: dict[bytes, list[Any]] = {}
    for row in rows:
        by_link.setdefault(row.link_id, []).append(row)
    return [
        GrantsListed(
            holder=mine[0].holder_id,
            vendor=token.vendor_id,
            link=link_id,
            count=len(mine),
            token=token.prefix,
            test=token.test,
            personal=personal,
        )
        for link_id, mine in by_link.items()
    ]
