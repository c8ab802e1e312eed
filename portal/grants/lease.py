"""What one read runs under: made afresh for every read, never kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

GRANT = "grant"
OWN = "own"
PROFILE = "profile"
ORDERS = "orders"
"""What is read, each by an answer of its own: a look for a reason is one of each that the reason has."""


def resources_of(datatypes: Iterable[str]) -> frozenset[str]:
    """The resources that hold these datatypes."""
    return frozenset(name.partition(".")[0] for name in datatypes)


class Budget(NamedTuple):
    """At most so many reads in any such span (ISO 8601)."""

    most: int
    span: str


class Lease(NamedTuple):
    """One customer, one vendor, one purpose, and the datatypes that may be read now.

    ``sub`` is what this vendor calls the customer. ``sharing_version`` is the customer's at the moment of the
    decision: the log refuses the read when it has moved. ``since`` is the oldest moment whose rows may be shown.
    With a ``budget`` the read counts, once for all pages of one walk of its ``resource``. ``also_known`` says that the
    vendor has further ids for this customer.
    """

    basis: str
    vendor_id: bytes
    link_id: bytes
    customer_id: bytes
    holder_id: bytes
    sub: str
    grant_id: bytes | None
    version: int | None
    purpose: str
    datatypes: frozenset[str]
    expires_at: datetime | None
    sharing_version: int
    since: datetime | None = None
    budget: Budget | None = None
    also_known: bool = False
    resource: str = PROFILE
