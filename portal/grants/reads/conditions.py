"""What the access log asks of this room in the transaction that appends a read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from portal.customers.models import Customer
from portal.grants import decision
from portal.grants.decision import Standing
from portal.grants.models import Grant
from portal.kernel.prepared import Prepared
from portal.links.models import Link

_present = Prepared(
    select(
        Grant.id,
        Grant.state,
        Grant.version,
        Grant.customer_id,
        Link.state.label("link_state"),
        Link.blocked_at,
        Link.paused_at,
        Customer.sharing_version,
    )
    .join(Link, Link.id == Grant.link_id)
    .join(Customer, Customer.id == Grant.customer_id)
    .where(Grant.id.in_(bindparam("ids", expanding=True))),
    lists=("ids",),
)


def grant_live(connection: Connection, args: Sequence[tuple[Any, ...]], now: datetime) -> set[int]:
    """The positions of (grant_id, version, ends_at, customer_id, sharing_version) that hold no longer at ``now``."""
    rows = _present.all(connection, {"ids": list({arg[0] for arg in args})})
    present = {row.id: row for row in rows}
    return {position for position, arg in enumerate(args) if not _still(present.get(arg[0]), arg, now)}


def _still(row: Any, arg: tuple[Any, ...], now: datetime) -> bool:
    _, version, ends_at, customer_id, sharing_version = arg
    if row is None or (row.version, row.customer_id, row.sharing_version) != (version, customer_id, sharing_version):
        return False
    standing = Standing(row.state, row.link_state, row.blocked_at, row.paused_at, None, ends_at)
    return decision.refusal_of(standing, now) is None
