"""``GET /api/v1/profiles``: everybody who shares with a company, page by page, and then what changed."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from portal.audit.doors import Answer, disclose
from portal.customers.shared import profile_disclosed
from portal.grants.reads.basis import claims_of
from portal.grants.reads.budgets import READS, quota_of
from portal.kernel.errors import BadRequest
from portal.kernel.turns import LONG
from portal.kernel.unit import Unit
from portal.oauth.scopes import PROFILE_READ
from portal.oauth.shared import ProfilePage as Page
from portal.oauth.shared import one_customer, shared_page
from portal.oauth.tokens import TokenView
from portal.vendors.reads import purposes_of
from vendor_api.auth import own_token
from vendor_api.incoming import Shape, read_query
from vendor_api.operations import OWN, operation
from vendor_api.outgoing import answer_with, conditions_of
from vendor_api.profile import SharedProfile
from vendor_api.shapes import Cursor, Purpose

MOST = 50


class ProfilesQuery(Shape):
    """Which walk. Begin with neither cursor nor position; later send the last position as ``changed_since``."""

    purpose: Purpose | None = None
    cursor: Cursor | None = None
    changed_since: Cursor | None = Field(None, description="The position of an earlier answer, never a time")
    sub: Annotated[str, Field(max_length=36)] | None = Field(None, description="One customer alone: whom an event named")
    limit: int = Field(MOST, ge=1, le=MOST)

    @model_validator(mode="after")
    def _one_walk(self) -> "ProfilesQuery":
        if self.cursor is not None and self.changed_since is not None:
            raise ValueError("a cursor goes on with its own walk: leave changed_since out")
        if self.sub is not None and (self.cursor is not None or self.changed_since is not None):
            raise ValueError("one customer is no walk: leave cursor and changed_since out")
        return self


class Ended(BaseModel):
    """A customer whose data may not be read for this purpose any more, or not now; and why."""

    sub: str
    purpose: str
    reason: str


class ProfilePage(BaseModel):
    """A page. With ``next`` null the walk is over, and ``position`` is what to send as ``changed_since`` later.

    Of one customer alone there is no position.
    """

    profiles: list[SharedProfile]
    ended: list[Ended]
    next: str | None
    position: str | None


@operation(
    name="profiles",
    method="GET",
    path="/api/v1/profiles",
    summary="Read the profiles of all customers who share with you, or those that changed.",
    token=OWN,
    scope=PROFILE_READ,
    query=ProfilesQuery,
    answers={200: ProfilePage, 304: None},
    problems=(400, 401, 403, 404, 503),
    quotas=(READS,),
    reads_log=True,
)
@disclose("profiles:read", turn=LONG)
def profiles(unit: Unit) -> Answer:
    """One page; each profile on it is an entry of its own on that customer's record."""
    token, query = own_token(), read_query(ProfilesQuery)
    page = _page(unit, token, query)
    return answer_with(
        unit,
        token,
        page.value,
        lambda personal: [
            profile_disclosed(lease, shared, token=token.prefix, test=token.test, personal=personal)
            for lease, shared in page.parts
        ],
        conditions_of(token, [lease for lease, _ in page.parts]),
        claims_of(lease for lease, _ in page.parts),
        quota_of(unit, page.parts[0][0]) if query.sub is not None and page.parts else page.spent,
    )


def _page(unit: Unit, token: TokenView, query: ProfilesQuery) -> Page:
    purpose = query.purpose or _only_purpose(unit, token)
    if query.sub is not None:
        return one_customer(unit, token, purpose, query.sub)
    return shared_page(
        unit, token, purpose, cursor=query.cursor, changed_since=query.changed_since, limit=query.limit
    )


def _only_purpose(unit: Unit, token: TokenView) -> str:
    allowed: dict[str, Any] = purposes_of(unit, token.vendor_id)
    fit = [name for name, one in allowed.items() if any(path.startswith("profile.") for path in one.datatypes)]
    if len(fit) != 1:
        raise BadRequest("purpose-needed", "Say the purpose: customers may share with you for several.")
    return fit[0]
