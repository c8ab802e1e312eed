"""What a company asks of a customer who is connected with it, without a browser: asked, taken back, and an offer taken up."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from portal.grants import reads
from portal.grants.details import Detail, check_allowed
from portal.grants.facts import GrantGiven, OfferTakenBack, RequestWithdrawn
from portal.grants.models import ANSWERED, WAITING, WITHDRAWN, Grant, Record, Request
from portal.grants.order import all_at_most
from portal.grants.service.answering import keep_grant
from portal.grants.service.asking import ask, put_request, read_details
from portal.grants.service.ending import make_room
from portal.grants.service.recording import Choosing, keep_record
from portal.kernel.clock import micros
from portal.kernel.errors import Conflict, Invalid, NotFound, Refused
from portal.kernel.ids import new_id, text_of
from portal.kernel.unit import Unit
from portal.links.reads import LinkView, link_of
from portal.vendors.reads import vendor_of

COOL_DOWN = timedelta(days=30)
"""After a no, nobody is asked for the same purpose again by that company without a browser."""
MOST_WAITING = 3
"""Of one company's requests, for one customer."""


def ask_linked(
    unit: Unit, *, vendor_id: bytes, client_id: bytes, link_id: bytes, details: list[dict[str, Any]], widens: bytes | None = None
) -> Request:
    """Asks a customer for one purpose; it waits for thirty days, and they are told. The same asked again is the same request.

    Conflict ``not-connected``, ``already-given``, ``cool-down`` (with until when) or ``too-many-waiting``; NotFound for a
    permission to widen that is not theirs; Invalid where it would not be wider.
    """
    reads.take_turns(unit, link_id)
    link = link_of(unit, link_id)
    _check_connected(link)
    asked = read_details(unit, details)
    given = reads.live_of_company(unit, link_id)
    _check_wider(asked, given, widens)
    if all_at_most(asked, [detail for _, detail in given]):
        raise Conflict("already-given", "The customer shares all of this with you already: read it.")
    waiting = reads.waiting_of(unit, link.customer_id, vendor_id)
    for other in waiting:
        if other.client_id == client_id and other.source == "vendor" and _is_the_same(other, asked):
            return other
    _check_cool(unit, link, asked)
    if len(waiting) >= MOST_WAITING:
        raise Conflict("too-many-waiting", "The customer has not answered what you asked before. Wait, or withdraw it.")
    return ask(
        unit, vendor_id=vendor_id, details=asked, client_id=client_id, customer_id=link.customer_id, source="vendor"
    )


def _check_connected(link: LinkView) -> None:
    if link.blocked_at is not None:
        raise Refused("blocked", "The customer does not want requests from you.")
    if link.state != "active":
        raise Conflict("not-connected", "This customer is not connected with you. Invite them.")


def _check_wider(asked: tuple[Detail, ...], given: list[tuple[bytes, Detail]], widens: bytes | None) -> None:
    """A permission that is to be widened must be there, and all that it allows for the purpose be asked for again."""
    if widens is None:
        return
    mine = {detail.purpose: detail for grant_id, detail in given if grant_id == widens}
    if not mine:
        raise NotFound
    for detail in asked:
        present = mine.get(detail.purpose)
        if present is None or not set(present.datatypes) <= set(detail.datatypes):
            told = "Ask for the same purpose, and for all that it shares by now: a yes takes the place of it."
            raise Invalid("not-wider", told, fields={"authorization_details": "is not wider than grant_id"})


def _is_the_same(other: Request, asked: tuple[Detail, ...]) -> bool:
    def plain(document: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in document.items() if name not in ("not_before", "expires_at", "identifier")}

    return [plain(one) for one in other.details] == [plain(detail.document()) for detail in asked]


def _check_cool(unit: Unit, link: LinkView, asked: tuple[Detail, ...]) -> None:
    refused = reads.refused_since(unit, link.customer_id, link.vendor_id, unit.at - COOL_DOWN)
    said_no = [refused[detail.purpose] for detail in asked if detail.purpose in refused]
    if said_no:
        until = (max(said_no) + COOL_DOWN).isoformat(timespec="seconds").replace("+00:00", "Z")
        told = f"The customer said no to this purpose. Ask again from {until} on."
        raise Conflict("cool-down", told, fields={"until": until})


def withdraw(unit: Unit, *, vendor_id: bytes, request_id: bytes) -> None:
    """Takes a request back that waits; the customer's page says so. Conflict ``already-answered`` where it was answered."""
    request = _own(unit, vendor_id, request_id)
    if request.state == WITHDRAWN:
        return
    gone = {"state": WITHDRAWN, "withdrawn_by": "vendor"}
    waiting = update(Request).where(Request.id == request_id, Request.state == WAITING)
    if unit.connection.execute(waiting.values(gone)).rowcount != 1:
        raise Conflict("already-answered", "The customer has answered this request.")
    holder = reads.holder_of(unit, request.customer_id)
    unit.note(RequestWithdrawn(holder=holder, vendor=vendor_id, request=text_of(request_id)))


def _own(unit: Unit, vendor_id: bytes, request_id: bytes) -> Request:
    found = reads.any_request(unit, request_id)
    if found.vendor_id != vendor_id or found.source != "vendor":
        raise NotFound
    return found


def take_back_offer(unit: Unit, *, request_id: bytes) -> None:
    """The customer offers it no longer; what was taken up by then goes on until they stop it."""
    request = reads.request_of(unit, request_id, lock=True)
    standing = (Request.id == request.id, Request.offer_until > unit.at)
    if unit.connection.execute(update(Request).where(*standing).values(offer_until=None)).rowcount:
        holder = unit.actor.holder_id
        unit.note(OfferTakenBack(holder=holder, vendor=request.vendor_id, request=text_of(request_id)))


def take_up(
    unit: Unit, *, vendor_id: bytes, client_id: bytes, request_id: bytes, link_id: bytes, details: list[dict[str, Any]]
) -> Request:
    """Takes what a customer offered in place of what was asked, or less of it: a permission without a new question.

    Its record cites the text that the customer was shown when they offered it. Gone ``offer-over`` where no offer stands;
    Conflict ``more-than-offered``. Said again for the same it is the same. Gives the request that it answers.
    """
    reads.take_turns(unit, link_id)
    again = reads.taken_up(unit, request_id)
    if again is not None and again.vendor_id == vendor_id and _is_the_same(again, read_details(unit, details)):
        return again
    offered = reads.offers_to(unit, vendor_id, request_id)
    offers = {offer.purpose: offer for offer in reads.offer_of(offered)}
    asked = read_details(unit, [_until_then(one, offers) for one in details])
    link = link_of(unit, link_id)
    _check_connected(link)
    if offered.customer_id != link.customer_id:
        raise NotFound
    if vendor_of(unit, vendor_id).blocked_at is not None:
        raise Refused("vendor-blocked", "This organisation was blocked. Write to the operator.")
    check_allowed(asked, reads.allowances_of(unit, vendor_id))
    if not all_at_most(asked, list(offers.values())):
        raise Conflict("more-than-offered", "The customer offered less than this. Ask for what they offered, or for less.")
    unit.connection.execute(update(Request).where(Request.id == offered.id).values(offer_until=None))
    offered.offer_until = None
    return _give(unit, offered, link, client_id, tuple(one.model_copy(update={"identifier": None}) for one in asked))


def _until_then(document: dict[str, Any], offers: Mapping[str, Detail]) -> dict[str, Any]:
    """What names no end is for as long as was offered."""
    offer = offers.get(str(document.get("purpose")))
    return document if offer is None else {"expires_at": offer.expires_at, **document}


def _give(unit: Unit, offered: Request, link: LinkView, client_id: bytes, granted: tuple[Detail, ...]) -> Request:
    request = Request(
        id=new_id(),
        vendor_id=offered.vendor_id,
        client_id=client_id,
        customer_id=link.customer_id,
        source="vendor",
        state=ANSWERED,
        answer="given",
        details=[detail.document() for detail in granted],
        offered_in=offered.id,
        created_at=unit.at,
        expires_at=offered.expires_at,
        answered_at=unit.at,
    )
    put_request(unit, request)
    # The record is the customer's, and in the language in which they offered it.
    unit.locale = _language(unit, offered)
    make_room(unit, link.id, {detail.purpose for detail in granted})
    grant = keep_grant(unit, request, link.id, granted)
    record = keep_record(unit, Choosing("given", request, granted, granted, grant))
    unit.note(_given(unit, grant, granted, record.id, offered.id))
    return request


def _given(unit: Unit, grant: Grant, granted: tuple[Detail, ...], record_id: bytes, offered_id: bytes) -> GrantGiven:
    names = sorted({name for detail in granted for name in detail.datatypes})
    return GrantGiven(
        holder=reads.holder_of(unit, grant.customer_id),
        vendor=grant.vendor_id,
        link=grant.link_id,
        grant=grant.id,
        version=grant.version,
        basis="grant",
        asked=names,
        given=names,
        request=text_of(grant.request_id),
        record=text_of(record_id),
        purposes=[detail.purpose for detail in granted],
        ends=micros(grant.ends_at),
        offered=text_of(offered_id),
    )


def _language(unit: Unit, offered: Request) -> str:
    wanted = select(Record.language).where(Record.request_id == offered.id).order_by(Record.made_at)
    return str(unit.connection.execute(wanted).scalars().first() or unit.locale)
