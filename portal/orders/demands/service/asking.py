"""A customer asks a company for something about an order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from portal.customers.service import raise_sharing_version
from portal.files.reads import FileView, files_of
from portal.files.service import Brought, keep_all
from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.ids import new_id
from portal.kernel.unit import Unit
from portal.orders.demands.machine import (
    CHANGE,
    CHANGES,
    CLAIM,
    CLAIM_REASONS,
    CLAIM_TYPES,
    COUNTED,
    CUSTOMER,
    FILED,
    FIRST,
    NOT_MINE,
)
from portal.orders.demands.models import Demand, DemandLine
from portal.orders.demands.reads import Offers, filed_with, offers_of
from portal.orders.demands.service.moving import about, hold, sealed, step
from portal.orders.facts import DemandMade
from portal.orders.models import Order
from portal.vendors.reads import vendor_of

EXPECTED = timedelta(days=14)
"""By when an answer is expected where the company promised no time of its own: the law's days for paying back."""
_GONE = ("started", "canceled")
WORDS = 1000
"""Letters a customer, or a company, may write about it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer asks for: its kind, pieces by line, and what goes with the kind."""

    kind: str
    pieces: Mapping[bytes, int]
    type: str | None = None
    reason: str | None = None
    words: str | None = None


def ask(unit: Unit, *, order_id: bytes, asked: Asked, seen: int, brought: Sequence[Brought] = ()) -> bytes:
    """Asks the order's company; gives the demand's id. Files that were brought are kept with it.

    ``seen`` is how many things had been asked about the order when the page was made. The same thing sent twice, by a
    double press or from two windows, is one, and so are its files; where another came in between, Conflict ``changed``.
    """
    order = hold(unit, order_id)
    offers = offers_of(unit, order)
    if offers.turns != seen:
        return _again(unit, order, asked, offers, brought)
    refuse_unless(offers, asked.kind)
    check(asked, offers)
    if brought and asked.kind not in FILED:
        raise Invalid("no-files", fields={"files": "not with this"})
    id_ = put(unit, order, asked, offers)
    said = about(unit, order, id_)
    keep_all(unit, brought=brought, about=filed_with(id_), customer_id=order.customer_id, holder_id=said["holder"])
    unit.note(DemandMade(**said, kind=asked.kind))
    return id_


def refuse_unless(offers: Offers, kind: str) -> None:
    """Conflict ``not-allowed`` with what is allowed, where this is not."""
    reason = offers.reasons.get(kind)
    if reason is not None:
        detail = f"This cannot be asked for now ({reason})."
        raise Conflict("not-allowed", detail, why=reason, allowed_actions=list(offers.allowed))


def check(asked: Asked, offers: Offers) -> None:
    """Refuses what is not whole, and more pieces than nobody has asked for yet."""
    if asked.kind == CLAIM and (asked.type not in CLAIM_TYPES or asked.reason not in CLAIM_REASONS):
        raise Invalid("invalid", fields={"reason": "choose"})
    if asked.kind == CHANGE and asked.type not in CHANGES:
        raise Invalid("invalid", fields={"type": "choose"})
    if len(asked.words or "") > WORDS:
        raise Invalid("invalid", fields={"words": "too long"})
    if asked.kind == CHANGE and not (asked.words or "").strip():
        raise Invalid("words-needed", fields={"words": "needed"})
    by_id = {offer.line_id: offer for offer in offers.lines[asked.kind]}
    if any(line not in by_id for line in asked.pieces):
        raise NotFound
    if asked.kind in COUNTED and not asked.pieces:
        raise Invalid("pieces-needed", fields={"pieces": "choose"})
    for line, quantity in asked.pieces.items():
        offer = by_id[line]
        most = offer.left if asked.kind in COUNTED else offer.quantity
        if quantity < 1 or (asked.kind in COUNTED and (offer.reason_not is not None or quantity > most)):
            raise Conflict("too-many-pieces", "More than there is.", why=offer.reason_not, allowed_actions=list(offers.allowed))


def _again(unit: Unit, order: Any, asked: Asked, offers: Offers, brought: Sequence[Brought]) -> bytes:
    """What was asked last, where it is the very same and stands."""
    wanted = select(Demand.id, Demand.kind, Demand.type).where(Demand.order_id == order.id, Demand.state.not_in(_GONE))
    last = unit.connection.execute(wanted.order_by(Demand.turn.desc()).limit(1)).one_or_none()
    if last is not None and (last.kind, last.type) == (asked.kind, asked.type):
        lines = select(DemandLine.line_id, DemandLine.quantity).where(DemandLine.demand_id == last.id)
        is_same = {row.line_id: row.quantity for row in unit.connection.execute(lines)} == dict(asked.pieces)
        # A photograph that was not there the first time is not left out without a word.
        if is_same and _alike(files_of(unit, order.customer_id, filed_with(last.id))) == _alike(brought):
            return bytes(last.id)
    detail = "Something was asked about this order meanwhile."
    raise Conflict("changed", detail, allowed_actions=list(offers.allowed))


def _alike(files: Iterable[FileView | Brought]) -> list[tuple[str, str, int]]:
    return sorted((one.kind, one.name, one.size) for one in files)


def put(unit: Unit, order: Any, asked: Asked, offers: Offers) -> bytes:
    """Writes a demand down with its pieces and its first step; gives its id."""
    id_, state = new_id(), FIRST[asked.kind]
    hours = vendor_of(unit, order.vendor_id).card.get("answers_within")
    row = {
        "id": id_,
        "order_id": order.id,
        "customer_id": order.customer_id,
        "vendor_id": order.vendor_id,
        "turn": next_turn(unit, order.id),
        "kind": asked.kind,
        "state": state,
        "type": asked.type,
        "reason": asked.reason,
        "words": sealed(unit, order, id_, "words", asked.words),
        "preview": preview_of(offers, asked),
        "currency": order.currency,
        "asked_at": unit.at,
        "due_at": unit.at + (EXPECTED if hours is None else timedelta(hours=hours)),
        "is_promised": hours is not None,
    }
    unit.connection.execute(insert(Demand), [row])
    put_pieces(unit, order, id_, asked.pieces)
    step(unit, order, id_, "ask", state, CUSTOMER)
    if asked.kind == NOT_MINE:
        raise_sharing_version(unit, customer_id=order.customer_id)
        unit.connection.execute(update(Order).where(Order.id == order.id).values(disputed_at=unit.at))
    return id_


def next_turn(unit: Unit, order_id: bytes) -> int:
    """The place of what is asked next; the order's row is to be held."""
    last = unit.connection.execute(select(func.max(Demand.turn)).where(Demand.order_id == order_id)).scalar()
    return (last or 0) + 1


def put_pieces(unit: Unit, order: Any, demand_id: bytes, pieces: Mapping[bytes, int]) -> None:
    """Writes down how many of which lines it is about."""
    about = {"demand_id": demand_id, "order_id": order.id, "customer_id": order.customer_id, "received": 0}
    rows = [{**about, "line_id": line, "quantity": quantity} for line, quantity in pieces.items()]
    if rows:
        unit.connection.execute(insert(DemandLine), rows)


def preview_of(offers: Offers, asked: Asked) -> int | None:
    """What the pieces cost together, in minor units; None where that is not known."""
    if asked.kind not in COUNTED:
        return None
    by_id = {offer.line_id: offer for offer in offers.lines[asked.kind]}
    costs = [by_id[line].preview(quantity) for line, quantity in asked.pieces.items()]
    return None if None in costs else sum(cost for cost in costs if cost is not None)
