"""What a person of a company gets to see: the API's very answers for that company, with what they leave on record.

The decision, the budgets and the conditions are those of a read by the company's own token; in place of the token stands
the person's role.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from portal.customers.shared import profile_disclosed
from portal.grants.lease import ORDERS, Lease
from portal.grants.leases import OwnRight, open_lease
from portal.grants.reads.basis import basis_of, claims_of
from portal.kernel.errors import NotFound
from portal.kernel.facts import Fact
from portal.kernel.log_queue import Condition
from portal.kernel.unit import Unit
from portal.oauth.shared import one_customer, shared_page
from portal.orders.shared import orders_disclosed, orders_of_all, orders_of_one
from portal.vendors.reads import VendorView

MOST = 50
"""Customers, or orders, on a page: as many as the API gives at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked at: for which purpose, where it goes on, and of which customer alone, by the company's own id."""

    purpose: str
    cursor: str | None = None
    sub: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A page of an answer, the leases it was made under, and what the log is to be told and asked."""

    value: dict[str, Any] = field(repr=False)
    leases: Sequence[Lease]
    facts: Sequence[Fact]
    conditions: Sequence[Condition]
    claims: Sequence[Condition]

    @property
    def next(self) -> str | None:
        """Where the walk goes on."""
        place: str | None = self.value["next"]
        return place


Looking = Callable[[Unit, VendorView, Wanted], Look]


def look_at_profiles(unit: Unit, vendor: VendorView, wanted: Wanted) -> Look:
    """The answer of ``/api/v1/profiles``. Of one customer alone a :class:`NoLease` says why there is none."""
    right = OwnRight(vendor.id)
    if wanted.sub is None:
        page = shared_page(unit, right, wanted.purpose, cursor=wanted.cursor, changed_since=None, limit=MOST)
    else:
        # Asked first: a look at one customer that is refused is a blocked attempt, and stands on that customer's record.
        open_lease(unit, token=right, purpose=wanted.purpose, sub=wanted.sub)
        page = one_customer(unit, right, wanted.purpose, wanted.sub)
    leases, personal = [lease for lease, _ in page.parts], _digest(page.value)
    facts = [
        profile_disclosed(lease, shared, test=vendor.mode == "test", personal=personal) for lease, shared in page.parts
    ]
    return Look(page.value, leases, facts, [basis_of(lease) for lease in leases], claims_of(leases))


def look_at_orders(unit: Unit, vendor: VendorView, wanted: Wanted) -> Look:
    """The answer of ``/api/v1/orders?basis=grant``."""
    if wanted.sub is None:
        page = orders_of_all(unit, vendor.id, wanted.purpose, cursor=wanted.cursor, limit=MOST)
    else:
        lease = open_lease(
            unit,
            token=OwnRight(vendor.id),
            purpose=wanted.purpose,
            sub=wanted.sub,
            cursor=wanted.cursor,
            resource=ORDERS,
        )
        if not any(name.startswith("orders.") for name in lease.datatypes):
            raise NotFound
        page = orders_of_one(unit, lease, cursor=wanted.cursor, limit=MOST)
    leases, personal = [part.lease for part in page.parts], _digest(page.value)
    facts = [orders_disclosed(part, test=vendor.mode == "test", personal=personal) for part in page.parts]
    claims = claims_of(leases, wanted.cursor, page.value["next"])
    return Look(page.value, leases, facts, [basis_of(lease) for lease in leases], claims)


def _digest(value: Mapping[str, Any]) -> dict[str, str]:
    """By what it can be shown later which answer it was, as with a read by the API."""
    return {"sha256": hashlib.sha256(to_json(value)).hexdigest()}
