"""A company asks; somebody who is signed in opens the request; a customer prepares to share again."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, update

from portal.grants import reads
from portal.grants.details import Detail, InvalidDetails, check_allowed, parse, stored
from portal.grants.facts import GrantRequested, RequestOpened, RequestTurnedAway
from portal.grants.models import WAITING, WITHDRAWN, Grant, Request
from portal.grants.service.replacing import take_place
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.kernel.ids import new_id, text_of
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.unit import Unit
from portal.links.reads import is_blocked
from portal.vendors.reads import VendorView, keep_apart, vendor_of

WAITS = timedelta(days=30)
_AGAIN_AT_LEAST = timedelta(days=1)


def ask(
    unit: Unit,
    *,
    vendor_id: bytes,
    details: Sequence[Detail | Mapping[str, Any]],
    client_id: bytes | None = None,
    customer_id: bytes | None = None,
    ui_locale: str | None = None,
    pushed: bool = False,
    source: str = "authorize",
    amends_id: bytes | None = None,
    action: str | None = None,
) -> Request:
    """Keeps a company's request until a customer answers it. Refuses what the company may not ask for.

    ``amends_id`` is the permission of its own that the program would change, ``action`` how: merge or replace.

    The company's own number for the customer (``identifier``) is believed only in a request that the company
    ``pushed`` to us itself: what stands in a browser's address can have been changed on the way, and a number that
    is somebody else's would lead to their orders. Of other requests by the browser the sentences count that the
    company was admitted with.
    """
    asked = read_details(unit, details)
    numbers = {detail.identifier for detail in asked if detail.identifier} if pushed else set()
    # Nor is a sentence believed that may have been put into the address to speak in the company's name.
    words: dict[str, Any] = {} if pushed or source != "authorize" else {"purpose_text": {}}
    asked = tuple(detail.model_copy(update={"identifier": None, **words}) for detail in asked)
    vendor = _check_vendor(unit, vendor_id)
    check_allowed(asked, reads.allowances_of(unit, vendor_id))
    if customer_id is not None:
        _check_not_blocked(unit, customer_id, vendor_id)
    return _keep(
        unit,
        vendor,
        details=asked,
        source=source,
        client_id=client_id,
        customer_id=customer_id,
        ui_locale=ui_locale,
        customer_number=numbers.pop() if len(numbers) == 1 else None,
        amends_id=amends_id,
        action=action,
    )


def unkept(unit: Unit, vendor_id: bytes, details: Sequence[Detail]) -> Request:
    """A request as it would wait, for whoever wants to see its page: kept nowhere, and answered by nobody."""
    return Request(
        id=new_id(),
        vendor_id=vendor_id,
        source="authorize",
        state=WAITING,
        details=[detail.document() for detail in details],
        created_at=unit.at,
        expires_at=unit.at + WAITS,
    )


def read_details(unit: Unit, details: Sequence[Detail | Mapping[str, Any]]) -> tuple[Detail, ...]:
    """What is asked, in normal form; InvalidDetails says what is wrong with it."""
    documents = [one.document() if isinstance(one, Detail) else one for one in details]
    return parse(json.dumps(documents), origin=unit.house.settings.origin, at=unit.at)


def _check_vendor(unit: Unit, vendor_id: bytes) -> VendorView:
    vendor = vendor_of(unit, vendor_id)
    if vendor.blocked_at is not None:
        raise Refused("vendor-blocked", "This organisation was blocked. Write to the operator.")
    return vendor


def _check_not_blocked(unit: Unit, customer_id: bytes, vendor_id: bytes) -> None:
    if is_blocked(unit, customer_id, vendor_id):
        raise Refused("blocked", "The customer does not want requests from you.")


def _keep(unit: Unit, vendor: VendorView, *, details: Sequence[Detail], **columns: Any) -> Request:
    request = Request(
        id=new_id(),
        vendor_id=vendor.id,
        state=WAITING,
        details=[detail.document() for detail in details],
        created_at=unit.at,
        expires_at=min(unit.at + WAITS, max(detail.ends_at for detail in details)),
        **columns,
    )
    put_request(unit, request)
    unit.note(
        GrantRequested(
            # Whoever is signed in where the request arrives finds it in the record, before it is theirs to answer.
            holder=reads.holder_of(unit, request.customer_id) or unit.actor.holder_id,
            vendor=request.vendor_id,
            asked=_datatypes(details),
            request=text_of(request.id),
            source=request.source,
            purposes=[detail.purpose for detail in details],
            test=vendor.mode == "test",
        )
    )
    if request.customer_id is not None:
        take_place(unit, request)
    return request


def put_request(unit: Unit, request: Request) -> None:
    """Keeps a request that was just made."""
    _put.run(unit.connection, vars(request))


# Nobody offers anything in place of what was only just asked.
_put = prepared_insert(Request, but=("counter_offer",))


def _datatypes(details: Sequence[Detail]) -> list[str]:
    return sorted({name for detail in details for name in detail.datatypes})


def claim_request(unit: Unit, *, request_id: bytes) -> Request:
    """Binds a request that nobody has opened yet to the signed-in customer. Another customer's is NotFound.

    From then on it waits for this person, through registration and on whatever device they come back with, in place
    of what the same program asked them before in the same words.
    """
    me = unit.actor.customer_id
    request = reads.any_request(unit, request_id)
    if me is None or request.customer_id not in (None, me):
        raise NotFound
    keep_apart(unit, me, request.vendor_id)
    if request.customer_id is None:
        _bind(unit, request_id, me)
        request.customer_id = me
        unit.note(_opened(unit, request))
        take_place(unit, request)
    return request


def _opened(unit: Unit, request: Request) -> RequestOpened:
    # The entry of the request itself may know no customer: here it is told whom it asked for what.
    details = stored(request.details)
    return RequestOpened(
        holder=unit.actor.holder_id,
        vendor=request.vendor_id,
        asked=_datatypes(details),
        request=text_of(request.id),
        purposes=[detail.purpose for detail in details],
    )


def _bind(unit: Unit, request_id: bytes, me: bytes) -> None:
    if _bound.changed(unit.connection, {"request": request_id, "me": me}) != 1:
        raise NotFound


_bound = Prepared(
    update(Request)
    .where(Request.id == bindparam("request"), or_(Request.customer_id.is_(None), Request.customer_id == bindparam("me")))
    .values(customer_id=bindparam("me"))
)


def turn_away(unit: Unit, *, request_id: bytes) -> None:
    """Ends a waiting request that the actor cannot answer: about a permission that is not theirs, or ended; or for a
    proof that they have not. Nobody was asked by it.
    """
    done = unit.connection.execute(
        update(Request).where(Request.id == request_id, Request.state == WAITING).values(state=WITHDRAWN)
    )
    if done.rowcount == 1:
        request = reads.any_request(unit, request_id)
        unit.note(
            RequestTurnedAway(holder=unit.actor.holder_id, vendor=request.vendor_id, request=text_of(request_id))
        )


def share_again(unit: Unit, *, grant_id: bytes) -> Request:
    """A request with what an earlier permission allowed, made by the customer: the company need not ask.

    It is answered on the same page as any other. Pressed twice, it is the same request.
    """
    # Held, so that the same press twice at once finds the request of the first.
    grant = reads.grant_of(unit, grant_id, lock=True)
    waiting = reads.waiting_again(unit, grant_id)
    if waiting is not None:
        return waiting
    vendor = _check_vendor(unit, grant.vendor_id)
    _check_not_blocked(unit, grant.customer_id, grant.vendor_id)
    return _keep(
        unit,
        vendor,
        details=_again(unit, grant),
        source="again",
        again_of=grant.id,
        client_id=grant.client_id,
        customer_id=grant.customer_id,
        ui_locale=unit.locale,
    )


def _again(unit: Unit, grant: Grant) -> tuple[Detail, ...]:
    # As long as it was given for, counted from now; and only what the company may still ask for.
    allowed = reads.allowances_of(unit, grant.vendor_id)
    details = []
    for detail in reads.details_of(unit, grant):
        allowance = allowed.get(detail.purpose)
        names = set(detail.datatypes) & (allowance.datatypes if allowance else frozenset())
        if allowance is not None and names and detail.required <= names:
            details.append(_renewed(detail, sorted(names), grant.created_at, unit.at, allowance.may_require))
    if not details:
        raise Conflict("not-admitted", "This company may no longer ask for what it had.")
    try:
        return read_details(unit, details)
    except InvalidDetails as problem:
        raise Conflict("not-admitted", problem.detail) from None


def _renewed(detail: Detail, names: list[str], since: datetime, at: datetime, may_require: frozenset[str]) -> Detail:
    length = max(detail.ends_at - since, _AGAIN_AT_LEAST)
    necessity = {name: detail.necessity[name] if name in may_require else "optional" for name in names}
    return detail.model_copy(
        update={
            "datatypes": tuple(names),
            "necessity": necessity,
            "not_before": None,
            "expires_at": int((at.astimezone(UTC) + length).timestamp()),
        }
    )
