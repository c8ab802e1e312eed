"""``GET /api/v1/profile``: what one customer shares, read with that customer's token."""

from typing import Any

from pydantic import BaseModel

from portal.audit.doors import Answer, disclose
from portal.customers.shared import profile_disclosed, shared_profile
from portal.grants.leases import open_lease
from portal.grants.reads.basis import claims_of
from portal.grants.reads.budgets import READS, quota_of
from portal.kernel.turns import SHORT
from portal.kernel.unit import Unit
from portal.oauth.scopes import PROFILE_READ
from vendor_api.auth import customers_token, require_level
from vendor_api.incoming import Shape, read_query
from vendor_api.operations import CUSTOMER, operation
from vendor_api.outgoing import answer_with, conditions_of
from vendor_api.shapes import Purpose


class ProfileQuery(Shape):
    """For which purpose; may be left out where the permission has one alone."""

    purpose: Purpose | None = None


class SharedProfile(BaseModel):
    """What the permission shows of the profile; what the customer does not hold is absent."""

    sub: str
    same_as: list[str] | None = None
    purpose: str
    profile: dict[str, Any]


@operation(
    name="profile",
    method="GET",
    path="/api/v1/profile",
    summary="Read the profile fields that one customer shares with you.",
    token=CUSTOMER,
    scope=PROFILE_READ,
    query=ProfileQuery,
    answers={200: SharedProfile, 304: None},
    problems=(400, 401, 403, 503),
    quotas=(READS,),
)
@disclose("profile:read", turn=SHORT)
def profile(unit: Unit) -> Answer:
    """One customer's profile under one lease."""
    token = customers_token()
    lease = open_lease(unit, token=token, purpose=read_query(ProfileQuery).purpose)
    require_level(token, lease)
    shared = shared_profile(unit, lease)
    return answer_with(
        unit,
        token,
        shared,
        lambda personal: [profile_disclosed(lease, shared, token=token.prefix, test=token.test, personal=personal)],
        conditions_of(token, [lease]),
        claims_of([lease]),
        quota_of(unit, lease),
    )
