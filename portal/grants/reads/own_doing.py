"""Which requests their customer began, not the company: to share again, or to change what they share."""

from collections.abc import Iterator, Sequence

from sqlalchemy import bindparam, or_

from portal.grants import decision
from portal.grants.models import Grant, Request
from portal.grants.once import is_once
from portal.grants.reads.connected import is_connected
from portal.grants.reads.given import last_details
from portal.grants.reads.used import last_used
from portal.kernel.prepared import PreparedRows
from portal.kernel.unit import Unit

AGAIN, CHANGE, CONNECT, BEFORE = "again", "change", "connect", "before"
_THEIRS = ("customer", "link")


def own_doings(unit: Unit, requests: Sequence[Request]) -> dict[bytes, str]:
    """What the customers of these waiting requests wanted who began them: ``again``, ``change``, ``connect``; no others'.

    A change comes through the customer's own browser, for a reason for which they were sharing with the company already;
    where they have stopped that since, it is ``before``, and where the site has nothing to read with, ``connect``.
    """
    found = {request.id: AGAIN for request in requests if request.source == AGAIN}
    brought = [request for request in requests if request.source == "authorize" and request.customer_id is not None]
    found |= {request.id: CHANGE for request in brought if request.amends_id is not None}
    rest = [request for request in brought if request.amends_id is None]
    shared = list(_shared(unit, rest)) if rest else []
    for request in rest:
        purposes = {detail["purpose"] for detail in request.details}
        mine = [grant for grant, purpose in shared if purpose in purposes and _was_shared(grant, request)]
        if live := [grant.id for grant in mine if grant.state == decision.LIVE]:
            found[request.id] = CHANGE if _is_connected(unit, request, live) else CONNECT
        elif mine:
            found[request.id] = BEFORE
    return found


def _is_connected(unit: Unit, request: Request, grant_ids: Sequence[bytes]) -> bool:
    return request.client_id is None or is_connected(unit, request.client_id, grant_ids)


def _was_shared(grant: Grant, request: Request) -> bool:
    """Whether this permission stood when the request was brought."""
    of_both = (grant.customer_id, grant.vendor_id) == (request.customer_id, request.vendor_id)
    return of_both and grant.created_at < request.created_at and (grant.ended_at is None or grant.ended_at > request.created_at)


def _shared(unit: Unit, requests: Sequence[Request]) -> Iterator[tuple[Grant, str]]:
    """What is shared with the companies of these requests, or was until its customer stopped it, each reason; not one look
    that was taken."""
    customers, vendors = {one.customer_id for one in requests}, {one.vendor_id for one in requests}
    asked = {"customers": list(customers), "vendors": list(vendors), "at": unit.at}
    grants = _given.objects(unit.connection, asked)
    details = last_details(unit, grants)
    looked = last_used(unit, details)
    for grant in grants:
        for detail in details[grant.id]:
            is_taken = is_once(detail, grant.created_at) and detail.purpose in looked.get(grant.id, {})
            if detail.ends_at > unit.at and not is_taken:
                yield grant, detail.purpose


_given = PreparedRows.of(
    Grant,
    Grant.customer_id.in_(bindparam("customers", expanding=True)),
    Grant.vendor_id.in_(bindparam("vendors", expanding=True)),
    or_(Grant.state == decision.LIVE, Grant.ended_by.in_(_THEIRS)),
    Grant.ends_at > bindparam("at"),
    lists=("customers", "vendors"),
)
