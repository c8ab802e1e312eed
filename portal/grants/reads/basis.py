"""What a read under leases stands on and what it uses up, for the log: one and the same by the API and on a page."""

from collections.abc import Iterable

from portal.grants.lease import GRANT, Lease
from portal.grants.reads.budgets import place
from portal.kernel.log_queue import Condition


def basis_of(lease: Lease) -> Condition:
    """What must still hold of the lease when the entry of its read is appended."""
    if lease.basis != GRANT:
        return Condition("link_live", (lease.link_id,))
    args = (lease.grant_id, lease.version, lease.expires_at, lease.customer_id, lease.sharing_version)
    return Condition("grant_live", args)


def claims_of(leases: Iterable[Lease], came: str | None = None, goes_on: str | None = None) -> list[Condition]:
    """What the read uses up: one of the reads that each permission with a budget allows, or a page of one it counted.

    ``came`` is the cursor that the read came with, ``goes_on`` the one that it answers.
    """
    return [
        Condition("read_budget", (*_counted(lease), lease.budget.most, lease.budget.span, place(came), place(goes_on)))
        for lease in leases
        if lease.budget is not None
    ]


def _counted(lease: Lease) -> tuple[bytes | None, str, str, bytes]:
    return lease.grant_id, lease.purpose, lease.resource, lease.customer_id
