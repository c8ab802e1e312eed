"""The customer's answer: yes to all or to part of it, or no. Exactly one answer a request, with its signed record."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update

from portal.grants import reads
from portal.grants.amending import SAME
from portal.grants.choices import Choice, applied, as_document
from portal.grants.details import Detail, stored
from portal.grants.facts import GrantAmended, GrantGiven, GrantRefused
from portal.grants.models import ANSWERED, WAITING, WITHDRAWN, Grant, Record, Request
from portal.grants.reads.amended import Amended, amended, leads_nowhere
from portal.grants.service.ending import keep_details, make_room, put_version
from portal.grants.service.recording import Choosing, keep_record
from portal.grants.service.replacing import clear_given, clear_refused
from portal.kernel.clock import micros
from portal.kernel.errors import Conflict, Gone
from portal.kernel.ids import new_id, text_of
from portal.kernel.prepared import Prepared, prepared_insert
from portal.kernel.unit import Unit
from portal.links.service import ensure
from portal.vendors.reads import vendor_of

OFFER_STANDS = timedelta(days=30)
"""For how long a company may take up what a customer offered it."""


def give(unit: Unit, *, request_id: bytes, choices: Mapping[str, Choice], notice: str | None = None) -> Grant:
    """Says yes: makes the permission, with exactly what was chosen, and the signed record of it.

    ``notice`` is the version of the text that was shown (hex); Conflict ``notice-changed`` when it is another by now.
    Said again for the same request, it is the same permission. Raises NothingLeft, before anything was written, when
    no purpose remains; Invalid when a choice would widen what was asked. A request that changes a permission is answered
    by what of it is a question (:func:`portal.grants.reads.amended.questions_of`); Conflict where that has ended.
    """
    request = reads.request_of(unit, request_id, lock=True)
    earlier = _answered(unit, request, "given")
    if earlier is not None:
        return earlier
    asked = stored(request.details)
    changing = _changing(unit, request)
    shown = _shown(unit, request, notice)
    if changing is not None:
        return _amend(unit, request, changing, changing.to.answered(choices, unit.at), shown)
    granted = applied(asked, choices, unit.at)
    link_id = _link(unit, request)
    make_room(unit, link_id, {detail.purpose for detail in granted})
    grant = keep_grant(unit, request, link_id, granted)
    _mark(unit, request, "given")
    clear_given(unit, request)
    record = keep_record(unit, Choosing("given", request, granted, asked, grant), shown)
    unit.note(
        GrantGiven(
            holder=unit.actor.holder_id,
            vendor=grant.vendor_id,
            link=link_id,
            grant=grant.id,
            version=grant.version,
            basis="grant",
            asked=_datatypes(asked),
            given=_datatypes(granted),
            request=text_of(request.id),
            record=text_of(record.id),
            purposes=[detail.purpose for detail in granted],
            ends=micros(grant.ends_at),
        )
    )
    return grant


def give_unasked(unit: Unit, *, request_id: bytes) -> Grant:
    """Grants a request that changes a permission and asks for nothing that it does not allow already.

    Nobody is asked and no record is made: it is no choice of the customer's. Conflict ``question`` where there is one.
    """
    request = reads.request_of(unit, request_id, lock=True)
    earlier = _answered(unit, request, "given")
    if earlier is not None:
        return earlier
    changing = _changing(unit, request)
    if changing is None or not changing.to.quiet:
        raise Conflict("question", "This request has to be answered.")
    return _amend(unit, request, changing, changing.to.unasked())


def _changing(unit: Unit, request: Request) -> Amended | None:
    """The permission that a request changes, held behind its link as every answer holds it."""
    if request.amends_id is None:
        return None
    _link(unit, request)
    return amended(unit, request, lock=True)


def _amend(
    unit: Unit, request: Request, changing: Amended, granted: Sequence[Detail], shown: reads.Shown | None = None
) -> Grant:
    grant, change = changing.grant, changing.to.change(granted)
    assert request.action is not None
    make_room(unit, grant.link_id, {detail.purpose for detail in granted}, but=grant.id)
    if change != SAME:
        put_version(unit, grant, granted, f"{request.action}d", "client")
    _mark(unit, request, "given")
    clear_given(unit, request)
    asked = stored(request.details)
    record = None if shown is None else keep_record(unit, Choosing("given", request, granted, asked, grant), shown)
    unit.note(_amended(unit, request, grant, granted, record, change))
    return grant


def _amended(
    unit: Unit, request: Request, grant: Grant, granted: Sequence[Detail], record: Record | None, change: str
) -> GrantAmended:
    assert request.action is not None
    return GrantAmended(
        holder=unit.actor.holder_id,
        vendor=grant.vendor_id,
        link=grant.link_id,
        grant=grant.id,
        version=grant.version,
        basis="grant",
        asked=_datatypes(stored(request.details)),
        given=_datatypes(granted),
        request=text_of(request.id),
        action=request.action,
        change=change,
        record=None if record is None else text_of(record.id),
        purposes=[detail.purpose for detail in granted],
        ends=micros(grant.ends_at),
    )


def refuse(
    unit: Unit,
    *,
    request_id: bytes,
    counter_offer: Mapping[str, Choice] | None = None,
    notice: str | None = None,
    tell: bool = False,
) -> Request:
    """Says no, and keeps the signed record of it. ``counter_offer`` is what the customer would have shared.

    Where they ``tell`` it to the company, it may take exactly that up within thirty days (:func:`take_up`).
    ``notice`` is the version of the text that was shown (hex). Where it is another by now, or none was, the no holds
    all the same and its record cites no text. Said again it changes nothing; after a yes it is a Conflict.
    """
    request = reads.request_of(unit, request_id, lock=True)
    if request.state == ANSWERED and request.answer == "refused":
        return request
    _answered(unit, request, "refused")
    asked = stored(request.details)
    shown = None if leads_nowhere(unit, request) else reads.compose(unit, request)
    _mark(unit, request, "refused", counter_offer)
    offered = _tell_offer(unit, request) if tell and counter_offer else None
    clear_refused(unit, request)
    cited = shown if shown is not None and notice == shown.version else None
    record = keep_record(unit, Choosing("refused", request, asked, asked), cited)
    unit.note(
        GrantRefused(
            holder=unit.actor.holder_id,
            vendor=request.vendor_id,
            asked=_datatypes(asked),
            request=text_of(request.id),
            record=text_of(record.id),
            purposes=[detail.purpose for detail in asked],
            offered=offered,
        )
    )
    return request


def _tell_offer(unit: Unit, request: Request) -> list[str]:
    """From now on the company may take the offer up; gives what is in it."""
    request.offer_until = unit.at + OFFER_STANDS
    unit.connection.execute(update(Request).where(Request.id == request.id).values(offer_until=request.offer_until))
    return _datatypes(reads.offer_of(request))


def _answered(unit: Unit, request: Request, wanted: str) -> Grant | None:
    """The permission of an earlier yes; Conflict or Gone where this answer comes too late."""
    if request.state == WAITING:
        if request.expires_at <= unit.at:
            raise Gone("request-expired", "This request is over. The company can ask again.")
        return None
    if request.state == WITHDRAWN:
        raise Conflict("already-answered", "Another request took the place of this one.")
    earlier = reads.grant_of_request(unit, request.id) if wanted == request.answer == "given" else None
    if earlier is None:
        raise Conflict("already-answered", "You have answered this request already.")
    return earlier


def _shown(unit: Unit, request: Request, notice: str | None) -> reads.Shown:
    shown = reads.compose(unit, request)
    if notice not in (None, shown.version):
        raise Conflict("notice-changed", "The text has changed since you saw it. Please look again.")
    return shown


def _link(unit: Unit, request: Request) -> bytes:
    assert request.customer_id is not None
    if vendor_of(unit, request.vendor_id).blocked_at is not None:
        raise Conflict("vendor-blocked", "This organisation was blocked by the operator.")
    link = ensure(unit, customer_id=request.customer_id, vendor_id=request.vendor_id)
    reads.take_turns(unit, link.id)
    return link.id


def keep_grant(unit: Unit, request: Request, link_id: bytes, granted: Sequence[Detail]) -> Grant:
    """The permission that answers a request, with what it allows."""
    assert request.customer_id is not None
    grant = Grant(
        id=new_id(),
        customer_id=request.customer_id,
        vendor_id=request.vendor_id,
        link_id=link_id,
        client_id=request.client_id,
        request_id=request.id,
        state="live",
        version=1,
        created_at=unit.at,
        updated_at=unit.at,
        ends_at=latest(granted),
    )
    _put_grant.run(unit.connection, vars(grant))
    keep_details(unit, grant, granted, "created", "resource_owner" if request.source == "again" else "client")
    return grant


_put_grant = prepared_insert(Grant)


def latest(details: Sequence[Detail]) -> datetime:
    """When the last of the details ends."""
    return max(detail.ends_at for detail in details)


def _mark(unit: Unit, request: Request, answer: str, counter_offer: Mapping[str, Choice] | None = None) -> None:
    if _answer.changed(unit.connection, {"request": request.id, "said": answer, "now": unit.at}) != 1:
        raise Conflict("already-answered", "You have answered this request already.")
    request.state, request.answer, request.answered_at = ANSWERED, answer, unit.at
    if counter_offer is not None:
        request.counter_offer = as_document(counter_offer)
        offering = update(Request).where(Request.id == request.id).values(counter_offer=request.counter_offer)
        unit.connection.execute(offering)


_answer = Prepared(
    update(Request)
    .where(Request.id == bindparam("request"), Request.state == WAITING)
    .values(state=ANSWERED, answer=bindparam("said"), answered_at=bindparam("now"))
)


def _datatypes(details: Sequence[Detail]) -> list[str]:
    return sorted({name for detail in details for name in detail.datatypes})
