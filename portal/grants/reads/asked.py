"""Requests: what companies ask, and what they may ask for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from portal.customers.reads import customer_of
from portal.grants.choices import chosen_in, granted_of
from portal.grants.details import Allowance, Detail, stored
from portal.grants.models import WAITING, Request
from portal.kernel.errors import Gone, NotFound
from portal.kernel.prepared import PreparedRows
from portal.kernel.unit import Unit
from portal.links.models import Link
from portal.vendors.models import Vendor
from portal.vendors.reads import purposes_of


def allowances_of(unit: Unit, vendor_id: bytes) -> dict[str, Allowance]:
    """What a vendor was admitted to ask for, by purpose."""
    allowed = purposes_of(unit, vendor_id)
    return {iri: Allowance(frozenset(row.datatypes), frozenset(row.may_require)) for iri, row in allowed.items()}


def request_of(unit: Unit, request_id: bytes, *, lock: bool = False) -> Request:
    """A request that is the actor's; somebody else's, or one that nobody has opened yet, is NotFound."""
    found = any_request(unit, request_id, lock=lock)
    if found.customer_id is None or found.customer_id != unit.actor.customer_id:
        raise NotFound
    return found


def any_request(unit: Unit, request_id: bytes, *, lock: bool = False) -> Request:
    """A request, whosever it is: for binding it, and for the OAuth side of it."""
    found = (_held if lock else _by_id).one(unit.connection, {"id": request_id})
    if found is None:
        raise NotFound
    return found


_requests = select(*Request.__table__.columns)
_one = _requests.where(Request.id == bindparam("id"))
_by_id, _held = PreparedRows(Request, _one), PreparedRows(Request, _one.with_for_update())


def is_waiting(request: Request, at: datetime) -> bool:
    """Whether it can still be answered. Its end is decided here, when somebody looks."""
    return request.state == WAITING and request.expires_at > at


def waiting_requests(unit: Unit) -> Sequence[Request]:
    """The actor's requests that still wait for an answer, newest first; not those of companies they or we blocked."""
    blocked = select(Link.id).where(
        Link.customer_id == Request.customer_id, Link.vendor_id == Request.vendor_id, Link.blocked_at.is_not(None)
    )
    return unit.session.scalars(
        select(Request)
        .where(
            Request.customer_id == unit.actor.customer_id,
            Request.state == WAITING,
            Request.expires_at > unit.at,
            ~blocked.exists(),
            Request.vendor_id.in_(select(Vendor.id).where(Vendor.blocked_at.is_(None))),
        )
        .order_by(Request.created_at.desc())
    ).all()


def waiting_again(unit: Unit, grant_id: bytes) -> Request | None:
    """The actor's waiting request to share again what an ended permission allowed."""
    statement = select(Request).where(
        Request.again_of == grant_id,
        Request.customer_id == unit.actor.customer_id,
        Request.state == WAITING,
        Request.expires_at > unit.at,
    )
    return unit.session.scalar(statement)


def others_waiting(unit: Unit, request: Request) -> Sequence[Request]:
    """The further requests of its company that wait for its customer, held; not those being answered at this moment."""
    asked = {"customer": request.customer_id, "vendor": request.vendor_id, "but": request.id, "at": unit.at}
    return _others.objects(unit.connection, asked)


_others = PreparedRows(
    Request,
    _requests.where(
        Request.customer_id == bindparam("customer"),
        Request.vendor_id == bindparam("vendor"),
        Request.id != bindparam("but"),
        Request.state == WAITING,
        Request.expires_at > bindparam("at"),
    )
    .order_by(Request.id)
    # Two answers at once would otherwise wait for each other's request for ever.
    .with_for_update(skip_locked=True),
)


def asks_the_same(one: Request, other: Request) -> bool:
    """Whether two requests are one question: of the same program, about the same; from when until when may differ."""
    return _question(one) == _question(other)


def _question(request: Request) -> tuple[object, ...]:
    details = [
        {name: value for name, value in detail.items() if name not in ("not_before", "expires_at")}
        for detail in request.details
    ]
    asks = request.vendor_id, request.customer_id, request.client_id, request.customer_number
    return *asks, request.amends_id, request.action, details


def now_instead(unit: Unit, request: Request) -> Request | None:
    """The actor's waiting request that took the place of one that was withdrawn."""
    return next((one for one in waiting_requests(unit) if asks_the_same(one, request)), None)


def holder_of(unit: Unit, customer_id: bytes | None) -> bytes | None:
    """Whose matter a request is, once somebody opened it."""
    return None if customer_id is None else customer_of(unit, customer_id).holder_id


def offer_of(request: Request) -> tuple[Detail, ...]:
    """What the customer would have shared in place of what was asked, as details; nothing of it is required."""
    asked = {detail.purpose: detail for detail in stored(request.details)}
    answered_at = request.answered_at
    assert answered_at is not None
    chosen = chosen_in(request.counter_offer or {})
    wanted = (granted_of(_wishes(asked[purpose]), choice, answered_at) for purpose, choice in chosen.items())
    return tuple(detail for detail in wanted if detail is not None)


def _wishes(detail: Detail) -> Detail:
    return detail.model_copy(update={"necessity": dict.fromkeys(detail.datatypes, "optional")})


def offers_to(unit: Unit, vendor_id: bytes, request_id: bytes) -> Request:
    """A request of this company's own, held, with an offer that stands; Gone ``offer-over`` where none does."""
    found = _held.one(unit.connection, {"id": request_id})
    if found is None or found.vendor_id != vendor_id or found.source != "vendor":
        raise NotFound
    if found.offer_until is None or found.offer_until <= unit.at:
        raise Gone("offer-over", "The customer offers nothing in place of it, or no longer.")
    return found


def taken_up(unit: Unit, request_id: bytes) -> Request | None:
    """The request by which its company took an offer up."""
    return unit.session.scalar(select(Request).where(Request.offered_in == request_id))


def waiting_of(unit: Unit, customer_id: bytes, vendor_id: bytes) -> Sequence[Request]:
    """A company's requests that wait for one customer, whoever they came by."""
    statement = select(Request).where(
        Request.customer_id == customer_id,
        Request.vendor_id == vendor_id,
        Request.source != "again",
        Request.state == WAITING,
        Request.expires_at > unit.at,
    )
    return unit.session.scalars(statement.order_by(Request.created_at)).all()


def refused_since(unit: Unit, customer_id: bytes, vendor_id: bytes, since: datetime) -> dict[str, datetime]:
    """For which purposes a customer said no to a company since a moment, and when last."""
    statement = (
        select(Request.details, Request.answered_at)
        .where(Request.customer_id == customer_id, Request.vendor_id == vendor_id, Request.answer == "refused")
        .where(Request.answered_at > since)
        .order_by(Request.answered_at)
    )
    rows = unit.connection.execute(statement)
    return {detail["purpose"]: row.answered_at for row in rows for detail in row.details}
