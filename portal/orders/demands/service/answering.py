"""A company answers what its customer asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from portal.kernel.errors import Conflict, Invalid, NotFound
from portal.kernel.unit import Unit
from portal.orders.demands.machine import COMPANY, allowed_actions, pays_back
from portal.orders.demands.models import Demand, DemandLine, DemandStep
from portal.orders.demands.service.moving import about, move, opened, sealed, steps_of, thaw
from portal.orders.facts import DemandAnswered
from portal.orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Answered:
    """What a company does about it, its words, what it has back (by the lines' numbers), and what it pays back."""

    action: str
    words: str | None = None
    received: Mapping[str, int] | None = None
    refund: int | None = None
    # How many steps there were when the page was made; None for programs, which have a key for each request.
    seen: int | None = None


def answer(unit: Unit, *, vendor_id: bytes, order_number: str | None, demand_id: bytes, answered: Answered) -> tuple[str, str]:
    """The company answers; gives its kind and the state it led to. Somebody else's is NotFound."""
    demand, order = _theirs(unit, vendor_id, order_number, demand_id)
    if answered.seen is not None and answered.seen != steps_of(unit, demand.id):
        return _again(unit, demand, order, answered)
    _check_refund(unit, demand, order, answered)
    more: dict[str, Any] = {"refund": answered.refund} if answered.refund is not None else {}
    if answered.words:
        more["answer"] = sealed(unit, order, demand.id, "answer", answered.words)
    if demand.answered_at is None:
        more["answered_at"] = unit.at
    state = move(unit, demand, order, answered.action, COMPANY, **more)
    if answered.action == "receive":
        _receive(unit, demand, answered.received or {})
    if answered.action == "decline":
        thaw(unit, demand, order)
    unit.note(DemandAnswered(**about(unit, order, demand.id), kind=demand.kind, action=answered.action, state=state))
    return demand.kind, state


def _theirs(unit: Unit, vendor_id: bytes, order_number: str | None, demand_id: bytes) -> tuple[Any, Any]:
    theirs = Demand.id == demand_id, Demand.vendor_id == vendor_id, Demand.state != "started"
    order_id = unit.connection.execute(select(Demand.order_id).where(*theirs)).scalar_one_or_none()
    if order_id is None:
        raise NotFound
    order = unit.connection.execute(select(Order.__table__).where(Order.id == order_id).with_for_update()).one()
    if order_number is not None and order.number != order_number:
        raise NotFound
    return unit.connection.execute(select(Demand.__table__).where(*theirs)).one(), order


def _check_refund(unit: Unit, demand: Any, order: Any, answered: Answered) -> None:
    """It goes with the answer that ends something; and of one order no more is paid back, in all, than it cost."""
    refund = answered.refund
    if refund is None:
        return
    if not pays_back(demand.kind, answered.action):
        detail = "Say what you pay back with the answer that closes or settles it."
        raise Invalid("no-refund", detail, fields={"refund": "not with this answer"})
    others = select(func.sum(Demand.refund)).where(Demand.order_id == order.id, Demand.id != demand.id)
    paid = int(unit.connection.execute(others).scalar_one() or 0)
    if refund < 0 or refund + paid > (order.total or 0):
        raise Invalid("too-large", "Pay back no more than the order cost.", fields={"refund": "more than the order cost"})


def _again(unit: Unit, demand: Any, order: Any, answered: Answered) -> tuple[str, str]:
    """What was pressed twice is done once. Pieces that came back are counted from what stands there, never twice."""
    last = select(DemandStep.action, DemandStep.who).where(DemandStep.demand_id == demand.id)
    step = unit.connection.execute(last.order_by(DemandStep.turn.desc()).limit(1)).one()
    is_same = (step.action, step.who) == (answered.action, COMPANY) and answered.action != "receive"
    if not is_same or (answered.words or "").strip() not in ("", opened(unit, order, demand, "answer")):
        allowed = list(allowed_actions(demand.kind, demand.state, COMPANY))
        raise Conflict("changed", "Something was done about it meanwhile.", allowed_actions=allowed)
    return demand.kind, demand.state


def _receive(unit: Unit, demand: Any, received: Mapping[str, int]) -> None:
    wanted = select(DemandLine.line_id, DemandLine.quantity, DemandLine.received, OrderLine.number)
    rows = unit.connection.execute(
        wanted.join(OrderLine, OrderLine.id == DemandLine.line_id).where(DemandLine.demand_id == demand.id)
    ).all()
    by_number = {row.number: row for row in rows}
    if not received or any(number not in by_number for number in received):
        raise Invalid("unknown-line", "Name the lines that are sent back.", fields={"received": "no such line"})
    for number, quantity in received.items():
        row = by_number[number]
        if quantity < 1 or row.received + quantity > row.quantity:
            raise Invalid("too-many-pieces", "More than was to be sent back.", fields={"received": "more than asked"})
        mine = DemandLine.demand_id == demand.id, DemandLine.line_id == row.line_id
        unit.connection.execute(update(DemandLine).where(*mine).values(received=row.received + quantity))
