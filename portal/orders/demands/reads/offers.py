"""What may be asked about an order now, and of how many pieces. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.kernel.unit import Unit
from portal.orders.demands.machine import (
    COUNTED,
    KINDS,
    NOT_MINE,
    STARTS,
    WAITING,
    Standing,
    binds,
    reason_not,
    reason_of_status,
)
from portal.orders.demands.models import Demand, DemandLine
from portal.orders.models import OrderLine
from portal.vendors.models import Vendor


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be asked of one line: how many pieces, or why none."""

    line_id: bytes
    number: str
    status: str
    quantity: int
    left: int
    amount: int | None
    reason_not: str | None

    def preview(self, quantity: int) -> int | None:
        """What so many pieces cost, in minor units; the last of them takes what does not divide."""
        if self.amount is None:
            return None
        taken = self.quantity - self.left
        return self.amount * (taken + quantity) // self.quantity - self.amount * taken // self.quantity


@dataclass(frozen=True, slots=True)
class Offers:
    """What may be asked about an order now, kind by kind, and how many things were asked before."""

    reasons: dict[str, str | None]
    lines: dict[str, list[Offer]]
    turns: int

    @property
    def allowed(self) -> tuple[str, ...]:
        """Kinds that may be asked for."""
        return tuple(kind for kind, reason in self.reasons.items() if reason is None)


def offers_of(unit: Unit, order: Any) -> Offers:
    """What may be asked about an order, given its row or view; inside a writing unit its row is to be held."""
    demands = unit.connection.execute(_columns.where(Demand.order_id == order.id)).all()
    named = _named(unit, order.id)
    lines = unit.connection.execute(_lines.where(OrderLine.order_id == order.id)).all()
    card = unit.connection.execute(select(Vendor.card).where(Vendor.id == order.vendor_id)).scalar_one()
    waiting = frozenset(row.kind for row in demands if row.state in WAITING)
    frozen = any(row.kind == NOT_MINE and row.state in ("requested", "closed") for row in demands)
    # A claim or an application is not sent, and nobody wants the same again.
    is_process = order.process is not None
    reasons: dict[str, str | None] = {}
    offered: dict[str, list[Offer]] = {}
    for kind in KINDS:
        taken = _taken(kind, demands, named)
        offered[kind] = [_offer(kind, line, taken.get(line.id, 0)) for line in lines]
        # Lines stand for themselves: one that is here can be sent back while another is on its way.
        fit = next((line.status for line in lines if line.status in STARTS[kind]), order.status)
        standing = Standing(
            status=fit if kind in COUNTED else order.status,
            at=unit.at,
            is_frozen=frozen,
            return_until=order.return_until,
            guarantee_until=order.guarantee_until,
            changes=frozenset(() if is_process else card.get("changes", ())),
            takes_reorders=bool(card.get("reorders")) and not is_process,
            left=sum(offer.left for offer in offered[kind] if offer.reason_not is None),
            waiting=waiting,
        )
        reasons[kind] = reason_not(kind, standing)
    return Offers(reasons, offered, len([row for row in demands if row.state != "started"]))


_columns = select(Demand.id, Demand.kind, Demand.state, Demand.turn).order_by(Demand.turn)
_lines = select(
    OrderLine.id, OrderLine.number, OrderLine.position, OrderLine.status, OrderLine.quantity, OrderLine.amount
).order_by(OrderLine.position, OrderLine.id)


def _named(unit: Unit, order_id: bytes) -> Sequence[Any]:
    wanted = select(DemandLine.demand_id, DemandLine.line_id, DemandLine.quantity)
    return unit.connection.execute(wanted.where(DemandLine.order_id == order_id)).all()


def _taken(asked: str, demands: Sequence[Any], named: Sequence[Any]) -> dict[bytes, int]:
    """How many pieces of each line were asked for already, so that they are not there for this kind."""
    live = {row.id for row in demands if binds(row.kind, row.state, asked)}
    taken: dict[bytes, int] = {}
    for row in named:
        if row.demand_id in live:
            taken[row.line_id] = taken.get(row.line_id, 0) + row.quantity
    return taken


def _offer(kind: str, line: Any, taken: int) -> Offer:
    left = max(0, line.quantity - taken)
    reason = reason_of_status(kind, line.status)
    if reason is None and left == 0:
        reason = "all-asked"
    return Offer(line.id, line.number, line.status, line.quantity, left, line.amount, reason)
