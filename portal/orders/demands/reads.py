"""What customers asked for about their orders: as they see it, and as their company does. Writes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from portal.customers.models import Customer
from portal.kernel.errors import NotFound
from portal.kernel.ids import text_of
from portal.kernel.sealing import Box
from portal.kernel.unit import Unit
from portal.orders.demands.machine import (
    COUNTED,
    CUSTOMER,
    KINDS,
    NOT_MINE,
    STARTS,
    WAITING,
    Standing,
    allowed_actions,
    binds,
    reason_not,
    reason_of_status,
)
from portal.orders.demands.models import Demand, DemandLine, DemandStep
from portal.orders.models import Order, OrderLine
from portal.vendors.models import Vendor

AGAIN = timedelta(days=1)
"""After so long a company may be reminded once more."""


@dataclass(frozen=True, slots=True)
class PieceView:
    """How many of a line it is about."""

    line_id: bytes
    number: str
    name: str | None
    quantity: int
    received: int


@dataclass(frozen=True, slots=True)
class StepView:
    """What was done about it, by whom, and where that led."""

    action: str
    state: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DemandView:
    """Something asked for, opened."""

    id: bytes
    order_id: bytes
    vendor_id: bytes
    order_number: str
    company: str
    kind: str
    state: str
    type: str | None
    reason: str | None
    words: str | None
    answer: str | None
    has_receipt: bool
    preview: int | None
    refund: int | None
    currency: str | None
    asked_at: datetime
    due_at: datetime
    is_promised: bool
    answered_at: datetime | None
    reminded_at: datetime | None
    pieces: tuple[PieceView, ...]
    steps: tuple[StepView, ...]
    seen_at: datetime

    @property
    def text(self) -> str:
        """Its id as it stands in addresses."""
        return text_of(self.id)

    @property
    def waits(self) -> bool:
        """Whether the company has not answered."""
        return self.state in WAITING

    @property
    def is_late(self) -> bool:
        """Whether the answer did not come by its day: it came later, or has not come."""
        if self.state in ("started", "canceled"):
            return False
        return (self.answered_at or self.seen_at) > self.due_at

    @property
    def actions(self) -> tuple[str, ...]:
        """What the customer may do about it now."""
        return may_do(self.kind, self.state, due_at=self.due_at, reminded_at=self.reminded_at, at=self.seen_at)


def may_do(kind: str, state: str, *, due_at: datetime, reminded_at: datetime | None, at: datetime) -> tuple[str, ...]:
    """The customer's actions: whoever is late is reminded, once a day."""
    found = allowed_actions(kind, state, CUSTOMER)
    may_remind = at > due_at and (reminded_at is None or at - reminded_at >= AGAIN)
    return tuple(action for action in found if action != "remind" or may_remind)


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
    taken = _taken(unit, order.id, demands)
    lines = unit.connection.execute(_lines.where(OrderLine.order_id == order.id)).all()
    card = unit.connection.execute(select(Vendor.card).where(Vendor.id == order.vendor_id)).scalar_one()
    waiting = frozenset(row.kind for row in demands if row.state in WAITING)
    frozen = any(row.kind == NOT_MINE and row.state in ("requested", "closed") for row in demands)
    reasons: dict[str, str | None] = {}
    offered: dict[str, list[Offer]] = {}
    for kind in KINDS:
        offered[kind] = [_offer(kind, line, taken.get(line.id, 0)) for line in lines]
        # Lines stand for themselves: one that is here can be sent back while another is on its way.
        fit = next((line.status for line in lines if line.status in STARTS[kind]), order.status)
        standing = Standing(
            status=fit if kind in COUNTED else order.status,
            at=unit.at,
            is_frozen=frozen,
            return_until=order.return_until,
            guarantee_until=order.guarantee_until,
            changes=frozenset(card.get("changes", ())),
            takes_reorders=bool(card.get("reorders")),
            left=sum(offer.left for offer in offered[kind] if offer.reason_not is None),
            waiting=waiting,
        )
        reasons[kind] = reason_not(kind, standing)
    return Offers(reasons, offered, len([row for row in demands if row.state != "started"]))


_columns = select(Demand.id, Demand.kind, Demand.state, Demand.turn).order_by(Demand.turn)
_lines = select(
    OrderLine.id, OrderLine.number, OrderLine.position, OrderLine.status, OrderLine.quantity, OrderLine.amount
).order_by(OrderLine.position, OrderLine.id)


def _taken(unit: Unit, order_id: bytes, demands: Sequence[Any]) -> dict[bytes, int]:
    """How many pieces of each line somebody asked for already."""
    live = {row.id for row in demands if binds(row.kind, row.state)}
    wanted = select(DemandLine.demand_id, DemandLine.line_id, DemandLine.quantity).where(DemandLine.order_id == order_id)
    taken: dict[bytes, int] = {}
    for row in unit.connection.execute(wanted) if live else ():
        if row.demand_id in live:
            taken[row.line_id] = taken.get(row.line_id, 0) + row.quantity
    return taken


def _offer(kind: str, line: Any, taken: int) -> Offer:
    left = max(0, line.quantity - taken)
    reason = reason_of_status(kind, line.status)
    if reason is None and left == 0:
        reason = "all-asked"
    return Offer(line.id, line.number, line.status, line.quantity, left, line.amount, reason)


# What was asked


def demands_of(unit: Unit, customer_id: bytes, box: Box, order_id: bytes | None = None) -> list[DemandView]:
    """What a customer asked for, the newest first; of one order where that is named."""
    wanted = _whole().where(Demand.customer_id == customer_id).order_by(Demand.asked_at.desc(), Demand.id.desc())
    if order_id is not None:
        wanted = wanted.where(Demand.order_id == order_id)
    return _views(unit, unit.connection.execute(wanted.limit(200)).all(), {customer_id: box})


def demand_of(unit: Unit, customer_id: bytes, box: Box, demand_id: bytes) -> DemandView:
    """One of this customer's; somebody else's is NotFound."""
    rows = unit.connection.execute(_whole().where(Demand.customer_id == customer_id, Demand.id == demand_id)).all()
    if not rows:
        raise NotFound
    return _views(unit, rows, {customer_id: box})[0]


def receipt_of(unit: Unit, customer_id: bytes, box: Box, demand_id: bytes) -> str:
    """The signed receipt of a withdrawal; NotFound where there is none of this customer's."""
    wanted = select(Demand.receipt).where(Demand.customer_id == customer_id, Demand.id == demand_id)
    sealed = unit.connection.execute(wanted).scalar_one_or_none()
    if sealed is None:
        raise NotFound
    return box.open("order_demands", "receipt", demand_id, sealed)


@dataclass(frozen=True, slots=True)
class ForCompany:
    """Something asked of a company, with what its look at it stands on."""

    view: DemandView
    holder_id: bytes
    link_id: bytes


def asked_of(
    unit: Unit, vendor_id: bytes, *, states: Collection[str] | None = None, ids: Collection[bytes] | None = None,
    after: tuple[datetime, bytes] | None = None, most: int = 50,
) -> list[ForCompany]:  # fmt: skip
    """What was asked of a company, the oldest first, but for withdrawals that were only begun."""
    wanted = (
        _whole(Customer.holder_id, Order.link_id)
        .join(Customer, Customer.id == Demand.customer_id)
        .where(Demand.vendor_id == vendor_id, Demand.state != "started")
        .order_by(Demand.asked_at, Demand.id)
    )
    if states is not None:
        wanted = wanted.where(Demand.state.in_(sorted(states)))
    if ids is not None:
        wanted = wanted.where(Demand.id.in_(ids))
    if after is not None:
        wanted = wanted.where(_behind(*after))
    rows = unit.connection.execute(wanted.limit(most)).all()
    boxes = unit.boxes({row.holder_id for row in rows})
    views = _views(unit, rows, {row.customer_id: boxes[row.holder_id] for row in rows})
    return [ForCompany(view, row.holder_id, row.link_id) for view, row in zip(views, rows, strict=True)]


def _behind(asked_at: datetime, demand_id: bytes) -> ColumnElement[bool]:
    return (Demand.asked_at > asked_at) | ((Demand.asked_at == asked_at) & (Demand.id > demand_id))


def _whole(*more: Any) -> Select[Any]:
    wanted: Select[Any] = select(Demand.__table__, Order.number.label("order_number"), Vendor.name.label("company"), *more)
    return wanted.join(Order, Order.id == Demand.order_id).join(Vendor, Vendor.id == Demand.vendor_id)


def _views(unit: Unit, rows: Sequence[Row[Any]], boxes: dict[bytes, Box]) -> list[DemandView]:
    ids = [row.id for row in rows]
    pieces, steps = _pieces(unit, ids, boxes), _steps(unit, ids)
    return [_view(unit, row, boxes[row.customer_id], pieces.get(row.id, ()), steps.get(row.id, ())) for row in rows]


def _view(unit: Unit, row: Row[Any], box: Box, pieces: Sequence[PieceView], steps: Sequence[StepView]) -> DemandView:
    def opened(column: str) -> str | None:
        sealed = getattr(row, column)
        return None if sealed is None else box.open("order_demands", column, row.id, sealed)

    taken = {name: getattr(row, name) for name in _TAKEN}
    return DemandView(
        **taken,
        words=opened("words"),
        answer=opened("answer"),
        has_receipt=row.receipt is not None,
        pieces=tuple(pieces),
        steps=tuple(steps),
        seen_at=unit.at,
    )


_MADE = ("words", "answer", "has_receipt", "pieces", "steps", "seen_at")
_TAKEN = tuple(name for name in DemandView.__dataclass_fields__ if name not in _MADE)


def _pieces(unit: Unit, ids: Sequence[bytes], boxes: dict[bytes, Box]) -> dict[bytes, list[PieceView]]:
    wanted = (
        select(DemandLine.__table__, OrderLine.number, OrderLine.name)
        .join(OrderLine, OrderLine.id == DemandLine.line_id)
        .where(DemandLine.demand_id.in_(ids))
        .order_by(OrderLine.position)
    )
    found: dict[bytes, list[PieceView]] = {}
    for row in unit.connection.execute(wanted):
        name = None if row.name is None else boxes[row.customer_id].open("order_lines", "name", row.line_id, row.name)
        found.setdefault(row.demand_id, []).append(PieceView(row.line_id, row.number, name, row.quantity, row.received))
    return found


def _steps(unit: Unit, ids: Sequence[bytes]) -> dict[bytes, list[StepView]]:
    wanted = select(DemandStep.__table__).where(DemandStep.demand_id.in_(ids)).order_by(DemandStep.turn)
    found: dict[bytes, list[StepView]] = {}
    for row in unit.connection.execute(wanted):
        found.setdefault(row.demand_id, []).append(StepView(row.action, row.state, row.who, row.at))
    return found
