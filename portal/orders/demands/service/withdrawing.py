"""Withdrawal from a contract in two steps (Article 11a of Directive 2011/83/EU): begun, confirmed, and receipted at once.

No reason is asked, and no day that a program reckoned stands in the way. What counts is the moment of the confirmation.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from portal.kernel.errors import Conflict
from portal.kernel.ids import text_of
from portal.kernel.mail import queue_mail
from portal.kernel.unit import Unit
from portal.orders.demands.machine import CUSTOMER, FIRST, HOUSE, WITHDRAWAL
from portal.orders.demands.models import Demand, DemandLine
from portal.orders.demands.reads import offers_of
from portal.orders.demands.receipts import TYP, Declared, payload
from portal.orders.demands.service.asking import Asked, check, preview_of, put, put_pieces, refuse_unless
from portal.orders.demands.service.moving import about, hold, holder_of, mine, not_allowed, step, steps_of
from portal.orders.facts import DemandMade, WithdrawalStarted
from portal.orders.models import OrderLine
from portal.vendors.reads import vendor_of


def start_withdrawal(unit: Unit, *, order_id: bytes, pieces: Mapping[bytes, int]) -> bytes:
    """The first of two steps: says what it is about. It has no effect yet; begun anew, it takes the place of the older."""
    order = hold(unit, order_id)
    offers = offers_of(unit, order)
    refuse_unless(offers, WITHDRAWAL)
    asked = Asked(WITHDRAWAL, pieces)
    check(asked, offers)
    begun = select(Demand.id).where(Demand.order_id == order.id, Demand.state == FIRST[WITHDRAWAL])
    known = unit.connection.execute(begun).scalar_one_or_none()
    if known is None:
        id_ = put(unit, order, asked, offers)
        unit.note(WithdrawalStarted(**about(unit, order, id_)))
        return id_
    unit.connection.execute(delete(DemandLine).where(DemandLine.demand_id == known))
    put_pieces(unit, order, known, pieces)
    preview = preview_of(offers, asked)
    unit.connection.execute(update(Demand).where(Demand.id == known).values(preview=preview))
    step(unit, order, known, "ask", FIRST[WITHDRAWAL], CUSTOMER)
    unit.note(WithdrawalStarted(**about(unit, order, known)))
    return bytes(known)


def confirm_withdrawal(unit: Unit, *, demand_id: bytes, name: str, email: str, seen: int | None = None) -> None:
    """The second step: declared from this moment on, with a receipt that is signed, kept and mailed. Twice is once.

    ``seen`` is how many steps there were when the page was made: begun anew in another window, it may be about other things.
    """
    demand, order = mine(unit, demand_id)
    if demand.kind != WITHDRAWAL:
        raise not_allowed(unit, demand, CUSTOMER)
    if demand.state != FIRST[WITHDRAWAL]:
        return
    if seen is not None and seen != steps_of(unit, demand.id):
        raise Conflict("changed", "It was begun anew.", allowed_actions=["confirm"])
    offers, pieces = offers_of(unit, order), _pieces(unit, demand.id)
    refuse_unless(offers, WITHDRAWAL)
    check(Asked(WITHDRAWAL, {row.line_id: row.quantity for row in pieces}), offers)
    # What the machine names in passing is written down all the same: declared, then receipted.
    step(unit, order, demand.id, "confirm", "submitted", CUSTOMER)
    step(unit, order, demand.id, "send-receipt", "receipt_sent", HOUSE)
    declared = _declared(unit, demand, order, pieces, name, email, is_whole=_is_whole(offers, pieces))
    # First, so that the letter says what it was written for.
    unit.note(DemandMade(**about(unit, order, demand.id), kind=WITHDRAWAL))
    _keep(unit, demand, order, declared)


def _pieces(unit: Unit, demand_id: bytes) -> list[Any]:
    wanted = select(DemandLine.line_id, DemandLine.quantity, OrderLine.number, OrderLine.name)
    wanted = wanted.join(OrderLine, OrderLine.id == DemandLine.line_id).where(DemandLine.demand_id == demand_id)
    return list(unit.connection.execute(wanted.order_by(OrderLine.position)).all())


def _is_whole(offers: Any, pieces: list[Any]) -> bool:
    taken = {row.line_id: row.quantity for row in pieces}
    return all(taken.get(offer.line_id) == offer.quantity for offer in offers.lines[WITHDRAWAL])


def _declared(
    unit: Unit, demand: Any, order: Any, pieces: list[Any], name: str, email: str, *, is_whole: bool
) -> Declared:
    box = unit.box(holder_of(unit, order.customer_id))

    def named(row: Any) -> str | None:
        return None if row.name is None else box.open("order_lines", "name", row.line_id, row.name)

    return Declared(
        id=text_of(demand.id),
        origin=unit.house.settings.origin,
        at=unit.at,
        company=vendor_of(unit, order.vendor_id).name,
        order=order.number,
        placed_at=order.placed_at,
        name=name,
        email=email,
        language=unit.locale,
        pieces=[(row.number, named(row), row.quantity) for row in pieces],
        is_whole=is_whole,
    )


def _keep(unit: Unit, demand: Any, order: Any, declared: Declared) -> None:
    holder = holder_of(unit, order.customer_id)
    signed = unit.house.keys.sign_jws(payload(declared), TYP)
    sealed = unit.box(holder).seal("order_demands", "receipt", demand.id, signed)
    due: datetime = unit.at + (demand.due_at - demand.asked_at)
    values = {"state": "receipt_sent", "receipt": sealed, "asked_at": unit.at, "due_at": due}
    unit.connection.execute(update(Demand).where(Demand.id == demand.id, Demand.state == "started").values(values))
    queue_mail(
        unit,
        to=declared.email,
        template="orders/withdrawal",
        holder_id=holder,
        locale=unit.locale,
        receipt=declared,
        demand=text_of(demand.id),
    )
