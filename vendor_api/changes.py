"""``GET /api/v1/changes``: what happened to a company's customers and permissions, in one order, to be polled."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from portal.audit.doors import Answer, disclose
from portal.events.facts import ChangesDisclosed
from portal.events.kinds import KINDS
from portal.events.shared import MOST, ChangesPage, shared_changes
from portal.kernel.turns import LONG
from portal.kernel.unit import Unit
from portal.oauth.scopes import GRANTS_READ
from portal.oauth.tokens import TokenView
from vendor_api.auth import own_token
from vendor_api.incoming import Shape, read_query
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with, conditions_of
from vendor_api.shapes import Cursor


class ChangesQuery(Shape):
    """Where to go on. Begin with neither, or with ``start=now`` just before you read everything."""

    cursor: Cursor | None = Field(None, description="The cursor of an earlier answer")
    start: Literal["oldest", "now"] | None = Field(None, description="`oldest`: thirty days ago. `now`: nothing yet.")
    limit: int = Field(MOST, ge=1, le=MOST)

    @model_validator(mode="after")
    def _one_place(self) -> "ChangesQuery":
        if self.cursor is not None and self.start is not None:
            raise ValueError("a cursor says where to go on: leave start out")
        return self


class Event(BaseModel):
    """Something that happened. It holds ids and names and never a value: read what you may read."""

    id: str
    type: str = Field(json_schema_extra={"enum": list(KINDS)})
    at: datetime
    sub: str | None = None
    grant_id: str | None = None
    version: int | None = None
    purpose: str | None = None
    reason: str | None = None
    attributes: list[str] | None = None
    order_id: str | None = None
    ticket: str | None = None
    demand_id: str | None = None
    withdrawal_id: str | None = None
    same_as: list[str] | None = None


class ChangesPageBody(BaseModel):
    """Events, the oldest first. Keep ``cursor`` once you have worked through them; ask again at once while ``more``."""

    events: list[Event]
    cursor: str
    more: bool


@operation(
    name="changes",
    method="GET",
    path="/api/v1/changes",
    summary="What happened since: permissions, changed attributes, customers who joined or left.",
    token=OWN,
    scope=GRANTS_READ,
    query=ChangesQuery,
    answers={200: ChangesPageBody, 304: None},
    problems=(400, 401, 403, 503),
    reads_log=True,
)
@disclose("changes:read", turn=LONG)
def changes(unit: Unit) -> Answer:
    """One page; each customer on it has an entry."""
    token, query = own_token(), read_query(ChangesQuery)
    page = shared_changes(
        unit, token.vendor_id, cursor=query.cursor, from_now=query.start == "now", limit=query.limit
    )
    return answer_with(
        unit,
        token,
        page.value,
        lambda personal: _facts(page, token, personal),
        conditions_of(token, page.leases.values()),
    )


def _facts(page: ChangesPage, token: TokenView, personal: dict[str, str]) -> list[ChangesDisclosed]:
    return [
        ChangesDisclosed(
            holder=holder_id,
            vendor=token.vendor_id,
            link=link_id,
            count=count,
            token=token.prefix,
            test=token.test,
            personal=personal,
        )
        for (holder_id, link_id), count in page.counted.items()
    ]
