"""Requests that nobody came for are deleted, a slice a commit. What somebody opened is that person's record, and stays."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from portal.grants.facts import RequestsForgotten
from portal.grants.models import WAITING, Request
from portal.grants.service.asking import WAITS
from portal.kernel.unit import Unit

# A day longer than the program's half of it is kept: that refers to the request, and goes first.
KEPT = timedelta(days=8)
SLICE = 200
_UNCLAIMED = (Request.customer_id.is_(None), Request.state == WAITING)


def unclaimed_requests(unit: Unit, after: bytes) -> Sequence[bytes]:
    """Requests whose time was over a week ago without anybody having opened them."""
    over = select(Request.id).where(*_UNCLAIMED, Request.id > after, Request.created_at < unit.at - WAITS - KEPT)
    return unit.connection.execute(over.order_by(Request.id).limit(SLICE)).scalars().all()


def forget_requests(unit: Unit, ids: Sequence[bytes]) -> int:
    """Deletes requests that nobody opened; that they were made stands in the log."""
    count = unit.connection.execute(delete(Request).where(*_UNCLAIMED, Request.id.in_(ids))).rowcount
    if count:
        unit.note(RequestsForgotten(count=count))
    return count
